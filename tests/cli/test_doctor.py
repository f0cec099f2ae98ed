"""``studio doctor``."""

import json

from studio.cli.doctor import _ask, _workspace


def test_doctor(run):
    done = run("doctor", "--json")
    document = json.loads(done.out.splitlines()[-1])
    findings = {finding["name"]: finding for finding in document["findings"]}
    assert document["healthy"] == (done.code == 0) == all(row["state"] != "bad" for row in findings.values())
    assert findings["training"]["detail"].startswith("torch ")
    assert "ExecutionProvider" in findings["sampling"]["detail"]
    assert findings["plugin vae"]["state"] == "good"
    assert findings["workspace"]["state"] in ("good", "warning")


def test_a_library_that_crashes_is_a_finding():
    assert _ask("import no_such_library") == {"error": "ModuleNotFoundError: No module named 'no_such_library'"}
    assert _ask("import os; os._exit(9)") == {"error": "exit code 9"}
    assert _ask("print('{\"version\": 1}')") == {"version": 1}


def test_a_workspace_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("x")
    (finding,) = _workspace(tmp_path / "file")
    assert finding.state == "bad"
    assert "Choose another with --workspace" in finding.detail
