"""The conformance suite finds what it is there to find."""

import sys

import pytest
import torch

from studio.api import Family, FamilySettings, Preset, hookimpl, setting
from studio.testing import FamilyContract
from studio.testing.contract import _same_bits
from studio.train.checkpoint import Checkpoint

CPU = Preset(name="cpu", title="t", summary="s")


class Sound(FamilySettings):
    depth: int = setting(4, help="How deep.", minimum=1)


class Undescribed(FamilySettings):
    depth: int = 4


class Clashing(FamilySettings):
    batch_size: int = setting(4, help="How many.", minimum=1)


def suite(settings=Sound, presets=(CPU,)):
    """The suite on a plugin that declares these."""

    class Plugin:
        @hookimpl
        def studio_families(self):
            return [Family("toy", "Toy", "For tests.", settings, ("loss", "min"), presets)]

        @hookimpl
        def studio_train(self, session):
            pass

        @hookimpl
        def studio_sample(self, trained):
            pass

    class Contract(FamilyContract):
        plugin = Plugin()

    return Contract()


def test_a_sound_declaration_passes():
    suite().test_settings_and_presets_are_sound()
    assert suite().declared().id == "toy"


@pytest.mark.parametrize("values", [{"settings": Undescribed}, {"presets": ()}, {"settings": Clashing}])
def test_a_declaration_that_is_not_fails(values):
    with pytest.raises(AssertionError):
        suite(**values).test_settings_and_presets_are_sound()


def test_a_preset_out_of_bounds_fails():
    from studio.core.errors import SettingsError

    wrong = CPU.model_copy(update={"settings": {"depth": 0}})
    with pytest.raises(SettingsError, match="depth"):
        suite(presets=(wrong,)).test_settings_and_presets_are_sound()


@pytest.mark.parametrize(("first", "passes"), [("", True), ("import sys; sys.modules['torch'] = sys", False)])
def test_a_declaration_that_loads_a_heavy_library_fails(tmp_path, monkeypatch, first, passes):
    lines = [first, "class Plugin:", "    def studio_families(self):", "        return []", "plugin = Plugin()"]
    (tmp_path / "declared_toy.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    # As the suite sees it: an instance of a class of that module, which this process need not import.
    kind = type("Plugin", (), {"__module__": "declared_toy"})
    contract = type("Contract", (FamilyContract,), {"plugin": kind()})()
    assert "declared_toy" not in sys.modules
    if passes:
        contract.test_declaration_needs_neither_torch_nor_qt()
    else:
        with pytest.raises(AssertionError):
            contract.test_declaration_needs_neither_torch_nor_qt()


def test_checkpoints_are_the_same_to_the_bit_or_not():
    def checkpoint(**modules):
        groups = {name: {} for name in ("averaged", "optimizers", "random", "state")}
        return Checkpoint(1, {"modules": modules, **groups}, {})

    weight = torch.tensor([0.1, 0.2])
    assert _same_bits(checkpoint(a=weight), checkpoint(a=weight.clone()))
    assert not _same_bits(checkpoint(a=weight), checkpoint(a=torch.nextafter(weight, weight + 1)))
    assert not _same_bits(checkpoint(a=weight), checkpoint(a=weight, b=weight))
    assert not _same_bits(checkpoint(a=weight, b=weight), checkpoint(a=weight))
