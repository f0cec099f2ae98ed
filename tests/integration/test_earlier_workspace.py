"""A workspace that the studio of 30 November 2026 wrote opens, resumes, samples and restores in today's."""

import json
import time

import numpy as np

from studio.data.dataset import open_dataset
from studio.data.image.sample_file import read_sample_settings
from studio.runtime.model import OnnxModel
from studio.runtime.record import read_settings
from studio.runtime.sampling import Sampling
from studio.store.gallery import SAMPLES, list_batches, model_file
from studio.store.model import list_models
from studio.store.run import list_runs, read_status


def drawn(model, request):
    found = []
    Sampling(model, request).run(lambda _, samples: found.append(samples.copy()))
    return np.concatenate(found)


def test_what_it_holds_is_listed(earlier, studio):
    workspace, _ = earlier
    (folder,) = workspace.entries("datasets")
    dataset = open_dataset(folder)
    assert (dataset.spec.shape, dataset.spec.classes) == ((8, 8, 1), ("left", "right"))
    assert (len(dataset), dataset.document.name) == (64, "shapes")
    runs = {document.name: read_status(folder).state for folder, document in list_runs(workspace)}
    assert runs == {"a stopped vae": "stopped", "a finished autoregressive": "finished"}
    assert {manifest.family for _, manifest in list_models(workspace)} == {"vae", "autoregressive"}
    assert [document.request.count for _, document in list_batches(workspace)] == [6, 6]
    for verb in (("data", "list"), ("runs", "list"), ("runs", "show", "a stopped vae")):
        done = studio(*verb, "--json")
        assert done.returncode == 0, done.stderr


def test_its_run_goes_on_from_its_checkpoint(earlier, studio):
    workspace, _ = earlier
    folder = next(folder for folder, document in list_runs(workspace) if document.name == "a stopped vae")
    before = read_status(folder).step
    assert studio("runs", "resume", "a stopped vae", "--detach").returncode == 0
    until = time.monotonic() + 60
    while read_status(folder).step <= before or read_status(folder).state != "running":
        assert time.monotonic() < until, read_status(folder)
        time.sleep(0.1)
    done = studio("runs", "stop", "a stopped vae", "--json")
    assert json.loads(done.stdout.splitlines()[-1])["step"] > before
    shown = json.loads(studio("runs", "show", "a stopped vae", "--json").stdout.splitlines()[-1])
    assert any(f"Goes on from step {before}" in event["message"] for event in shown["events"])


def test_its_pictures_and_batches_are_made_again_by_their_settings(earlier):
    """A picture, its batch in the gallery and the file agree, also where a part of the sample was given."""
    workspace, pictures = earlier
    batches = {document.family: (folder, document) for folder, document in list_batches(workspace)}
    for picture in pictures.glob("*.png"):
        settings = read_settings(read_sample_settings(picture))
        folder, document = batches[settings.family]
        assert (document.starred, document.hidden) == ((1,), (2,))
        kept = np.load(folder / SAMPLES)[document.position(settings.request)]
        model = OnnxModel(model_file(workspace, document), "cpu")
        (again,) = drawn(model, settings.request)
        assert np.abs(again.astype(int) - kept.astype(int)).max() <= 1
        if settings.family == "autoregressive":
            assert document.request.given is not None
    assert len(batches) == 2
