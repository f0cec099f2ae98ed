"""Texts: tokens are masked and drawn again."""

from __future__ import annotations

from studio.api import Likelihood, Session, Tokens, Trained, items_input, noise_input
from studio.nn import Decoding, Sampler, Transform
from studio_diffusion.masked import MaskedBound, build_masked
from studio_diffusion.masked_sampler import masked_sampler_of
from studio_diffusion.train_masked import train_masked

__all__ = ["TextMode"]


class TextMode:
    """The mode of texts."""

    def train(self, session: Session) -> None:
        """Raise the bound on the log probability of texts."""
        train_masked(session)

    def sample(self, trained: Trained) -> Sampler:
        """Draw the length, and the tokens in an order by chance."""
        return masked_sampler_of(trained, trained.module("net", build_masked(trained, trained.codec(Tokens()))))

    def encode(self, trained: Trained) -> Transform | None:
        """None: nothing leads from a text to an order."""
        return None

    def decode(self, trained: Trained) -> Decoding | None:
        """None: its noise is no latent."""
        return None

    def log_prob(self, trained: Trained) -> Transform | None:
        """Texts to a bound on their log probability."""
        codec = trained.codec(Tokens())
        model = trained.module("net", build_masked(trained, codec))
        noise = [noise_input((1,), "noise.count", "uniform"), noise_input(codec.shape, "noise.order", "uniform")]
        return Transform(
            [items_input(trained.spec), *noise, *trained.label_inputs()],
            MaskedBound(model, codec),
            output="log_prob",
            opset=23,
            likelihood=Likelihood(kind="bound", draws="terms", protocol=codec.likelihood_protocol, dims=codec.dims),
        )

    def diagnose(self, session: Session) -> list[str]:
        """Warn where it learns by heart: held-out texts cost far more than those it trains on."""
        held_out, seen = session.metrics.get("validation.loss"), session.metrics.get("loss")
        if held_out is None or seen is None or session.progress < 0.3 or held_out < 1.3 * seen:
            return []
        return [
            f"Held-out texts cost {held_out:.0f} nats, those it trains on {seen:.0f} (over-fitting): raise dropout, "
            "choose fewer channels or a smaller depth, or give it more texts; the best checkpoint is kept."
        ]
