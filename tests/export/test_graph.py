import numpy as np
import pytest
import torch
from torch import nn

from studio.core.errors import ModelError
from studio.core.manifest import (
    Manifest,
    items_input,
    label_input,
    latent_input,
    steps_input,
)
from studio.core.modality import ImageSpec
from studio.export.exporter import write_model_file
from studio.export.graph import DECODED_OUTPUT, assemble
from studio.export.parity import measure_parity
from studio.nn import Stage, Transform, run_program
from studio.runtime.model import OnnxModel
from tests.export.conftest import SHAPE, ConvStep


class Enter(nn.Module):
    def __init__(self, shared=None):
        super().__init__()
        self.shared = shared

    def forward(self, x, shift, label):
        x = x.flip(-1)
        return x if self.shared is None else x + 0.01 * self.shared(x.flatten(1)).reshape(x.shape)


def loops(model):
    return [node for node in model.graph.node if node.op_type == "Loop"]


def body(loop):
    return next(attribute.g for attribute in loop.attribute if attribute.name == "body")


def test_two_stages_with_an_enter_become_two_loops_that_agree_with_torch(build, write):
    torch.manual_seed(0)
    shared = nn.Linear(36, 36).requires_grad_(False)
    sampler = build([Stage(ConvStep(shared), "steps"), Stage(ConvStep(), 2, enter=Enter(shared))])
    _, parity, model = write(sampler)
    assert parity.passed
    assert parity.max_abs < 1e-5
    assert len(loops(model)) == 2
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
    assert [output.name for output in model.graph.output] == ["samples"]
    assert DECODED_OUTPUT not in str(model.graph)
    # A step's own weights lie in its body; those that another part uses too lie outside, once.
    inside = [{tensor.name: tuple(tensor.dims) for tensor in body(loop).initializer} for loop in loops(model)]
    assert all((1, 1, 3, 3) in shapes.values() for shapes in inside)
    assert (36, 36) not in [shape for shapes in inside for shape in shapes.values()]
    assert [tuple(tensor.dims) for tensor in model.graph.initializer].count((36, 36)) == 1


@pytest.mark.fault("G8")
def test_the_file_carries_no_stack_traces_and_no_random_operators(build, write):
    path, _, model = write(build([Stage(ConvStep(), "steps")]))
    data = path.read_bytes()
    assert b".py" not in data
    assert b"Random" not in data
    assert len(model.metadata_props) == 1


class TwoStates(nn.Module):
    """Swaps its states, passes one through and repeats an output: what Loop bodies are touchy about."""

    def forward(self, i, x, y, shift):
        return y, x


class InitTwo(nn.Module):
    def forward(self, noise, steps, shift, label):
        return noise, noise * 2.0, shift


def test_states_that_swap_or_pass_through(build, write):
    path, parity, _ = write(build([Stage(TwoStates(), "steps")], init=InitTwo(), num_state=2))
    assert parity.max_abs == 0.0

    model = OnnxModel(path, "cpu", threads=1)
    x = np.full((1, *SHAPE), 0.2, np.float32)
    feed = {"noise": x, "shift": np.array(0, np.float32), "label": np.zeros(1, np.int64)}
    for steps, value in ((2, 0.2), (3, 0.4)):
        (samples,) = model.run({**feed, "steps": np.array(steps)})
        assert samples[0, 0, 0, 0] == int((value * 0.5 + 0.5) * 255 + 0.5)


class Grow(nn.Module):
    """A state that grows by a row each step, as a key/value cache does."""

    def forward(self, i, x, cache, shift):
        return x + cache.sum(1)[:, None, None, None] * 0.001, torch.cat([cache, x.flatten(1)[:, :1]], 1)


class InitGrow(nn.Module):
    def forward(self, noise, steps, shift, label):
        return noise, noise.flatten(1)[:, :0], shift


def test_a_state_may_grow(build, write):
    _, parity, _ = write(build([Stage(Grow(), "steps")], init=InitGrow(), num_state=2))
    assert parity.passed


class Retype(nn.Module):
    def forward(self, i, x, shift, label):
        return x.double()


def test_a_step_that_changes_its_states_type_is_refused(build, write):
    with pytest.raises(ModelError, match="into torch"):
        write(build([Stage(Retype(), "steps")]))


class FromItems(nn.Module):
    def forward(self, items, steps, label):
        return items.float().flatten(1) / 255.0, label


class Mix(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, i, x, label):
        return torch.tanh(self.linear(x)) + 0.1 * label.reshape(-1, 1)


class Last(nn.Module):
    def forward(self, x, label):
        return x


def test_a_transform_may_loop_and_gives_what_it_is_named(tmp_path):
    torch.manual_seed(0)
    spec = ImageSpec(shape=(4, 4, 1))
    inputs = [items_input(spec), steps_input(3), label_input(2)]
    step = Mix().requires_grad_(False)
    transform = Transform(inputs, FromItems(), Last(), stages=[Stage(step, "steps")], output="latent")
    manifest = Manifest(inputs=tuple(inputs), role="encode", output="latent")
    path = tmp_path / "encode.onnx"
    parity = write_model_file(assemble(transform), manifest, path, lambda p: measure_parity(transform, p, spec))
    assert parity.passed
    assert parity.differing is None
    items = np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1)
    label = np.array([0, 1])
    feed = {"items": items, "steps": np.array(5), "label": label}
    (latent,) = OnnxModel(path, "cpu").run(feed)
    expected, _ = run_program(transform, [torch.from_numpy(items), torch.tensor(5), torch.from_numpy(label)])
    np.testing.assert_allclose(latent, expected.numpy(), atol=1e-6)


def test_a_transform_needs_neither_finish_nor_codec(tmp_path):
    inputs = [latent_input((16,))]
    transform = Transform(inputs, nn.Linear(16, 3).requires_grad_(False), output="features")
    manifest = Manifest(inputs=tuple(inputs), role="encode", output="features")
    path = tmp_path / "encode.onnx"
    assert write_model_file(assemble(transform), manifest, path, lambda p: measure_parity(transform, p)).passed
    (features,) = OnnxModel(path, "cpu").run({"latent": np.ones((4, 16), np.float32)})
    assert features.shape == (4, 3)


def test_a_run_is_exported_without_its_data_set_and_says_which_checkpoint(tmp_path, uncaptured):
    import shutil

    from studio.store.workspace import Workspace
    from studio.testing import Trial, toy_dataset
    from studio_gan.plugin import plugin

    workspace = Workspace(tmp_path)
    dataset = toy_dataset(workspace, (8, 8, 1), 0)
    train = {"steps": 6, "validate_every": 2, "keep": 3}
    trial = Trial(plugin, workspace, dataset, {"channels": 8, "latent_dim": 4}, train)
    trial.train()
    best = trial.checkpoint().document["best"]["step"]
    shutil.rmtree(workspace.folder("datasets") / dataset.document.id)
    (trial.folder / "checkpoints" / f"step-{best}" / "averaged.safetensors").write_bytes(b"")
    exported = trial.export()
    assert "averaged.safetensors" in exported.notes[0]
    assert exported.chosen.startswith(f"step {exported.step} of 6")
    assert exported.chosen.endswith("can be read" if exported.step < best else "cannot be read")
    manifest = OnnxModel(exported.folder / "sample.onnx", "cpu").manifest
    assert manifest.condition == "none"
    assert manifest.step != best
    assert manifest.split == {"train": 84, "validation": 12, "test": 0}


class Lengthen(nn.Module):
    """Counts a state up to the number of the row, and how many steps were taken."""

    def forward(self, i, count, taken, most):
        return torch.minimum(count + 1.0, most), taken + 1.0


class AllThere(nn.Module):
    def forward(self, count, taken, most):
        return (count >= most).all()


class BeginCount(nn.Module):
    def forward(self, latent, steps):
        return latent * 0.0, latent * 0.0, latent.abs().clamp(min=3.0, max=3.0)


class Both(nn.Module):
    def forward(self, count, taken, most):
        return torch.cat([count, taken], dim=1)


def test_a_loop_that_is_over_takes_no_further_step(tmp_path):
    program = Transform(
        [latent_input((1,)), steps_input(9)],
        BeginCount(),
        Both(),
        stages=[Stage(Lengthen(), "steps", until=AllThere())],
        num_state=2,
        output="counts",
    )
    path = tmp_path / "count.onnx"
    manifest = Manifest(inputs=tuple(program.inputs), output="counts", role="encode")
    parity = write_model_file(assemble(program), manifest, path, lambda trial: measure_parity(program, trial))
    assert parity.passed
    model = OnnxModel(path, "cpu")
    latent = np.ones((2, 1), np.float32)
    for steps, taken in ((2, 2), (3, 3), (9, 3)):
        (counts,) = model.run({"latent": latent, "steps": np.array(steps)})
        assert counts.tolist() == [[taken, taken]] * 2
        _, same = run_program(program, [torch.from_numpy(latent), torch.tensor(steps)])
        assert same.tolist() == counts.tolist()
