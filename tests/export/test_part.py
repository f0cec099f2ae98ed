"""One module as a graph: said by its name where it cannot be written, and nothing local left in it."""

import onnx
import onnx_ir as ir
import pytest
import torch
from torch import nn

from studio.core.errors import ModelError
from studio.export import part
from studio.export.part import PartExporter
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
        PartExporter().export("net", nn.Identity(), [[torch.ones(1)], [torch.ones(2)]], 1, 20)
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


class Scaled(nn.Module):
    def __init__(self, scale, power=1.0):
        super().__init__()
        self.scale = nn.Parameter(torch.full((40,), scale), requires_grad=False)
        self.power = power

    def forward(self, x):
        return self.scale * x**self.power


@pytest.fixture
def exports(monkeypatch):
    """An exporter, and the modules that it really wrote."""
    written, write_part = [], part._export
    monkeypatch.setattr(part, "_export", lambda name, *rest: written.append(name) or write_part(name, *rest))
    return PartExporter(), written


def both(*shape):
    return [[torch.ones(rows, *shape)] for rows in (2, 3)]


def test_the_same_module_is_written_once_under_names_of_its_own(exports):
    exporter, written = exports
    graphs = [exporter.export(name, Scaled(2.0), both(40), 1, 20) for name in ("first", "second")]
    assert written == ["first"]
    for name, graph in zip(("first", "second"), graphs, strict=True):
        assert graph.initializers
        for weight, value in graph.initializers.items():
            assert weight.startswith(f"{name}.")
            assert value.const_value.name == weight
        proto = ir.serde.serialize_model(ir.Model(graph, ir_version=10))
        onnx.checker.check_model(proto, full_check=True)


@pytest.mark.parametrize(
    "other",
    [
        (Scaled(3.0), both(40), 20),
        (Scaled(2.0, 2.0), both(40), 20),
        (Scaled(2.0), both(5, 40), 20),
        (Scaled(2.0), both(40), 23),
    ],
)
def test_what_differs_in_weights_numbers_shapes_or_operators_is_written_again(exports, other):
    exporter, written = exports
    module, examples, opset = other
    exporter.export("first", Scaled(2.0), both(40), 1, 20)
    exporter.export("second", module, examples, 1, opset)
    assert written == ["first", "second"]


def test_what_cannot_say_what_it_is_is_written_each_time(exports):
    exporter, written = exports
    module = Scaled(2.0)
    module.note = lambda: None
    for name in ("first", "second"):
        exporter.export(name, module, both(40), 1, 20)
    assert written == ["first", "second"]
