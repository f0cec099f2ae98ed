"""What plugins declare, described in this process."""

import json
import subprocess
import sys

import pytest

from studio.core.errors import SettingsError
from studio.core.settings import TrainSettings
from studio.hooks.catalogue import Catalogue, CatalogueExtension, CataloguePlugin, check_settings, describe_plugins
from studio.hooks.found import find_plugins

BUNDLED = {"vae", "diffusion"}


def test_declarations_import_neither_torch_nor_qt():
    code = (
        "import json, sys\n"
        "from studio.hooks.catalogue import describe_plugins\n"
        "from studio.hooks.found import find_plugins\n"
        "names = [plugin.name for plugin in describe_plugins(find_plugins(True)) if plugin.families]\n"
        "heavy = sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'PySide6', 'onnxruntime'})\n"
        "print(json.dumps([names, heavy]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, heavy = json.loads(done.stdout)
    assert set(names) >= BUNDLED
    assert heavy == []


def test_every_preset_of_the_bundled_families_has_a_length():
    for (family,) in (plugin.families for plugin in describe_plugins(find_plugins(bundled_only=True))):
        assert "cpu" in {preset.name for preset in family.presets}, family.id
        for preset in family.presets:
            assert {"train.steps", "train.minutes"} & set(preset.settings), (family.id, preset.name)


def test_check_settings_says_where():
    from studio.core.settings import FamilySettings

    with pytest.raises(SettingsError, match="In the preset 'x': There is no setting 'y'"):
        check_settings(FamilySettings, {"y": 1}, "the preset 'x'")


def test_what_could_be_named_in_the_settings_is_an_example():
    ours = TrainSettings.model_json_schema()
    bringing = CataloguePlugin(
        name="a",
        distribution="mine",
        version="1",
        bundled=False,
        extensions=(
            CatalogueExtension(kind="ItemCodec", id="haar", title="Haar", modality="image"),
            CatalogueExtension(kind="ItemTransform", id="flip", title="Flip", modality="image"),
            CatalogueExtension(kind="ItemTransform", id="turn", title="Turn", modality="table"),
        ),
    )
    properties = Catalogue(plugins=(bringing,), train_schema=ours).settings_schema["properties"]
    assert properties["codec"]["examples"] == ["mine:haar"]
    assert properties["transforms"]["examples"] == ["mine:flip", "mine:turn"]
    assert Catalogue(plugins=(), train_schema=ours).settings_schema == ours
