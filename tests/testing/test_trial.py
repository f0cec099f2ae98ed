"""A trial of a plugin on toy data: which family of it is tested, and what its hooks are told."""

import pytest

from studio.core.errors import PluginError
from studio.store.model import read_manifest
from studio.testing import Trial, family_of, toy_dataset


@pytest.fixture
def told():
    """Which family each hook was told, in turn."""
    return []


@pytest.fixture
def plugin(told):
    """A plugin of two families, whose nets have a number of channels each."""
    import torch
    from torch import nn

    from studio.api import Continuous, Family, FamilySettings, hookimpl, noise_input
    from studio.nn import Sampler

    def net(described):
        return nn.Linear(*described.codec(Continuous()).shape[-1:], 4, bias=described.family == "biased")

    class TwoFamilies:
        @hookimpl
        def studio_families(self):
            return [Family(id, id.title(), "For tests.", FamilySettings, ("loss", "min")) for id in ("plain", "biased")]

        @hookimpl
        def studio_train(self, session):
            told.append(("train", session.family))
            module = session.module("net", net(session))
            opt = session.optimizer("net", torch.optim.Adam(module.parameters()))
            session.validation(lambda batch: {"loss": session.averaged("net").weight.square().mean()})
            for _ in session.batches():
                session.step(opt, sum(parameter.square().sum() for parameter in module.parameters()))

        @hookimpl
        def studio_sample(self, trained):
            told.append(("sample", trained.family))
            return Sampler(
                [noise_input((1, 4, 4))], trained.module("net", net(trained)), codec=trained.codec(Continuous())
            )

        @hookimpl
        def studio_diagnose(self, session):
            told.append(("diagnose", session.family))
            return []

    return TwoFamilies()


def test_the_family_is_named_where_there_are_several(plugin):
    assert family_of(plugin, "biased").declared.title == "Biased"
    for id in ("", "other"):
        with pytest.raises(PluginError, match=r"^Say which family is tested: the plugin declares plain, biased\.$"):
            family_of(plugin, id)


@pytest.mark.parametrize("family", ["plain", "biased"])
def test_each_hook_is_told_which_family_is_meant(plugin, workspace, told, family, uncaptured):
    trial = Trial(plugin, workspace, toy_dataset(workspace, (4, 4, 1), 0), {}, {"steps": 110}, family)
    assert trial.train().state == "finished"
    assert ("net/bias" in trial.checkpoint().tensors["modules"]) == (family == "biased")
    exported = trial.export()
    assert read_manifest(exported.folder).family == family
    assert {hook for hook, _ in told} == {"train", "sample", "diagnose"}
    assert {id for _, id in told} == {family}
