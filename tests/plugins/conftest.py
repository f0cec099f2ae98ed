"""What holds for every family of ours."""

import pytest
import torch


@pytest.fixture(autouse=True)
def no_second_way(monkeypatch):
    """The bundled families are captured by the first way; the second is slower, and for what strangers write."""
    first_way = torch.export.export

    def export(*arguments, strict=False, **options):
        assert not strict, "a part of this family is captured by the second way only"
        return first_way(*arguments, strict=strict, **options)

    monkeypatch.setattr(torch.export, "export", export)


@pytest.fixture(autouse=True)
def captured_once(request, monkeypatch):
    """Samplers are tried without a capture for the export, which takes seconds, but once where no file is written."""
    learns = request.node.name == "test_every_parameter_learns_and_the_loss_falls"
    marks = getattr(request.cls.test_exported_files_give_what_torch_gives, "pytestmark", ()) if learns else ()
    if all(mark.name != "slow" for mark in marks):
        # An export begins with the same capture of every part.
        monkeypatch.setattr("studio.nn.trial._capture", lambda *_: None)
