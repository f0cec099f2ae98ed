"""Hostile plugins all at once: each is a row with its reason, nothing else is touched, and the bundled five go on.

Each by itself is held in shorter runs by tests/hooks and tests/hooks/install.
"""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from studio.core.errors import PluginError
from studio.hooks.install.folder import approve, put_in_place
from studio.hooks.install.plan import InstallPlan, PlannedWheel
from studio.hooks.install.wheel import read_wheel
from studio.store.place import plugins_folder
from studio.testing import toy_dataset
from tests.hooks.conftest import install, site, source
from tests.wheels import make_wheel

__all__ = ["install", "site", "source"]

IMPORTED = {
    "raises": ("raise RuntimeError('<b>no</b>')", "It cannot be imported: RuntimeError: <b>no</b>"),
    "hangs": ("import time\ntime.sleep(600)", "It does not return: its import and its declaration take more than "),
    "ends": ("import os\nos._exit(7)", "It ends the process that imports it (exit code 7)."),
    "stops": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "It ends the process that imports it (signal"),
    "eats": ("held = bytearray(64 * 2**30)", "It cannot be imported: the machine ran out of memory"),
    "nothing": ("plugin = None", "The plugin 'nothing' has no hook"),
}
REFUSED = {
    "pth": {"evil.pth": "import os"},
    "outside": {"../evil.py": ""},
    "shadow": {"torch/__init__.py": ""},
    "startup": {"sitecustomize.py": "raise SystemExit"},
    "script": {"script-1.0.data/scripts/ls": ""},
}


def tree(*roots):
    """Size and time of every file below some folders."""
    found = {}
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if not name.endswith(".pyc"):
                    row = os.lstat(path)
                    found[path] = (row.st_size, row.st_mtime_ns, row.st_mode)
    return found


def verb(*words, workspace):
    command = [sys.executable, "-m", "studio", "--workspace", str(workspace.path), "--json", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.fault("F1", "F2", "F5", "F6")
def test_hostile_plugins_all_at_once(install, source, workspace, tmp_path):
    for name, (code, _) in IMPORTED.items():
        install(name, code)
    spoils = "import json, builtins\njson.dumps = None\nbuiltins.print = None\n"
    install("spoils", spoils + source("spoils"))
    install("shouts", source("shouts").replace('"Title"', '"T" * 5_000_000'))
    install("bye", "import atexit\natexit.register(print, 'null')\n" + source("bye"))
    install("floods", "import sys\nfor _ in range(200):\n    print('x' * 100_000)\n" + source("floods"))
    install("thief", source("vae"))
    good = make_wheel(tmp_path / "wheels", "good", {"toy_good/__init__.py": source("good")})
    put_in_place(InstallPlan(PlannedWheel(good, read_wheel(good))), lambda *_: None)
    approve("good")
    home, environment = Path(os.environ["HOME"]), sysconfig.get_paths()["purelib"]
    before = tree(environment, plugins_folder(), home)
    for name, files in REFUSED.items():
        with pytest.raises(PluginError):
            read_wheel(make_wheel(tmp_path / "wheels", name, files))
    families = verb("families", workspace=workspace)
    assert families.returncode == 0, families.stderr
    known = {family["id"] for family in json.loads(families.stdout.splitlines()[-1])["families"]}
    assert known == {"autoregressive", "diffusion", "flow", "gan", "vae", "good", "bye", "floods"}
    listed = verb("plugins", "list", workspace=workspace)
    reasons = {plugin["name"]: plugin["reason"] for plugin in json.loads(listed.stdout)["plugins"]}
    for name, (_, reason) in IMPORTED.items():
        assert reasons[name].startswith(reason), name
    assert reasons["shouts"] == "Its declaration is not sound: title: String should have at most 200 characters."
    assert reasons["thief"] == "It declares the family 'vae', which generative-studio has already."
    assert reasons["spoils"]
    assert not any("\n" in reason for reason in reasons.values())
    after = tree(environment, plugins_folder(), home)
    own = {path for path in after if path.endswith("seen.json")}
    assert {path: row for path, row in after.items() if path not in own} == {
        path: row for path, row in before.items() if path not in own
    }
    dataset = toy_dataset(workspace)
    trained = verb(
        "train", dataset.document.id, "--family", "vae", "--steps", "2", "--set", "channels=8", workspace=workspace
    )
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout.splitlines()[-1])["status"] == "finished"
