"""What runs do, in words."""

from pathlib import Path

import pytest

from studio.core.modality import ImageSpec
from studio.core.spec import Estimate, Preset
from studio.desk.run_words import earlier_speed, preflight, progress_words, run_line, state_words
from studio.desk.snapshot import RunRow
from studio.hooks.catalogue import CatalogueFamily
from studio.jobs.new_run import RunRequest
from studio.store.dataset import DatasetDocument
from studio.store.run import RunDocument, RunStatus
from tests.run_rows import run_row

SPEC = ImageSpec(shape=(8, 8, 1))
DATASET = DatasetDocument(id="d", name="d", spec=SPEC, count=9, splits={"train": 9})


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (run_row("queued"), "flow on digits: queued"),
        (
            run_row("running", step=1204, total=5000, steps_per_second=41.26),
            "flow on digits: 1,204 of 5,000, 41.3 steps/s, 1:32 left",
        ),
        (run_row("running", step=3), "flow on digits: step 3, measuring its speed"),
        (
            run_row("paused", step=10, total=20, steps_per_second=2.0),
            "flow on digits: 10 of 20, paused",
        ),
    ],
)
def test_a_run_in_one_line(row, line):
    assert run_line(row) == line


def test_a_run_whose_document_is_damaged_goes_by_its_id():
    assert run_line(RunRow(Path("/runs/flow-1a2b3c"), None, RunStatus(state="queued"))) == "flow-1a2b3c: queued"


@pytest.mark.parametrize(
    ("row", "few", "many"),
    [
        (run_row("queued"), "Queued", "0 steps, 0:00 trained"),
        (run_row("running"), "Running", "measuring its speed on the first steps"),
        (
            run_row("running", step=30, total=120, steps_per_second=10.0, seconds=3.0, device="cpu"),
            "25 %, 0:09 left",
            "30 of 120 steps, 10.0 steps/s, 0:09 left, 0:03 trained, on cpu",
        ),
        (run_row("stopped", step=7), "Stopped, 7 steps", "7 steps, 0:00 trained"),
        (run_row("running", step=7, total=9, hangs=True), "Does not answer, 7 steps", "7 of 9 steps, 0:00 trained"),
        (RunRow(Path("/runs/r"), None, RunStatus(state="failed"), "it is empty"), "Damaged: it is empty", None),
    ],
)
def test_a_run_in_a_list_and_above_its_curves(row, few, many):
    assert state_words(row) == few
    if many is not None:
        assert progress_words(row) == many


def family(shape=()):
    estimate = Estimate(minutes=10, memory_mb=1500, on="a CPU", shape=shape)
    presets = (Preset(name="cpu", title="t", summary="s", settings={"train.minutes": 10.0}, estimate=estimate),)
    return CatalogueFamily(
        id="flow",
        title="Flow",
        summary="",
        paper="",
        views=("grid",),
        conditions=("none",),
        monitor=("loss", "min"),
        presets=presets,
        settings_schema={"properties": {"depth": {"default": 4}}},
        abilities=(),
    )


def earlier(steps=1000, seconds=100.0, alone=True, device="cpu", spec=SPEC, train=None, settings=None, family="flow"):
    document = RunDocument(
        id="r",
        name="r",
        dataset="d",
        dataset_name="d",
        fingerprint="f",
        family=family,
        spec=spec,
        device=device,
        train={"batch_size": 64, "steps": steps, **(train or {})},
        settings={"depth": 4, **(settings or {})},
    )
    return RunRow(Path("r"), document, RunStatus(state="finished", step=steps, seconds=seconds, alone=alone))


def speed(*rows, **wanted):
    return earlier_speed(
        {key.replace("__", "."): value for key, value in wanted.items()}, family(), DATASET, rows, "cpu"
    )


def test_the_newest_run_like_it_tells_the_speed():
    assert speed() is None
    assert speed(earlier(), earlier(steps=500)) == 5.0
    assert speed(earlier(), depth=4, train__batch_size=64, train__minutes=3.0) == 10.0


@pytest.mark.parametrize(
    "row",
    [
        earlier(seconds=4.0),
        earlier(steps=0),
        earlier(alone=False),
        earlier(device="cuda:0"),
        earlier(family="vae"),
        earlier(spec=None),
        earlier(spec=ImageSpec(shape=(9, 8, 1))),
        earlier(settings={"depth": 5}),
        earlier(train={"batch_size": 32}),
        RunRow(Path("r"), None, RunStatus(step=1000, seconds=100.0), "damaged"),
    ],
)
def test_a_run_that_is_not_like_it_tells_nothing(row):
    assert speed(row) is None


def test_how_long_it_runs_and_how_often_it_looks_do_not_change_the_speed():
    assert speed(earlier(train={"validate_every": 3, "keep": 9}), train__validate_every=7) == 10.0
    assert speed(earlier(), depth=5) is None


def said(preset="", runs=(), shape=(), **values):
    values = {key.replace("__", "."): value for key, value in values.items()}
    request = RunRequest("d", "flow", preset, values)
    return preflight(request, family(shape), DATASET, runs, "cpu")


def test_a_preset_costs_what_was_measured():
    assert said("cpu") == "10 min, 1,500 MB of memory on a CPU"
    assert said("cpu", shape=(8, 8, 1)) == "10 min, 1,500 MB of memory on a CPU"
    assert said("cpu", shape=(4, 4, 1)).endswith("on a CPU; these items are 4 times as large")
    # Of other settings than the preset's nobody measured the memory.
    assert said("cpu", depth=2) == "10 min"
    assert said("cpu", train__minutes=3.0) == "3 min, 1,500 MB of memory on a CPU"


def test_steps_and_time_follow_from_an_earlier_run():
    assert (
        said(runs=[earlier()], train__minutes=2.0) == "2 min, about 1,200 steps at 10.0 steps/s, as in an earlier run"
    )
    assert said(runs=[earlier()], train__steps=6000) == "6,000 steps, about 10:00 at 10.0 steps/s, as in an earlier run"
    assert said(train__steps=6000) == "6,000 steps, the time left is known a few seconds after the start"
    assert said() == ""


def test_few_steps_are_said():
    assert "20 steps are few, most models need hundreds" in said(train__steps=20)
    assert "120 steps are few" in said(runs=[earlier()], train__minutes=0.2)
