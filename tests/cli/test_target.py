"""Files that a person has are replaced on request only, whichever verb would write them."""

import pytest

from studio.core.errors import DataError, ModelError

pytestmark = pytest.mark.fault("D9", "E7")


@pytest.fixture
def precious(tmp_path):
    def make(name):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("precious")
        return path

    return make


def test_sample_replaces_no_picture(run, answer, onnx_file, tmp_path, precious):
    """S9: a PNG of the same name was replaced without a word."""
    file = onnx_file()
    first = answer("sample", file, "-n", "2", "-o", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    victim = precious(f"out/{names[1]}")
    done = run("sample", file, "-n", "2", "-o", tmp_path / "out", "--json")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "exists already" in done.err
    assert "--force" in done.err
    assert victim.read_text() == "precious"
    assert answer("sample", file, "-n", "2", "-o", tmp_path / "out", "--force")["grid"] == first["grid"]
    assert victim.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["m.onnx", "m.encode.onnx", "m.log_prob.onnx"])
def test_export_replaces_no_file(run, make_run, precious, name, tmp_path):
    """S9: ``export -o`` replaced an unrelated file."""
    folder = make_run()
    victim = precious(name)
    done = run("export", folder.name, "-o", tmp_path / "m.onnx")
    assert done.code == 1
    assert f"{victim} exists already" in done.err
    assert victim.read_text() == "precious"


def test_the_exporter_itself_replaces_no_file_and_looks_first(workspace, make_run, precious):
    from studio.export.exporter import export_run

    folder = make_run()
    victim = precious("m.onnx")
    with pytest.raises(ModelError, match="exists already"):
        export_run(workspace, folder, victim)
    # With leave to replace it, the next thing that is missing is said.
    with pytest.raises(ModelError, match="has not learned anything"):
        export_run(workspace, folder, victim, force=True)
    assert victim.read_text() == "precious"


def test_evaluate_replaces_no_report_and_no_picture(run, onnx_file, precious, dataset):
    report, picture = precious("report.json"), precious("pictures/1.png")
    words = ["evaluate", onnx_file(), "--dataset", dataset().name]
    for more in (["-o", report], ["--pictures", picture.parent]):
        done = run(*words, *more)
        assert done.code == 1
        assert "exists already" in done.err


def test_interpolate_replaces_no_picture(run, answer, onnx_file, tmp_path):
    file = onnx_file()
    drawn = answer("sample", file, "-n", "2", "-o", tmp_path / "drawn")
    ends = sorted(path for path in (tmp_path / "drawn").iterdir() if "grid" not in path.name)
    assert drawn["samples"] == len(ends) == 2
    way = ["interpolate", file, *ends, "-n", "3", "-o", tmp_path / "way"]
    answer(*way)
    done = run(*way)
    assert done.code == 1
    assert "exists already" in done.err
    answer(*way, "--force")


def test_a_folder_is_never_replaced(tmp_path):
    from studio.cli.target import refuse_existing

    with pytest.raises(DataError, match="is a folder"):
        refuse_existing([tmp_path], force=True)
