"""What holds for every family of ours."""

import pytest
import torch

from studio.nn import trial

_capture = trial._capture


@pytest.fixture(scope="module", autouse=True)
def no_second_way():
    """The bundled families are captured by the first way; the second is slower, and for what strangers write."""
    first_way = torch.export.export

    def export(*arguments, strict=False, **options):
        assert not strict, "a part of this family is captured by the second way only"
        return first_way(*arguments, strict=strict, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.export, "export", export)
        yield


@pytest.fixture(scope="module", autouse=True)
def uncaptured_module():
    """Samplers are tried without a capture for the export, which takes seconds; those of shared fixtures too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "_capture", lambda *_: None)
        yield


@pytest.fixture(autouse=True)
def captured_once(request, monkeypatch):
    """But once where no file is written: an export begins with the same capture of every part."""
    learns = request.node.name == "test_every_parameter_learns_and_the_loss_falls"
    marks = getattr(request.cls.test_exported_files_give_what_torch_gives, "pytestmark", ()) if learns else ()
    if any(mark.name == "slow" for mark in marks):
        monkeypatch.setattr(trial, "_capture", _capture)
