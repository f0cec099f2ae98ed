"""One sample's settings say everything about it, and what lies between two can be asked for."""

import json

import pytest

from studio.core.errors import DataError, ModelError
from studio.core.interpolation import InterpolationPath
from studio.core.known_values import KnownValues
from studio.core.request import SampleRequest, check_request
from studio.runtime.record import describe_batch, interpolation_request, read_settings, sample_settings


def test_settings_make_one_sample_again(manifest):
    request = check_request(
        manifest, SampleRequest(seed=3, start=10, count=4, labels=(0, 1, 2, -1), scalars={"steps": 5})
    )
    batch = describe_batch(manifest, "models/m-1/sample.onnx", request, "CPUExecutionProvider", 0.5)
    settings = [sample_settings(batch, position) for position in range(4)]
    assert json.loads(json.dumps(settings)) == settings
    assert settings[1] == {
        "format": 2,
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
    assert describe_batch(manifest, "/x.onnx", request, "p", 1.0, count=2).request.labels == (0, 1)
    assert describe_batch(
        manifest, "/x.onnx", request.model_copy(update={"labels": (2,)}), "p", 1.0, 3
    ).request.labels == (2,)


@pytest.mark.parametrize("file", ["/home/ada/secret/model.onnx", "C:\\Users\\ada\\model.onnx"])
@pytest.mark.fault("G8")
def test_settings_carry_no_local_path(plain, file):
    settings = sample_settings(describe_batch(plain, file, SampleRequest(count=1), "p", 1.0), 0)
    assert settings["file"] == "model.onnx"
    assert "ada" not in json.dumps(settings)


def test_settings_of_a_picture_are_the_request_again(manifest):
    request = check_request(manifest, SampleRequest(seed=3, start=10, count=4, labels=(0, 1, 2, -1)))
    batch = describe_batch(manifest, "x.onnx", request, "p", 1.0)
    again = check_request(manifest, read_settings(json.loads(json.dumps(sample_settings(batch, 2)))).request)
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
        {"seed": 0, "index": 0, "toward": {"seed": 0, "index": 0, "shares": [2.0]}},
        {"seed": 0, "index": 0, "toward": {"seed": 0}},
        {"seed": 0, "index": 0, "inputs": 7},
        {"seed": 0, "index": 0, "given": {"dtype": "int16", "shape": [1], "data": "?"}},
    ],
)
def test_settings_of_anybody_are_checked(raw):
    with pytest.raises(DataError, match="damaged"):
        read_settings(raw)


def test_a_picture_of_the_first_format_is_read():
    raw = {"format": 1, "seed": 3, "index": 4, "inputs": {"steps": 5.0, "label": 1}, "given": [1, -1]}
    settings = read_settings({**raw, "toward": {"seed": 6, "index": 7, "shares": [0.5]}, "model": "m", "class": "x"})
    path = InterpolationPath(seed=6, index=7, shares=(0.5,))
    known = KnownValues([1, -1])
    request = {"seed": 3, "start": 4, "count": 1, "labels": (1,), "scalars": {"steps": 5.0}}
    assert settings.request == SampleRequest(**request, given=known, interpolation=path)
    assert (settings.model, settings.inputs) == ("m", {"steps": 5.0, "label": 1})


@pytest.fixture
def settings(manifest):
    """Make the settings of a sample."""

    def make(seed=0, index=0, label=0, **values):
        request = SampleRequest(seed=seed, start=index, count=1, labels=(label,), **values)
        batch = describe_batch(manifest, "x.onnx", check_request(manifest, request), "p", 1.0)
        return read_settings(sample_settings(batch, 0))

    return make


def test_the_way_between_two_samples(manifest, settings):
    request = interpolation_request(settings(3, 7, 0, scalars={"steps": 5}), settings(4, 9, 2, scalars={"steps": 5}), 5)
    assert (request.seed, request.start, request.count) == (3, 7, 5)
    assert request.interpolation == InterpolationPath(seed=4, index=9, shares=(0.0, 0.25, 0.5, 0.75, 1.0))
    # The class is that of the nearer end, numbers are those of both.
    assert request.labels == (0, 0, 2, 2, 2)
    assert request.scalars["steps"] == 5
    assert check_request(manifest, request) == request
    assert interpolation_request(settings(3, 7, 1), settings(4, 9, 1), 3).labels == (1,)


def test_a_sample_between_two_is_made_again_alone(manifest, settings):
    request = interpolation_request(settings(3, 7, 0), settings(4, 9, 2), 5)
    batch = describe_batch(manifest, "x.onnx", request, "p", 1.0)
    alone = read_settings(json.loads(json.dumps(sample_settings(batch, 3)))).request
    assert (alone.seed, alone.start, alone.count, alone.labels) == (3, 7, 1, (2,))
    assert alone.interpolation == InterpolationPath(seed=4, index=9, shares=(0.75,))
    assert check_request(manifest, alone) == alone
    assert [batch.stem(position) for position in (0, 3, 4)] == ["3-000007-0.000", "3-000007-0.750", "3-000007-1.000"]
    assert batch.position(alone) == 3
    elsewhere = InterpolationPath(seed=4, index=9, shares=(0.3,))
    for other in ({"start": 8}, {"seed": 4}, {"interpolation": None}, {"interpolation": elsewhere}, {"labels": (0,)}):
        assert batch.position(alone.model_copy(update=other)) is None
    plain = describe_batch(manifest, "x.onnx", SampleRequest(start=5, count=2), "p", 1.0)
    numbers = [SampleRequest(start=number, count=1) for number in (4, 5, 6, 7)]
    assert [plain.position(number) for number in numbers] == [None, 0, 1, None]
    assert plain.position(numbers[1].model_copy(update={"interpolation": alone.interpolation})) is None


def test_a_cancelled_way_keeps_what_came(manifest, settings):
    request = interpolation_request(settings(3, 7, 0), settings(4, 9, 2), 5)
    batch = describe_batch(manifest, "x.onnx", request, "p", 1.0, count=2)
    assert batch.request.interpolation.shares == (0.0, 0.25)
    assert batch.request.labels == (0, 0)


def test_between_which_samples_nothing_lies(settings):
    def changed(**values):
        return settings().model_copy(update={"request": settings().request.model_copy(update=values)})

    other = settings(1).model_copy(update={"model": "m-9"})
    with pytest.raises(ModelError, match="of different models"):
        interpolation_request(settings(), other, 5)
    with pytest.raises(ModelError, match="drawn with guidance = 1 and guidance = 4; choose two drawn alike"):
        interpolation_request(settings(), settings(1, scalars={"guidance": 4}), 5)
    with pytest.raises(ModelError, match="drawn with steps = 18 and steps = nan"):
        interpolation_request(settings(), changed(scalars={"guidance": 1.0}), 5)
    between = settings(interpolation=InterpolationPath(seed=1, index=2, shares=(0.5,)))
    with pytest.raises(ModelError, match="no noise of its own"):
        interpolation_request(settings(), between, 5)
    with pytest.raises(ModelError, match="What is known of the two samples differs"):
        interpolation_request(settings(), changed(given=KnownValues([1, -1])), 5)


def test_a_file_of_samples_restores_all_of_them(manifest):
    raw = {"seed": 3, "index": 10, "inputs": {"steps": 5, "label": 1}, "count": 3, "labels": [0, 1, 1]}
    request = read_settings(raw).request
    assert (request.start, request.count, request.labels, request.scalars) == (10, 3, (0, 1, 1), {"steps": 5.0})
    assert read_settings({**raw, "count": 1}).request.labels == (1,)


def test_the_source_of_a_sample_is_restored(plain):
    each = KnownValues([[1, 2], [3, 4]])
    batch = describe_batch(plain, "m.onnx", SampleRequest(count=2, source=each), "p", 1.0)
    settings = sample_settings(batch, 1)
    assert read_settings(json.loads(json.dumps(settings))).request.source == KnownValues([3, 4])
