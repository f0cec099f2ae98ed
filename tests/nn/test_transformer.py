import pytest
import torch

from studio.nn import CrossAttention, RMSNorm, SelfAttention, TransformerBlock, matrices_of, rotary_angles
from studio.nn.transformer import rotate


def randomised(module):
    torch.manual_seed(0)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return module.double().eval()


def angles(length, dim):
    return rotary_angles(torch.arange(length), dim)


def test_rotation_keeps_lengths_and_depends_on_distance_alone():
    torch.manual_seed(0)
    query, key = torch.randn(2, 1, 1, 1, 8, dtype=torch.float64)
    cos, sin = (value.double() for value in angles(12, 8))

    def product(i, j):
        return (rotate(query, (cos[i : i + 1], sin[i : i + 1])) * rotate(key, (cos[j : j + 1], sin[j : j + 1]))).sum()

    rotated = rotate(query, (cos[5:6], sin[5:6]))
    torch.testing.assert_close(rotated.norm(), query.norm(), atol=1e-6, rtol=0)
    torch.testing.assert_close(product(3, 1), product(9, 7), atol=1e-6, rtol=0)
    assert abs(float(product(3, 1) - product(3, 2))) > 1e-3


def test_the_norm_makes_the_mean_square_one():
    x = 7.0 * torch.randn(5, 16, dtype=torch.float64)
    torch.testing.assert_close(
        RMSNorm(16).double()(x).square().mean(1), torch.ones(5, dtype=torch.float64), atol=1e-4, rtol=0
    )


def test_a_block_begins_as_the_identity():
    x, block = torch.randn(2, 5, 16), TransformerBlock(16, 2, memory_dim=8)
    y, _ = block(x, angles(5, 8), memory=block.remember(torch.randn(2, 3, 8)))
    torch.testing.assert_close(y, x, atol=0, rtol=0)


@pytest.mark.parametrize("causal", [True, False])
def test_causal_attention_sees_no_later_position(causal):
    attention = randomised(SelfAttention(16, 2))
    x = torch.randn(1, 6, 16, dtype=torch.float64)
    other = x.clone()
    other[0, 3] += 1.0
    moved = (attention(x, angles(6, 8), causal)[0] - attention(other, angles(6, 8), causal)[0]).abs().amax(2)[0]
    assert (moved[3:] > 0).all()
    assert bool((moved[:3] > 0).any()) is not causal


def test_one_at_a_time_with_a_cache_gives_what_all_at_once_gives():
    block = randomised(TransformerBlock(16, 2))
    x = torch.randn(2, 6, 16, dtype=torch.float64)
    whole, _ = block(x, angles(6, 8))
    cache = (torch.zeros(2, 2, 0, 8, dtype=torch.float64),) * 2
    for place in range(6):
        row, cache = block(x[:, place : place + 1], rotary_angles(torch.tensor([place]), 8), cache=cache)
        torch.testing.assert_close(row[:, 0], whole[:, place], atol=1e-6, rtol=0)


def test_cross_attention_hears_the_memory_where_its_mask_counts():
    attention = randomised(CrossAttention(16, 12, 2))
    x, memory = torch.randn(2, 4, 16, dtype=torch.float64), torch.randn(2, 5, 12, dtype=torch.float64)
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    before = attention(x, attention.remember(memory), mask)
    other = memory.clone()
    other[:, 3] += 1.0
    moved = (attention(x, attention.remember(other), mask) - before).abs().amax((1, 2))
    assert moved[0] > 0
    assert moved[1] == 0
    torch.testing.assert_close(attention(x[1:], attention.remember(memory[1:, :2])), before[1:], atol=1e-9, rtol=0)


def test_the_matrices_are_those_of_linear_layers():
    block = TransformerBlock(16, 2, memory_dim=8)
    assert len(matrices_of(block)) == 2 + 3 + 2
    assert all(matrix.ndim == 2 for matrix in matrices_of(block))
