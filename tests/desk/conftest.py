"""Small exported models for what asks the sampler service."""

import pytest

from tests.toy_sampler import export_toy


@pytest.fixture(scope="session")
def export_file(tmp_path_factory):
    """Export the toy sampler, each kind of it once; gives its file and its manifest."""
    kept = {}

    def make(name, width=16, given=False, **values):
        key = (name, width, given, *sorted(values.items()))
        if key not in kept:
            path = tmp_path_factory.mktemp("exported") / "sample.onnx"
            kept[key] = path, export_toy(path, name, width, given, **values)
        return kept[key]

    return make
