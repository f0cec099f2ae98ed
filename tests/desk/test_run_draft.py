"""The run that is being prepared: what it can be made of, what is missing, what it would cost."""

import pytest

from studio.core.modality import ImageSpec
from studio.desk.run_draft import RunDraft
from studio.hooks.installed import read_catalogue
from studio.jobs.new_run import RunRequest
from studio.store.dataset import DatasetDocument


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(bundled_only=True)


@pytest.fixture
def dataset():
    return DatasetDocument(id="d", name="digits", spec=ImageSpec(shape=(8, 8, 1), classes=("a", "b")), count=40)


def test_what_is_missing_is_said_one_thing_after_another(catalogue, dataset):
    draft = RunDraft()
    assert draft.missing(True) == "Looking for the families that are installed"
    draft.catalogue = catalogue
    assert draft.missing(True) == "Add a data set first"
    draft.datasets = [dataset]
    assert draft.missing(True) == "Choose a data set"
    draft.dataset = "d"
    assert draft.missing(True) == "No family can be used; the Plugins page says why"
    draft.family_id = "vae"
    assert draft.missing(False) == "Mend the settings that are marked"
    assert draft.missing(True) == ""


def test_the_families_that_fit_are_offered_the_cheapest_first(catalogue, dataset):
    draft = RunDraft(catalogue=catalogue)
    everything = [family.id for family in draft.families]
    assert sorted(everything) == sorted(family.id for family in catalogue.families)
    draft.datasets, draft.dataset = [dataset], "d"
    assert [family.id for family in draft.families] == everything
    minutes = [
        min(preset.estimate.minutes for preset in family.presets if preset.estimate) for family in draft.families
    ]
    assert minutes == sorted(minutes)


def test_a_preset_and_the_device_it_suits(catalogue, dataset):
    draft = RunDraft(1, catalogue, [dataset], (), "d", "vae")
    assert draft.device_kind == "cuda"
    draft.device = "cpu"
    assert draft.device_kind == "cpu"
    assert draft.usual_preset in draft.presets
    assert draft.basis == {}
    draft.preset = draft.usual_preset
    assert draft.basis == draft.presets[draft.preset].settings
    request = RunRequest("d", "vae", draft.preset, {"train.steps": 30, "train.minutes": None}, 0, "cpu", "")
    assert draft.cost(request).startswith("30 steps, ")


def test_data_sets_alike_have_the_same_kind(catalogue, dataset):
    other = dataset.model_copy(update={"id": "e", "name": "others"})
    larger = dataset.model_copy(update={"id": "f", "spec": ImageSpec(shape=(16, 16, 3))})
    draft = RunDraft(datasets=[dataset, other, larger])
    kinds = []
    for id in ("", "d", "e", "f"):
        draft.dataset = id
        kinds.append(draft.kind)
    assert kinds[1] == kinds[2]
    assert len(set(kinds)) == 3
