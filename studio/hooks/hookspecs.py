"""The hooks: what the studio asks a plugin, and what it hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    None is needed by itself: a plugin may bring a reader alone, say. The author's guide lists them from here.
    """

    @hookspec(firstresult=True)
    def studio_families(self) -> list[Family]:
        """Declare the families; the other hooks are told which is meant.

        Asked often, in a process of its own and without torch: import nothing heavy, and keep it under a second.
        """

    @hookspec
    def studio_train(self, session: Session) -> None:
        """Train: the loop is the plugin's, everything around it the session's.

        It makes every module and optimizer, those of later phases too, names its validation, loops over
        ``session.batches()`` to the end and returns nothing.
        """

    @hookspec(firstresult=True)
    def studio_sample(self, trained: Trained) -> Sampler:
        """Build the sampler of a trained model.

        Asked before the first step, for every preview, in whatever phase the training is, and for the export.
        """

    @hookspec(firstresult=True)
    def studio_encode(self, trained: Trained) -> Transform | None:
        """Build the map from items to their latent, in one pass or in loops; None where there is none for such data.

        Its inputs are ``items_input(trained.spec)``, noise and labels if any; its output is float32 (N, ...), by
        another name than ``samples``, and it has no codec.
        """

    @hookspec(firstresult=True)
    def studio_decode(self, trained: Trained) -> Transform | Decoding | None:
        """Build the map from latents to items, or say that the sampler is it, because its noise is the latent.

        A Transform takes ``latent_input(shape)`` and has a codec; a Decoding names numbers of the sampler to be held,
        such as ``Decoding(fixed={"temperature": 1.0})``. None where there is none for such data.
        """

    @hookspec(firstresult=True)
    def studio_log_prob(self, trained: Trained) -> Transform | None:
        """Build the map from items to log p in nats, float32 (N,), exact or a bound; None as above.

        The Transform says what its numbers are: ``likelihood=Likelihood(kind="exact",
        protocol=codec.likelihood_protocol, dims=codec.dims)``. The log density in the view plus
        ``codec.log_det(items)`` is that of the items. Where it is a product over the places of a text,
        ``by_token`` lets the gallery show how likely each token was.
        """

    @hookspec(firstresult=True)
    def studio_discriminate(self, trained: Trained) -> Transform | None:
        """Build the map from items to how real a discriminator holds them, float32 (N,), the higher the more; or None.

        Its inputs are ``items_input(trained.spec)`` and labels if any. What it gives is compared between items of one
        model only; it is drawn while points are learned, and not exported.
        """

    @hookspec(firstresult=True)
    def studio_diagnose(self, session: Session) -> list[str]:
        """Say in plain words what goes wrong in the training, and what to do; an empty list when all is well.

        Asked after every validation from step 100 on; ``session.metrics`` has the latest numbers. Each sentence is
        shown once.
        """

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
