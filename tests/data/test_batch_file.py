"""A batch is one file, with the settings that make it again beside it."""

import json

import numpy as np

from studio.core.known_values import KnownValues
from studio.core.request import SampleRequest
from studio.data.batch_file import BatchFile
from studio.store.gallery import BatchDocument


class Lines(BatchFile):
    def content(self, ending, batch, samples, on_progress):
        on_progress(len(samples), len(samples))
        return f"{ending} {samples.tolist()}".encode()


def test_names_follow_seed_and_number(tmp_path):
    batch = BatchDocument(id="b", request=SampleRequest(seed=7, start=3, count=2))
    files = Lines("txt")
    assert files.names("m", batch) == ["m-7-000003.txt", "m-7-000003.txt.json"]
    assert files.name_of("m", batch, 1) == "m-7-000004.txt"


def test_settings_lie_beside_it(tmp_path):
    source = KnownValues([[1], [2]])
    batch = BatchDocument(id="b", request=SampleRequest(seed=7, count=2, labels=(1, 0), source=source))
    told = []
    path = Lines("txt").save(tmp_path, "m", batch, np.arange(2), lambda n: {"index": n}, lambda *now: told.append(now))
    assert path.read_text() == ".txt [0, 1]"
    settings = json.loads((tmp_path / "m-7-000000.txt.json").read_text())
    assert settings.pop("source") == source.to_json()
    assert settings == {"index": 0, "count": 2, "labels": [1, 0]}
    assert told == [(2, 2)]


def test_the_name_says_how_one_is_written(tmp_path):
    batch = BatchDocument(id="b", request=SampleRequest(seed=7, count=2))
    Lines("txt").save_one(tmp_path / "a.OTHER", batch, np.arange(1), {"seed": 7})
    assert (tmp_path / "a.OTHER").read_text() == ".other [0]"
    assert json.loads((tmp_path / "a.OTHER.json").read_text())["seed"] == 7
