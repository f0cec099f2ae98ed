"""What installed plugins cost: ``python tests/benchmarks/plugins.py`` compares none with twenty, as interleaved pairs.

The catalogue is warm on both sides. A window waits for it in a thread after its first paint; ``studio families`` waits
for it whole. Prints medians and the 95 % interval of the difference for each plugin, by a bootstrap over the pairs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SOURCE = """
from studio.api import Family, FamilySettings, Preset, hookimpl


class Plugin:
    @hookimpl
    def studio_families(self):
        presets = (Preset(name="cpu", title="CPU", summary="For a benchmark."),)
        return [Family("NAME", "NAME", "For a benchmark.", FamilySettings, ("loss", "min"), presets)]

    @hookimpl
    def studio_train(self, session):
        pass

    @hookimpl
    def studio_sample(self, trained):
        pass


plugin = Plugin()
"""
READ = (
    "import time; begun = time.perf_counter(); from studio.hooks.installed import read_catalogue; "
    "imported = time.perf_counter(); read_catalogue(); print(time.perf_counter() - imported)"
)


def install(count: int, place: Path) -> None:
    """Install so many plugins, approved, by the studio's own installer."""
    from studio.hooks.install.folder import approve, put_in_place
    from studio.hooks.install.plan import InstallPlan, PlannedWheel
    from studio.hooks.install.wheel import read_wheel
    from tests.wheels import make_wheel

    for number in range(count):
        name = f"bench{number}"
        files = {f"toy_{name}/__init__.py": SOURCE.replace("NAME", name)}
        path = make_wheel(place / "wheels", name, files)
        put_in_place(InstallPlan(PlannedWheel(path, read_wheel(path))), lambda *_: None)
        approve(name)


def timed(words: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Seconds that a process took, and what it printed."""
    begun = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - begun, done.stdout


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugins", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        os.environ["STUDIO_PLUGINS"] = str(place / "plugins")
        install(options.plugins, place)
        sides = []
        for folder in ("none", "plugins"):
            own = {"STUDIO_PLUGINS": str(place / folder), "XDG_CACHE_HOME": str(place / f"cache-{folder}")}
            sides.append({**os.environ, **own})
        studio = [sys.executable, "-m", "studio", "--workspace", str(place / "workspace"), "families", "--json"]
        for environment in sides:
            timed(studio, environment)  # asks every plugin once, and keeps what it says
        rows = []
        for _ in range(options.pairs):
            verbs = [timed(studio, environment)[0] for environment in sides]
            reads = [float(timed([sys.executable, "-c", READ], environment)[1]) for environment in sides]
            rows.append([*verbs, *reads])
    found = np.array(rows)
    random = np.random.default_rng(0)
    for title, column in (("studio families", 0), ("reading the catalogue", 2)):
        none, many = found[:, column], found[:, column + 1]
        each = (many - none) / options.plugins * 1000
        spread = np.median(random.choice(each, (2000, len(each))), axis=1)
        low, high = np.quantile(spread, [0.025, 0.975])
        print(
            f"{title}: {np.median(none):.3f} s without plugins, {np.median(many):.3f} s with {options.plugins}; "
            f"{np.median(each):.1f} ms for each ({low:.1f} to {high:.1f}), {options.pairs} pairs"
        )


if __name__ == "__main__":
    main()
