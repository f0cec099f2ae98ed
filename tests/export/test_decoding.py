"""A sampler whose noise is the latent decodes: the same graph with other inputs."""

import numpy as np
import onnx_ir as ir
import pytest
import torch

from studio.core.errors import PluginError
from studio.core.manifest import Manifest
from studio.export.decoding import decoder_of, with_latent
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Decoding, Stage, run_program
from studio.runtime.model import OnnxModel
from tests.export.conftest import SHAPE, ConvStep


def test_a_sampler_decodes_when_its_noise_is_the_latent(build, tmp_path):
    torch.manual_seed(0)
    sampler = build([Stage(ConvStep().requires_grad_(False), "steps")])
    decoding = Decoding(fixed={"shift": 0.25}, defaults={"steps": 5})
    decoder = decoder_of(sampler, decoding)
    assert [entry.name for entry in decoder.inputs] == ["latent", "steps", "label"]
    assert decoder.inputs[1].default == 5
    exported = ir.serde.serialize_model(assemble(sampler))
    path = tmp_path / "decode.onnx"
    manifest = Manifest(inputs=tuple(decoder.inputs), role="decode")
    model = with_latent(exported, sampler, decoding)
    assert write_model_file(model, manifest, path, lambda p: measure_parity(decoder, p)).passed
    latent, label = torch.randn(2, *SHAPE), torch.tensor([0, 1])
    (items,) = OnnxModel(path, "cpu").run({"latent": latent.numpy(), "steps": np.array(3), "label": label.numpy()})
    _, drawn = run_program(sampler, [latent, torch.tensor(3), torch.tensor(0.25), label])
    np.testing.assert_array_equal(items, drawn.numpy())


def test_a_decoder_may_have_its_steps_fixed(build, tmp_path):
    torch.manual_seed(0)
    sampler = build([Stage(ConvStep().requires_grad_(False), "steps")])
    decoding = Decoding(fixed={"steps": 4})
    decoder = decoder_of(sampler, decoding)
    model = with_latent(ir.serde.serialize_model(assemble(sampler)), sampler, decoding)
    manifest = Manifest(inputs=tuple(decoder.inputs), role="decode")
    path = tmp_path / "decode.onnx"
    assert write_model_file(model, manifest, path, lambda p: measure_parity(decoder, p)).passed


@pytest.mark.parametrize(
    ("decoding", "words"),
    [
        (Decoding(fixed={"heat": 1.0}), "fixes 'heat', which is no number of the sampler"),
        (Decoding(fixed={"label": 1.0}), "fixes 'label', which is no number of the sampler"),
        (Decoding(fixed={"shift": 1.0}, defaults={"shift": 0.5}), "fixes 'shift', .*has a default too"),
        (Decoding(noise="label"), "no normal noise 'label'"),
    ],
)
def test_a_decoding_that_does_not_fit_is_refused(build, decoding, words):
    with pytest.raises(PluginError, match=words):
        decoder_of(build([Stage(ConvStep(), "steps")]), decoding)


def test_a_default_of_the_decoding_stays_within_the_samplers_bounds(build):
    from studio.core.errors import ModelError

    with pytest.raises(ModelError, match="shift"):
        decoder_of(build([Stage(ConvStep(), "steps")]), Decoding(defaults={"shift": 7.0}))


def test_fixed_steps_are_the_trip_of_their_stage(build):
    sampler = build([Stage(ConvStep(), "steps"), Stage(ConvStep(), 2)])
    decoder = decoder_of(sampler, Decoding(fixed={"steps": 4}))
    assert [stage.trip for stage in decoder.stages] == [4, 2]
    assert [stage.trip for stage in sampler.stages] == ["steps", 2]


def test_the_torch_decoder_is_the_sampler(build):
    torch.manual_seed(0)
    sampler = build([Stage(ConvStep(), "steps")])
    decoder = decoder_of(sampler, Decoding(fixed={"shift": 0.25}))
    latent, label = torch.randn(2, *SHAPE), torch.tensor([0, -1])
    ours, _ = run_program(decoder, [latent, torch.tensor(3), label])
    theirs, _ = run_program(sampler, [latent, torch.tensor(3), torch.tensor(0.25), label])
    assert torch.equal(ours, theirs)
