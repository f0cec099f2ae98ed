"""Where the workspace is when nobody names one."""

from pathlib import Path

from studio.store.place import default_workspace


def test_the_environment_goes_before_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("STUDIO_WORKSPACE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_workspace() == tmp_path / "generative-studio"
    monkeypatch.setenv("STUDIO_WORKSPACE", "")
    assert default_workspace() == tmp_path / "generative-studio"
    monkeypatch.setenv("STUDIO_WORKSPACE", "elsewhere")
    assert default_workspace() == Path("elsewhere")
