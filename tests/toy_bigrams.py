"""A file of log p of texts whose every token depends on the one before it alone."""

import torch
from torch import nn

from studio.core.manifest import Likelihood, Manifest, items_input
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Transform
from tests.toy_texts import TEXTS


class _Bigrams(nn.Module):
    def __init__(self, logits):
        super().__init__()
        self.register_buffer("logits", logits)

    def forward(self, items):
        tokens = items.long().clamp(max=len(self.logits) - 1)
        before = torch.cat([torch.zeros_like(tokens[:, :1]), tokens[:, :-1]], 1)
        return torch.log_softmax(self.logits, 1)[before], tokens


class _Total(nn.Module):
    def forward(self, log_probs, tokens):
        return log_probs.gather(2, tokens.unsqueeze(2)).squeeze(2).sum(1)


class _ByToken(nn.Module):
    def forward(self, log_probs, tokens):
        return log_probs


def export_bigrams(path, spec=TEXTS, by_token=True):
    """Write a file of log p whose tokens are drawn by the one before; returns the logits, (V, V)."""
    logits = torch.randn(spec.end + 1, spec.end + 1, generator=torch.Generator().manual_seed(0))
    program = Transform(
        [items_input(spec)],
        _Bigrams(logits),
        _Total(),
        num_state=2,
        output="log_prob",
        likelihood=Likelihood(kind="exact", protocol="tokens", dims=spec.shape[0]),
        by_token=_ByToken() if by_token else None,
    )
    manifest = Manifest(
        role="log_prob",
        inputs=tuple(program.inputs),
        output="log_prob",
        likelihood=program.likelihood,
        token_log_prob=by_token,
        **spec.model_dump(),
    )
    parity = write_model_file(assemble(program), manifest, path, lambda trial: measure_parity(program, trial, spec))
    assert parity.passed
    return logits.numpy()
