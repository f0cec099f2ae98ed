import pytest

from studio.core.certificate import UNSEALED, check_certificate, seal
from studio.core.manifest import Manifest, Parity


def certified(digits=UNSEALED):
    values = {"max_abs": 0.0, "mean_abs": 0.0, "tolerance": 1.0, "passed": True, "count": 1, "provider": "p"}
    return Manifest(inputs=(), parity=Parity(**values, sha256=digits))


@pytest.fixture
def sealed(tmp_path):
    data, digits = seal(b"weights" + certified().model_dump_json().encode() + b"more")
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    return path, certified(digits)


def test_a_sealed_file_keeps_its_certificate_in_a_copy_too(sealed, tmp_path):
    path, manifest = sealed
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(path.read_bytes())
    assert check_certificate(copy, manifest) == manifest


@pytest.mark.fault("D10")
def test_any_changed_bit_costs_the_certificate(sealed):
    path, manifest = sealed
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        found = check_certificate(path, manifest)
        assert found.parity is None
        assert found.edited
    for other in (data + b"x", data[:-1], data + data, b"x"):
        path.write_bytes(other)
        assert check_certificate(path, manifest).edited


@pytest.mark.fault("D10")
def test_a_certificate_without_a_hash_counts_for_nothing(sealed):
    path, _ = sealed
    found = check_certificate(path, certified(""))
    assert found.parity is None
    assert not found.edited


def test_only_a_file_with_one_open_certificate_is_sealed():
    field = certified().model_dump_json().encode()
    for data in (b"", field + field):
        with pytest.raises(ValueError, match="no certificate"):
            seal(data)
