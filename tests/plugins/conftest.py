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


@pytest.fixture
def uncaptured(monkeypatch):
    """Samplers are tried without a capture for the export: of the same nets others hold it, and it takes seconds."""
    monkeypatch.setattr("studio.nn.trial._capture", lambda *_: None)
