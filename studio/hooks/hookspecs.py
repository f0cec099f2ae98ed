"""The hooks: what the studio asks a plugin, and what it hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

from studio.core.extension import Features, ItemCodec, ItemTransform, Metric, ObservedRun, Reader
from studio.core.protocol import Session, Trained
from studio.core.spec import Family

if TYPE_CHECKING:
    from studio.nn.sampler import Decoding, Sampler, Transform

__all__ = ["PROJECT", "StudioHooks", "hookimpl", "hookspec"]

PROJECT = "studio"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class StudioHooks:
    """The hooks of the studio; ``studio_families``, ``studio_train`` and ``studio_sample`` make a family.

    None is needed by itself: a plugin may bring a reader alone, say.
    """

    @hookspec(firstresult=True)
    def studio_families(self) -> list[Family]:
        """Declare the families; the other hooks are told which is meant. Runs without torch, often: keep it cheap."""

    @hookspec
    def studio_train(self, session: Session) -> None:
        """Train: the loop is the plugin's, everything around it the session's."""

    @hookspec(firstresult=True)
    def studio_sample(self, trained: Trained) -> Sampler:
        """Build the sampler of a trained model, in whatever phase the training is."""

    @hookspec(firstresult=True)
    def studio_encode(self, trained: Trained) -> Transform | None:
        """Build the map from items to their latent, in one pass or in loops; None where there is none for such data."""

    @hookspec(firstresult=True)
    def studio_decode(self, trained: Trained) -> Transform | Decoding | None:
        """Build the map from latents to items, or say that the sampler is it, because its noise is the latent.

        None where there is none for such data.
        """

    @hookspec(firstresult=True)
    def studio_log_prob(self, trained: Trained) -> Transform | None:
        """Build the map from items to log p in nats, exact or a bound, with its protocol; None as above."""

    @hookspec(firstresult=True)
    def studio_diagnose(self, session: Any) -> list[str]:
        """Say in plain words what goes wrong in the training, and what to do; an empty list when all is well."""

    @hookspec(firstresult=True)
    def studio_readers(self) -> list[Reader]:
        """Declare readers of file formats. Runs often: keep it cheap, and import what reads inside ``read``."""

    @hookspec(firstresult=True)
    def studio_transforms(self) -> list[ItemTransform]:
        """Declare transforms of items, which a run names as ``train.transforms``."""

    @hookspec(firstresult=True)
    def studio_codecs(self) -> list[ItemCodec]:
        """Declare codecs, one of which a run names as ``train.codec``; torch is imported inside ``build``."""

    @hookspec(firstresult=True)
    def studio_features(self) -> list[Features]:
        """Declare features for the judge."""

    @hookspec(firstresult=True)
    def studio_metrics(self) -> list[Metric]:
        """Declare metrics for the judge and for previews."""

    @hookspec(firstresult=True)
    def studio_observe(self, run: ObservedRun) -> object:
        """Watch a run, in a process of its own; gives an object with any of the methods of an observer.

        These are ``on_run_started()``, ``on_step(step, metrics)``, ``on_validated(step, metrics)`` and
        ``on_run_finished(state)``. They are told after the fact and change nothing; an error in one ends the observer.
        """
