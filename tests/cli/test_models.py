"""``studio export`` and ``studio sample``."""

import os

import numpy as np
import pytest
from PIL import Image

from studio.core.noise import noise
from studio.data.image.sample_file import read_sample_settings


def test_sample(answer, onnx_file, tmp_path):
    file, output = onnx_file(), tmp_path / "out"
    done = answer("sample", file, "-n", "5", "--seed", "7", "--set", "temperature=0.5", "-o", output)
    assert set(done) == {"samples", "output", "grid", "provider", "seconds", "certified", "edited"}
    assert (done["samples"], done["output"]) == (5, str(output))
    assert done["seconds"] > 0
    names = [f"toy-1-7-{index:06d}.png" for index in range(5)]
    assert sorted(os.listdir(output)) == [*names, "toy-1-grid-7.png"]
    unit = 1 / (1 + np.exp(-0.5 * noise(7, range(5), (4,)).astype(np.float64)))
    for index, name in enumerate(names):
        pixels = np.asarray(Image.open(output / name)).astype(int)
        assert np.abs(pixels - (255 * unit[index]).reshape(2, 2)).max() <= 1
        settings = read_sample_settings(output / name)
        assert (settings["seed"], settings["index"], settings["file"]) == (7, index, "toy.onnx")
        assert settings["inputs"]["temperature"] == 0.5
        # Every class in turn.
        assert settings["inputs"]["label"] == index % 2


def test_one_sample_again(answer, onnx_file, tmp_path):
    file = onnx_file()
    answer("sample", file, "-n", "9", "-o", tmp_path / "all")
    answer("sample", file, "-n", "1", "--start", "6", "--label", "a", "-o", tmp_path / "one")
    again = (tmp_path / "one" / "toy-1-0-000006.png", tmp_path / "all" / "toy-1-0-000006.png")
    assert np.array_equal(*(np.asarray(Image.open(path)) for path in again))


def test_a_strangers_manifest_cannot_name_a_place(answer, onnx_file, tmp_path):
    file = onnx_file(model="../../../outside/x")
    answer("sample", file, "-n", "1", "-o", tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["-outside-x-0-000000.png", "-outside-x-grid-0.png"]
    assert not (tmp_path / "outside").exists()


def test_a_file_without_manifest(answer, onnx_file, tmp_path):
    """A foreign file opens with what can be guessed of it."""
    done = answer("sample", onnx_file("foreign.onnx", (), manifest=False), "-n", "2", "-o", tmp_path / "out")
    assert done["samples"] == 2
    assert (tmp_path / "out" / "foreign-0-000001.png").exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--label", "zebra"], "There is no class 'zebra'; the model has a, b."),
        (["--label", "2"], "label = 2 must be at least -1 and at most 1."),
        (["--set", "temperature=9"], "temperature = 9.0 must be at least 0.0 and at most 2.0."),
        (["--set", "temperature=NaN"], "temperature = nan is not a number."),
        (["--set", "temperature=-Infinity"], "temperature = -inf is not a number."),
        (["--set", "temperature=hot"], "temperature = hot is not a number."),
        (["--set", "temperature"], "'temperature' is not a setting: write it as KEY=VALUE"),
        (["--set", "pressure=1"], "This model has no input 'pressure'; the numbers it takes are: temperature."),
        (["-n", "-4"], "count"),
        (["--seed", "99999999999"], "seed"),
    ],
)
def test_what_cannot_be_sampled(complaint, onnx_file, tmp_path, words, text):
    said = complaint("sample", onnx_file(), *words, "-o", tmp_path / "out", "--json")
    assert text in said
    assert "Error:" not in said
    assert not (tmp_path / "out").exists()


def test_a_label_for_a_model_without_classes(complaint, onnx_file):
    said = complaint("sample", onnx_file(classes=()), "--label", "a")
    assert said == "This model was trained without classes; leave the label away."


def test_files_that_are_no_models(complaint, onnx_file, tmp_path):
    whole = onnx_file().read_bytes()
    cases = {
        "missing.onnx": None,
        "empty.onnx": b"",
        "garbage.onnx": np.random.default_rng(0).bytes(5000),
        "text.onnx": b"<html>not found</html>",
        "truncated.onnx": whole[: len(whole) // 2],
    }
    for name, data in cases.items():
        if data is not None:
            (tmp_path / name).write_bytes(data)
        said = complaint("sample", tmp_path / name)
        assert said.startswith(f"{tmp_path / name} "), said
        assert said.endswith(".")
    (tmp_path / "folder.onnx").mkdir()
    assert complaint("sample", tmp_path / "folder.onnx").startswith(f"{tmp_path / 'folder.onnx'} is not an ONNX file")


def test_a_model_of_a_newer_studio(complaint, onnx_file):
    file = onnx_file(format=99)
    assert complaint("sample", file) == f"{file} was exported by a newer studio; update the studio to sample it."


@pytest.mark.fault("D9")
def test_an_output_that_is_a_file(complaint, onnx_file, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert (
        complaint("sample", onnx_file(), "-n", "1", "-o", tmp_path / "out", "--json")
        == f"{tmp_path}/out: there is something of that name already"
    )
    assert (tmp_path / "out").read_text() == "mine"


def test_export_of_an_unknown_run(complaint):
    assert complaint("export", "x").startswith("There is no run 'x' in ")


def test_export_to_another_kind_of_file(complaint, make_run, tmp_path):
    folder = make_run()
    assert complaint("export", folder.name, "-o", tmp_path / "model.pt") == f"'{tmp_path}/model.pt' must end in .onnx."


def test_export_of_a_run_without_checkpoint(complaint, make_run, dataset, workspace):
    dataset()
    folder = make_run()
    said = complaint("export", folder.name, "--json")
    assert said == "The run 'a run' has not learned anything yet; train it first."
    assert os.listdir(workspace.path / "models") == []
    assert os.listdir(workspace.path / "jobs") == []


def test_keep_without_a_picture_is_said(complaint, onnx_file):
    assert "name it by --given PICTURE" in complaint("sample", onnx_file(), "--keep", "top")


@pytest.mark.fault("D10")
def test_a_file_that_was_changed_after_it_was_certified_is_said(run, answer, onnx_file, tmp_path):
    """S10: an edited model was still called verified."""
    parity = {"max_abs": 0.0, "mean_abs": 0.0, "tolerance": 1.0, "passed": True, "count": 1, "provider": "p"}
    file = onnx_file(parity={**parity, "sha256": "1" * 64})
    done = answer("sample", file, "-n", "1", "-o", tmp_path / "a")
    assert (done["certified"], done["edited"]) == (False, True)
    assert "was changed after it was certified" in run("sample", file, "-n", "1", "-o", tmp_path / "b").err
    assert "changed" not in run("sample", onnx_file(), "-n", "1", "-o", tmp_path / "c").err
