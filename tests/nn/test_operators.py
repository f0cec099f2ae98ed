"""The list of operators that need no look at the exporter's own table."""

import torch

from studio.core.resources import resource
from studio.nn.operators import OPERATORS_FILE, untranslatable
from studio.nn.trial import capture


def captured(function, *values):
    class Module(torch.nn.Module):
        def forward(self, *values):
            return function(*values)

    return capture(Module(), values, values)


def test_what_is_listed_is_translated():
    """Or comes apart into what is: those the bundled families use, and their export is tested."""
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    known = resource(OPERATORS_FILE).read_text().split()
    assert known == sorted(set(known))
    others = set(known) - {name for name in ONNXRegistry.from_torchlib().functions if isinstance(name, str)}
    assert others == {
        "aten::__and__.Tensor",
        "aten::__or__.Tensor",
        "aten::detach_",
        "aten::movedim.int",
        "aten::rms_norm",
        "aten::rsub.Scalar",
        "aten::square",
        "aten::to.dtype",
    }


def test_a_rare_operator_that_comes_apart_is_allowed():
    program = captured(lambda x: torch.special.entr(x), torch.rand(3))
    assert untranslatable(program) == []


def test_a_distance_that_comes_apart_into_what_cannot_be_written():
    assert untranslatable(captured(torch.cdist, torch.rand(2, 3), torch.rand(2, 3))) == ["aten._cdist_forward.default"]
