import math

import torch
from torch import nn

from studio.api import Continuous
from studio.nn import LabelEmbedding, TimeEmbedding, hide_labels, warmup_cosine

VIEW = Continuous()


def make_encoder(run):
    size, width, latent = math.prod(run.codec(VIEW).shape), run.settings.width, run.settings.latent
    return nn.Sequential(nn.Flatten(), nn.Linear(size, width), nn.SiLU(), nn.Linear(width, latent), nn.Tanh())


class Decoder(nn.Module):
    def __init__(self, shape, width, latent):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent, width), nn.SiLU(), nn.Linear(width, math.prod(shape)), nn.Tanh())
        self.shape = shape

    def forward(self, z, *constants):
        return self.net(z).unflatten(1, self.shape)


def make_decoder(run):
    return Decoder(run.codec(VIEW).shape, run.settings.width, run.settings.latent)


class Drift(nn.Module):
    """Where a latent (N, D) at time t (N,) drifts, given its label (N,)."""

    def __init__(self, num_classes, width, latent):
        super().__init__()
        self.time, self.label = TimeEmbedding(width), LabelEmbedding(num_classes, width)
        self.inside, self.outside = nn.Linear(latent, width), nn.Sequential(nn.SiLU(), nn.Linear(width, latent))

    def forward(self, z, t, label):
        return self.outside(self.inside(z) + self.time(t) + self.label(label))


def make_drift(run):
    return Drift(len(run.classes), run.settings.width, run.settings.latent)


class Begin(nn.Module):
    def forward(self, noise, steps, *label):
        return noise, steps, label[0] if label else torch.full_like(noise[:, 0], -1, dtype=torch.int64)


class Step(nn.Module):
    def __init__(self, drift):
        super().__init__()
        self.drift = drift

    def forward(self, i, z, steps, label):
        return z + self.drift(z, (i / steps).to(z.dtype).expand(z.shape[0]), label) / steps


class Encode(nn.Module):
    def __init__(self, encoder, codec):
        super().__init__()
        self.encoder, self.codec = encoder, codec

    def forward(self, items):
        return self.encoder(self.codec.encode(items))


def train(session):
    codec, lr, drifting = session.codec(VIEW), session.settings.lr, False
    encoder = session.module("encoder", make_encoder(session))
    decoder = session.module("decoder", make_decoder(session))
    drift = session.module("drift", make_drift(session), ema=0.99)
    first = session.optimizer("coder", torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=lr))
    second = session.optimizer("drift", torch.optim.Adam(drift.parameters(), lr=lr), warmup_cosine(0.05))

    def rebuilt(batch):
        x = codec.encode(batch.items)
        return (decoder(encoder(x)) - x).square().mean()

    def missed(batch, drift, label):
        z = encoder(codec.encode(batch.items)).detach()
        t, noise = torch.rand(len(z), device=z.device), torch.randn_like(z)
        return (drift((1 - t[:, None]) * noise + t[:, None] * z, t, label) - (z - noise)).square().mean()

    def measure(batch):
        found = {"rebuilt": rebuilt(batch)}
        return found | {"loss": missed(batch, session.averaged("drift"), batch.label)} if drifting else found

    session.validation(measure)
    for batch in session.batches("coder", share=0.5):
        session.step(first, rebuilt(batch))
    drifting = True
    for batch in session.batches("drift", share=0.5):
        session.step(second, missed(batch, drift, hide_labels(batch.label, 0.1)))
