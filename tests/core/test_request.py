"""A request says what makes each sample, and is checked without a runtime."""

import json

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.core.interpolation import InterpolationPath
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest, given_input, noise_input
from studio.core.modality import ImageSpec, TableSpec
from studio.core.request import SampleRequest, check_request, labels_for


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


def test_a_way_wants_a_latent_and_a_share_for_each(manifest):
    path = InterpolationPath(seed=1, index=2, shares=(0.0, 0.5, 1.0))
    assert check_request(manifest, SampleRequest(count=3, interpolation=path)).interpolation == path
    with pytest.raises(ModelError, match="one share of the way for each of the 2"):
        check_request(manifest, SampleRequest(count=2, interpolation=path))
    symbols = Manifest(inputs=(noise_input((4,), distribution="uniform"),))
    with pytest.raises(ModelError, match="is not normal, so it is no latent"):
        check_request(symbols, SampleRequest(count=3, interpolation=path))


def test_one_of_its_samples_alone():
    request = SampleRequest(seed=5, start=10, count=3, labels=(0, 1, -1), scalars={"steps": 3})
    assert [request.number(position) for position in range(3)] == [10, 11, 12]
    assert request.only(1) == SampleRequest(seed=5, start=11, count=1, labels=(1,), scalars={"steps": 3})
    assert [SampleRequest(count=3, labels=(2,)).label(position) for position in range(3)] == [2, 2, 2]
    assert SampleRequest(count=3).only(2).labels == ()
    path = InterpolationPath(seed=1, index=2, shares=(0.0, 0.5, 1.0))
    between = request.model_copy(update={"interpolation": path}).only(1)
    assert (between.start, between.interpolation.shares) == (10, (0.5,))


def test_its_first_samples():
    path = InterpolationPath(seed=1, index=2, shares=(0.0, 0.5, 1.0))
    cut = SampleRequest(count=3, labels=(0, 1, 2), interpolation=path).first(2)
    assert (cut.count, cut.labels, cut.interpolation.shares) == (2, (0, 1), (0.0, 0.5))
    assert SampleRequest(count=3, labels=(4,)).first(2).labels == (4,)


def test_what_is_known_takes_the_shape_of_an_item():
    completing = Manifest(inputs=(noise_input((4,)), given_input(ImageSpec(shape=(2, 2, 1)))))
    known = SampleRequest.model_validate({"count": 1, "given": [1, -1, 2, -1]})
    assert check_request(completing, known).given.values.shape == (2, 2, 1)
    assert SampleRequest.model_validate({"count": 1, "given": []}).given is None
    refused = [([1, 2, 3], "has 3 values; an item of this model has 4"), ([1, 2, 3, 256], "given = 256 must be")]
    for values, words in refused:
        with pytest.raises(ModelError, match=words):
            check_request(completing, SampleRequest(given=KnownValues(values)))
    rows = Manifest(inputs=(noise_input((4,)), given_input(TableSpec(shape=(2,), columns=("x", "y")))))
    assert check_request(rows, SampleRequest(given=KnownValues([0.5, np.nan]))).given.num_known == 1
    with pytest.raises(ModelError, match="is int64; this model takes float32"):
        check_request(rows, SampleRequest(given=KnownValues([1, -1])))
    with pytest.raises(ModelError, match="cannot complete what is given"):
        check_request(Manifest(inputs=(noise_input((4,)),)), known)


def test_it_travels_as_json():
    known = KnownValues(np.arange(-1, 11).reshape(2, 2, 3))
    path = InterpolationPath(seed=1, index=2, shares=(0.5,))
    request = SampleRequest(seed=9, start=3, count=1, labels=(1,), scalars={"a": 0.1}, given=known, interpolation=path)
    again = SampleRequest.model_validate(json.loads(json.dumps(request.model_dump(mode="json"))))
    assert again == request
    assert again.given.values.shape == (2, 2, 3)


def test_sources_of_samples_are_told_apart():
    each = SampleRequest(count=3, source=KnownValues(np.arange(6).reshape(3, 2)))
    assert each.only(1).source.values.tolist() == [[2, 3]]
    assert each.first(2).source.values.tolist() == [[0, 1], [2, 3]]
    one = SampleRequest(count=3, source=KnownValues([4, 5]))
    assert one.only(2).source.values.tolist() == one.first(2).source.values.tolist() == [4, 5]
    assert SampleRequest.model_validate_json(each.model_dump_json()).source == each.source
