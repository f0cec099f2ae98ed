"""Parts spliced into one graph: where weights lie, and what a Loop's body may be like."""

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest

from studio.core.manifest import label_input, noise_input, scalar_input, steps_input
from studio.export.assembly import Assembly

WEIGHT = np.arange(20, dtype=np.float32)
OTHER = WEIGHT + 1


def part(text, **weights):
    """A part's graph, as the exporter gives it, with its weights by name."""
    proto = onnx.parser.parse_graph(text)
    proto.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in weights.items())
    return ir.serde.deserialize_graph(proto)


@pytest.fixture
def assembly():
    return Assembly([noise_input((20,)), steps_input(3)], 20)


def finish(assembly, value):
    """The finished model, and what it makes of ones in so many steps."""
    assembly.output(value, "samples", ["N", 20])
    model = ir.serde.serialize_model(assembly.model())
    onnx.checker.check_model(model, full_check=True)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def run(steps=3):
        feed = {"noise": np.ones((2, 20), np.float32), "steps": np.array(steps)}
        return session.run(None, {entry.name: feed[entry.name] for entry in session.get_inputs()})[0]

    return model, run


def test_inputs_are_those_that_were_declared():
    assembly = Assembly([noise_input((1, 4)), label_input(3), scalar_input("s", 1.0), steps_input(3)], 20)
    found = {value.name: (str(value.dtype), list(map(str, value.shape))) for value in assembly.graph.inputs}
    assert found == {
        "noise": ("FLOAT", ["N", "1", "4"]),
        "label": ("INT64", ["N"]),
        "s": ("FLOAT", []),
        "steps": ("INT64", []),
    }


def test_parts_follow_one_another_and_equal_weights_lie_once(assembly):
    first = part("a (float[N, 20] x) => (float[N, 20] y) { y = Add(x, w) }", w=WEIGHT)
    second = part("b (float[N, 20] z) => (float[N, 20] u) { t = Mul(z, v) u = Add(t, o) }", v=WEIGHT, o=OTHER)
    (between,) = assembly.splice(first, [assembly.inputs["noise"]])
    (value,) = assembly.splice(second, [between])
    model, run = finish(assembly, value)
    np.testing.assert_allclose(run(), [(1 + WEIGHT) * WEIGHT + OTHER] * 2)
    assert sorted(tensor.name for tensor in model.graph.initializer) == ["o", "w"]


def test_small_weights_are_not_shared(assembly):
    small = np.array([2.0], np.float32)
    value = assembly.inputs["noise"]
    for name in ("a", "b"):
        text = f"{name} (float[N, 20] x{name}) => (float[N, 20] y{name}) {{ y{name} = Mul(x{name}, w{name}) }}"
        (value,) = assembly.splice(part(text, **{f"w{name}": small}), [value])
    model, run = finish(assembly, value)
    assert len(model.graph.initializer) == 2
    assert (run() == 4).all()


BODY = "b (int64 i, float[N, 20] x, float[N, 20] k) => (float[N, 20] y) { t = Add(x, k) y = Add(t, w) }"


def test_a_loop_keeps_its_own_weights_inside(assembly):
    noise = assembly.inputs["noise"]
    body = part(BODY, w=WEIGHT)
    assembly.count(body)
    (value,) = assembly.loop("stage", body, assembly.inputs["steps"], [noise], [noise])
    model, run = finish(assembly, value)
    for steps in (0, 1, 3):
        np.testing.assert_allclose(run(steps), [1 + steps * (1 + WEIGHT)] * 2)
    assert "w" not in [tensor.name for tensor in model.graph.initializer]


def test_weights_of_a_loop_that_another_part_has_too_lie_outside_once(assembly):
    noise = assembly.inputs["noise"]
    other = part("a (float[N, 20] q) => (float[N, 20] r) { r = Add(q, v) }", v=WEIGHT)
    body = part(BODY, w=WEIGHT)
    for graph in (other, body):
        assembly.count(graph)
    (value,) = assembly.splice(other, [noise])
    (value,) = assembly.loop("stage", body, assembly.inputs["steps"], [value], [noise])
    model, run = finish(assembly, value)
    np.testing.assert_allclose(run(2), [1 + WEIGHT + 2 * (1 + WEIGHT)] * 2)
    large = [tensor.name for tensor in model.graph.initializer if len(tensor.raw_data) > 64]
    assert large == ["v"]


def test_states_that_swap_pass_through_or_come_twice(assembly):
    """Outputs of a body must be values of its own, and no two of them one."""
    noise = assembly.inputs["noise"]
    body = part(
        "b (int64 i, float[N, 20] x, float[N, 20] y, float[N, 20] z)"
        " => (float[N, 20] y, float[N, 20] s, float[N, 20] s) { s = Add(x, z) }"
    )
    state = assembly.loop("stage", body, assembly.inputs["steps"], [noise, noise, noise], [])
    assert len(state) == 3
    _, run = finish(assembly, state[1])
    # x, y, z become y, x + z, x + z: the second is 1, 2, 3, 5, ... from ones.
    assert [run(steps)[0, 0] for steps in (0, 1, 2, 3)] == [1, 2, 3, 5]


@pytest.mark.parametrize("over", [False, True])
def test_a_loop_ends_as_soon_as_its_state_says_so(assembly, over):
    noise = assembly.inputs["noise"]
    body = part(BODY, w=WEIGHT)
    until = part(
        "u (float[N, 20] x, float[N, 20] k) => (bool over) {"
        " low = ReduceMin<keepdims = 0>(x) over = Greater(low, limit) }",
        limit=np.array(1 + 2.5 * (1 + float(WEIGHT.min())), np.float32),
    )
    before = assembly.constant("over_before", np.array(over))
    (value,) = assembly.loop("stage", body, assembly.inputs["steps"], [noise], [noise], (before, until))
    _, run = finish(assembly, value)
    # After three steps the least of the numbers is beyond the limit.
    for steps, taken in ((0, 0), (2, 2), (3, 3), (9, 3)):
        np.testing.assert_allclose(run(steps), [1 + (0 if over else taken) * (1 + WEIGHT)] * 2)
