"""Requests are checked without a runtime."""

import pytest

from studio.core.errors import ModelError
from studio.core.interpolation import Toward
from studio.core.sampling import Manifest, noise_input
from studio.runtime.request import SampleRequest, check_request, labels_for


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
    toward = Toward(seed=1, index=2, shares=(0.0, 0.5, 1.0))
    assert check_request(manifest, SampleRequest(count=3, toward=toward)).toward == toward
    with pytest.raises(ModelError, match="one share of the way for each of the 2"):
        check_request(manifest, SampleRequest(count=2, toward=toward))
    symbols = Manifest(inputs=(noise_input((4,), distribution="uniform"),))
    with pytest.raises(ModelError, match="is not normal, so it is no latent"):
        check_request(symbols, SampleRequest(count=3, toward=toward))
