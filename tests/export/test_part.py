"""One module as a graph: said by its name where it cannot be written, and nothing local left in it."""

import onnx
import onnx_ir as ir
import pytest
import torch
from torch import nn

from studio.core.errors import ModelError
from studio.export import part
from studio.export.part import export_part
from studio.nn import Stage


class Unwritable(nn.Module):
    def forward(self, i, x, shift, label):
        return x + torch.searchsorted(torch.arange(3.0), x[:, 0, 0, :1].contiguous()).sum()


@pytest.mark.fault("D2")
def test_what_cannot_be_written_is_said_with_its_module(build, write):
    with pytest.raises(ModelError, match="module 'step0' cannot be written as ONNX"):
        write(build([Stage(Unwritable(), "steps")]))


def test_a_long_reason_is_one_line(monkeypatch):
    def fail(*_):
        raise RuntimeError("no\n  way " + "x" * 1000)

    monkeypatch.setattr(part, "capture", fail)
    with pytest.raises(ModelError) as raised:
        export_part("net", nn.Identity(), [[torch.ones(1)], [torch.ones(2)]], 1, 20)
    assert str(raised.value).startswith("The module 'net' cannot be written as ONNX: no way xxx")
    assert len(str(raised.value)) < 400


def test_every_name_gets_its_prefix_in_inner_graphs_too():
    text = """
        <ir_version: 10, opset_import: ["": 20]>
        g (float[N] x, bool c) => (float[N] y) <float w = {2.0}> {
            y = If (c) <
                then_branch = t () => (float[N] a) { a = Mul(x, w) },
                else_branch = e () => (float[N] b) { b = Identity(x) }
            >
        }
    """
    proto = onnx.parser.parse_model(text)
    proto.graph.node[0].doc_string = "/home/ada/net.py"
    proto.graph.doc_string = "/home/ada/net.py"
    proto.graph.node[0].metadata_props.add(key="trace", value="/home/ada/net.py")
    model = ir.serde.deserialize_model(proto)
    part._prefix(model.graph, "net.")
    written = ir.serde.serialize_model(model)
    onnx.checker.check_model(written, full_check=True)
    assert "ada" not in str(written)
    names = {name for node in written.graph.node for name in (*node.input, *node.output)}
    inner = [attribute.g for attribute in written.graph.node[0].attribute]
    names |= {name for graph in inner for node in graph.node for name in (*node.input, *node.output)}
    names |= {value.name for value in (*written.graph.input, *written.graph.initializer)}
    assert names == {"net.x", "net.c", "net.y", "net.w", "net.a", "net.b"}
