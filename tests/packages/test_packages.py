"""Whole packages, written from the author's guide alone: built, installed, tried, trained, exported and sampled."""

import re

import pytest

from studio.hooks.loader import load_row
from studio.runtime.model import OnnxModel
from studio.testing.contract import draw_samples
from tests.testing.toys import contract_of

MOST_LINES = 120
PACKAGES = {"mixture": "mixture-family", "two_phases": "latent-drift"}
EXTENSIONS = ["notation_reader", "csv_observer", "signed_codec"]


def suite_of(row):
    plugin = load_row(row)
    (family,) = plugin.families
    return contract_of(plugin.object, settings=dict(row.static.check[family.id]))


@pytest.mark.parametrize("folder", [*PACKAGES, *EXTENSIONS])
def test_a_package_is_short_and_imports_what_it_may(repository, folder):
    text = "".join(path.read_text() for path in (repository / "tests" / "packages" / folder).rglob("*.py"))
    assert sum(bool(line.strip()) for line in text.splitlines()) <= MOST_LINES
    found = set(re.findall(r"(?:from|import) (studio[\w.]*)", text))
    assert "studio.api" in found <= {"studio.api", "studio.nn"}


@pytest.mark.parametrize("folder", ["mixture", pytest.param("two_phases", marks=pytest.mark.slow)])
def test_a_package_is_installed_and_keeps_the_contract(installed, tmp_path, folder, uncaptured):
    suite = suite_of(installed(folder))
    suite.test_declaration_needs_neither_torch_nor_qt()
    suite.test_settings_and_presets_are_sound()
    suite.test_every_parameter_learns_and_the_loss_falls(tmp_path / "learned")
    suite.test_samples_are_items_and_depend_on_the_seed_alone(tmp_path)
    suite.test_the_declared_conditions_hold(tmp_path)
    suite.test_resumed_training_equals_an_uninterrupted_one(tmp_path / "resumed")
    if folder == "mixture":
        suite.test_every_item_has_a_likelihood(tmp_path)
    else:
        suite.test_items_are_encoded_and_decoded(tmp_path)


@pytest.mark.parametrize(
    ("folder", "modality"), [("mixture", "table"), pytest.param("two_phases", "image", marks=pytest.mark.slow)]
)
def test_what_it_trained_is_sampled_through_its_file(installed, tmp_path, folder, modality, uncaptured):
    suite = suite_of(installed(folder))
    trial = suite.trial(tmp_path, modality, steps=60)
    trial.train()
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values())
    assert set(exported.parity) == ({"sample", "log_prob"} if folder == "mixture" else {"sample", "encode", "decode"})
    model = OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1)
    assert draw_samples(model, count=8).shape == (8, *trial.dataset.spec.shape)


@pytest.mark.slow
@pytest.mark.parametrize("folder", PACKAGES)
def test_its_report_card_is_clean(installed, studio, folder):
    installed(folder)
    done = studio("plugins", "check", PACKAGES[folder])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_it_is_trained_from_the_command_line(installed, studio, tmp_path):
    installed("mixture")
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{i % 7},{i % 5}.5\n" for i in range(400)))
    for words in (
        ("data", "add", tmp_path / "points.csv"),
        ("train", "points", "--family", "mixture", "--steps", "50", "--name", "m"),
        ("export", "m", "-o", tmp_path / "m.onnx"),
        ("plugins", "disable", "mixture"),
        ("sample", tmp_path / "m.onnx", "-n", "20", "-o", tmp_path / "points"),
    ):
        done = studio(*words)
        assert done.returncode == 0, done.stderr
    assert list((tmp_path / "points").glob("*.csv"))
