"""Previews are measured by plugins' metrics, a moment after they were drawn, from a process of the plugin's own."""

import numpy as np
import pytest

from studio.core.errors import PluginError
from studio.core.extension import Metric
from studio.store.metrics import RunDatabase
from studio.store.run import read_run
from studio.train.preview_metrics import measure_previews, metrics_of
from studio.train.trainer import Trainer
from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]

CODE = """
from studio.api import Metric, hookimpl


def brightness(samples, real):
    return BODY


class Plugin:
    @hookimpl
    def studio_metrics(self):
        return [Metric("brightness", "Brightness gap", "image", measure=brightness),
                Metric("rows", "Of rows", "table", measure=brightness)]


plugin = Plugin()
"""


@pytest.fixture
def measured(scripted, plain_loop, install, monkeypatch):
    """Train with the metrics of a plugin; gives the trial, its status and what was said."""

    def make(body):
        install("mine", CODE.replace("BODY", body))
        trial = scripted(plain_loop, steps=6, preview_every=3)
        document = read_run(trial.folder).model_copy(update={"metrics": ("mine",)})
        monkeypatch.setattr("studio.train.trainer.read_run", lambda folder: document)
        status = Trainer(trial.workspace, trial.folder, trial.family).execute()
        database = RunDatabase(trial.folder)
        said = [event.message for _, event in database.events() if event.kind == "warning"]
        database.close()
        return trial, status, said

    return make


def test_a_number_comes_of_every_preview(measured):
    trial, status, said = measured("abs(float(samples.mean()) - float(real.mean()))")
    assert status.state == "finished"
    assert said == []
    previews = sorted((trial.folder / "previews").glob("step-*.npy"))
    curve = trial.curve("preview.brightness")
    assert len(curve) == len(previews) >= 2
    held_out = trial.dataset.batch(trial.dataset.indices("validation"))[0]
    gaps = [abs(float(np.load(path).mean()) - float(held_out.mean())) for path in previews]
    np.testing.assert_allclose(curve, gaps)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1 / 0", "The metrics of 'mine' "),
        ("float('nan')", "The metrics of 'mine' "),
        ("__import__('os')._exit(3)", "The metrics of 'mine' "),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_one_that_fails_ends_itself_not_the_training(measured, body, said):
    _, status, warnings = measured(body)
    assert status.state == "finished"
    (warning,) = warnings
    assert warning.startswith(said)
    assert "\n" not in warning


def test_what_is_no_number_is_refused(tmp_path):
    (tmp_path / "previews").mkdir()
    np.save(tmp_path / "previews" / "step-00000003.npy", np.zeros((1, 2, 2, 1), np.uint8))
    (tmp_path / "previews" / "step-00000004.npy").symlink_to(tmp_path / "previews" / "step-00000003.npy")
    metric = Metric("m", "M", "image", measure=lambda samples, real: float("inf"))
    with pytest.raises(PluginError, match="'M' gave inf for the preview of step 3"):
        measure_previews(tmp_path, [metric], np.zeros((1, 2, 2, 1)), set())


def test_a_plugin_without_a_metric_for_the_data(scripted, plain_loop, install):
    install("none", CODE.replace("BODY", "0.0").replace('"image"', '"table"').replace('"rows"', '"others"'))
    trial = scripted(plain_loop, steps=2)
    with pytest.raises(PluginError, match="The package 'none' brings no metric of image data that is on"):
        metrics_of(trial.folder, "none")
