"""The catalogue process: ``python -m studio.hooks`` prints it, ``--validate FAMILY`` judges settings given on stdin."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from studio.core.errors import SettingsError, StudioError
from studio.hooks.catalogue import build_catalogue, check_settings
from studio.hooks.loader import load_family


def main() -> None:
    """Answer with one line of JSON, the last on stdout."""
    parser = argparse.ArgumentParser(prog="python -m studio.hooks")
    parser.add_argument("--safe-mode", action="store_true")
    parser.add_argument("--only", metavar="DISTRIBUTION", help="the bundled plugins and this distribution's only")
    parser.add_argument("--off", action="append", default=[], metavar="NAME", help="a plugin not to import")
    parser.add_argument("--validate", metavar="FAMILY")
    options = parser.parse_args()
    if options.validate is None:
        print(f"\n{build_catalogue(options.safe_mode, options.only, options.off).model_dump_json()}")
        return
    answer: dict[str, Any] = {"kind": ""}
    try:
        kind = load_family(options.validate, off=options.off).declared.settings
        answer["train"], answer["settings"] = check_settings(kind, json.loads(sys.stdin.read() or "{}"))
    except StudioError as error:
        fields = error.fields if isinstance(error, SettingsError) else {}
        answer = {"kind": type(error).__name__, "message": str(error), "fields": fields}
    print(f"\n{json.dumps(answer)}")


if __name__ == "__main__":
    main()
