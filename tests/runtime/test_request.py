"""Requests are checked and described without a runtime; one sample's settings say everything about it."""

import json

import pytest

from studio.core.errors import DataError, ModelError
from studio.core.sampling import Manifest, label_input, noise_input, scalar_input, steps_input
from studio.runtime.request import (
    SampleRequest,
    check_request,
    describe_batch,
    labels_for,
    read_settings,
    sample_settings,
)

CLASSES = ("cat", "dog", "7")


@pytest.fixture
def manifest():
    inputs = (noise_input((4,)), steps_input(18), scalar_input("guidance", 1.0, 0.0, 20.0), label_input(3))
    return Manifest(inputs=inputs, model="m-1", family="flow", title="Flow on pets", classes=CLASSES)


@pytest.fixture
def plain():
    return Manifest(inputs=(noise_input((4,)),), model="m-2")


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [(None, [2, 0, 1, 2]), ("dog", [1]), ("7", [2]), ("0", [0]), (-1, [-1]), (1, [1]), ("-1", [-1])],
)
def test_labels_by_name_number_or_in_turn(manifest, wanted, labels):
    assert labels_for(manifest, wanted, 5, 4) == labels


def test_labels_of_a_model_without_classes(plain):
    assert labels_for(plain, None, 0, 4) == []
    with pytest.raises(ModelError, match="without classes"):
        labels_for(plain, "dog", 0, 4)


def test_an_unknown_class_lists_the_known(manifest):
    with pytest.raises(ModelError, match="no class 'cow'; the model has cat, dog, 7"):
        labels_for(manifest, "cow", 0, 4)


def test_a_checked_request_has_every_value(manifest, plain):
    checked = check_request(manifest, SampleRequest(count=2, scalars={"guidance": 2}))
    assert checked.scalars == {"steps": 18, "guidance": 2.0}
    assert checked.labels == (-1,)
    assert check_request(plain, SampleRequest(count=2)).labels == ()


def test_settings_make_one_sample_again(manifest):
    request = check_request(
        manifest, SampleRequest(seed=3, start=10, count=4, labels=(0, 1, 2, -1), scalars={"steps": 5})
    )
    batch = describe_batch(manifest, "models/m-1/sample.onnx", request, "CPUExecutionProvider", 0.5)
    settings = [sample_settings(batch, position) for position in range(4)]
    assert json.loads(json.dumps(settings)) == settings
    assert settings[1] == {
        "format": 1,
        "studio": settings[1]["studio"],
        "model": "m-1",
        "file": "sample.onnx",
        "title": "Flow on pets",
        "family": "flow",
        "seed": 3,
        "index": 11,
        "inputs": {"steps": 5, "guidance": 1.0, "label": 1},
        "class": "dog",
    }
    assert [row["class"] for row in settings] == ["cat", "dog", "7", "any"]


def test_what_was_cancelled_keeps_the_labels_of_what_came(manifest):
    request = SampleRequest(count=4, labels=(0, 1, 2, 0))
    assert describe_batch(manifest, "/x.onnx", request, "p", 1.0, count=2).labels == (0, 1)
    assert describe_batch(manifest, "/x.onnx", request.model_copy(update={"labels": (2,)}), "p", 1.0, 3).labels == (2,)


@pytest.mark.parametrize("file", ["/home/ada/secret/model.onnx", "C:\\Users\\ada\\model.onnx"])
def test_settings_carry_no_local_path(plain, file):
    settings = sample_settings(describe_batch(plain, file, SampleRequest(count=1), "p", 1.0), 0)
    assert settings["file"] == "model.onnx"
    assert "ada" not in json.dumps(settings)


def test_settings_of_a_picture_are_the_request_again(manifest):
    request = check_request(manifest, SampleRequest(seed=3, start=10, count=4, labels=(0, 1, 2, -1)))
    batch = describe_batch(manifest, "x.onnx", request, "p", 1.0)
    again = check_request(manifest, read_settings(json.loads(json.dumps(sample_settings(batch, 2)))).request())
    assert (again.seed, again.start, again.count, again.labels) == (3, 12, 1, (2,))
    assert again.scalars == request.scalars


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"seed": 0},
        {"seed": -1, "index": 0},
        {"seed": 0, "index": 2**32},
        {"seed": 0, "index": 0, "inputs": {"steps": "many"}},
        {"seed": 0, "index": 0, "inputs": {"steps": float("inf")}},
        {"seed": 0, "index": 0, "model": ["x"]},
    ],
)
def test_settings_of_anybody_are_checked(raw):
    with pytest.raises(DataError, match="damaged"):
        read_settings(raw)
