"""Muon for the matrices, AdamW for the rest."""

import pytest
import torch

from studio.nn import TransformerBlock, matrices_of, muon_and_adamw


def test_every_parameter_belongs_to_one_of_the_two():
    block = TransformerBlock(16, 2)
    matrices = matrices_of(block)
    muon, adamw = muon_and_adamw(block, matrices, 1e-3)
    taken = [id(parameter) for optimizer in (muon, adamw) for parameter in optimizer.param_groups[0]["params"]]
    assert sorted(taken) == sorted(id(parameter) for parameter in block.parameters())
    assert {id(parameter) for parameter in muon.param_groups[0]["params"]} == {id(matrix) for matrix in matrices}


def test_the_matrices_alone_are_decayed():
    net = torch.nn.Linear(4, 4)
    muon, adamw = muon_and_adamw(net, [net.weight], 0.1, weight_decay=0.5)
    before, bias = net.weight.detach().clone(), net.bias.detach().clone()
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    muon.step()
    adamw.step()
    torch.testing.assert_close(net.weight, before * (1 - 0.1 * 0.5))
    assert torch.equal(net.bias, bias)


def test_the_step_of_a_matrix_has_the_size_of_one_of_adamw():
    """0.2 sqrt(max(A, B)) times an orthogonal matrix: a root mean square of about 0.2 (arXiv:2502.16982)."""
    torch.manual_seed(0)
    net = torch.nn.Linear(64, 64, bias=False)
    muon, _ = muon_and_adamw(torch.nn.Sequential(net, torch.nn.LayerNorm(1)), [net.weight], 1.0, weight_decay=0.0)
    before = net.weight.detach().clone()
    net.weight.grad = torch.randn_like(net.weight)
    muon.step()
    assert 0.14 < float((net.weight.detach() - before).square().mean().sqrt()) < 0.26


@pytest.mark.parametrize("shape", [(64, 32), (32, 64), (48, 48)])
def test_it_steps_as_that_of_torch_does_in_half_precision(shape):
    torch.manual_seed(0)
    ours = torch.nn.Linear(*shape, bias=False)
    theirs = torch.nn.Linear(*shape, bias=False)
    theirs.load_state_dict(ours.state_dict())
    muon, _ = muon_and_adamw(torch.nn.Sequential(ours, torch.nn.LayerNorm(1)), [ours.weight], 0.01)
    other = torch.optim.Muon([theirs.weight], lr=0.01, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        before = ours.weight.detach().clone()
        ours.weight.grad = torch.randn_like(before)
        theirs.weight.grad = ours.weight.grad.clone()
        muon.step()
        other.step()
        moved = ours.weight.detach() - before
        assert float((ours.weight - theirs.weight).detach().abs().max()) < 0.06 * float(moved.abs().max())
    assert muon.state_dict()["state"].keys() == other.state_dict()["state"].keys()
    mine, others = muon.state[ours.weight]["momentum_buffer"], other.state[theirs.weight]["momentum_buffer"]
    torch.testing.assert_close(mine, others)
