"""The author's guide: its lists are those of the contract, its limits are the real ones, and its plugins run."""

import re

import numpy as np
import pytest

from studio.hooks import catalogue, child, guide, static
from studio.hooks.guide import guide_path, guide_text, made_anew
from studio.hooks.hookspecs import StudioHooks
from studio.testing import Trial, toy_data


def test_its_lists_are_made_from_the_contract_of_now():
    """Stale? Run ``python -m studio.hooks.guide``."""
    assert guide_text() == made_anew(guide_text())
    for hook in vars(StudioHooks):
        if hook.startswith("studio_"):
            assert f"#### `{hook}(" in guide_text()
    assert "- `batches(phase: str = 'train', share: float = 1.0) -> Iterator[Batch]`: Yield the batches" in guide_text()
    assert "- `settings`: The family's settings of the run." in guide_text()


def test_a_list_that_is_stale_is_made_anew(tmp_path, monkeypatch):
    page = tmp_path / "guide.md"
    page.write_text(guide_text().replace("#### `studio_encode", "#### `studio_encoded"))
    monkeypatch.setattr(guide, "guide_path", lambda: page)
    guide.main()
    assert page.read_text() == guide_path().read_text()
    with pytest.raises(ValueError, match="no section 'trained' between its marks"):
        made_anew(guide_text().replace("<!-- end of trained -->", ""))


def test_its_limits_are_the_real_ones():
    text = guide_text()
    assert f"| {child.TIMEOUT_S:g} s, then" in text
    assert f"| {child.MOST_BYTES // 2**20} MB |" in text
    assert catalogue._MOST_FAMILIES == catalogue._MOST_PRESETS == 64
    assert "| 64 each |" in text
    assert f"| {catalogue._MOST_SCHEMA // 1024} KB |" in text
    assert f"| {static._MOST_BYTES // 1024} KB; a title of 200" in text


def test_its_links_lead_somewhere():
    text = guide_text()
    titles = re.findall(r"^## (.+)", text, re.MULTILINE)
    headings = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links == headings


@pytest.fixture(scope="module")
def written():
    """What the snippets of the guide define, one after the other."""
    names = {"__name__": "guide"}
    for code in re.findall(r"^```python\n(.*?)^```", guide_text(), re.MULTILINE | re.DOTALL):
        exec(compile(code, str(guide_path()), "exec"), names)
    return names


@pytest.mark.parametrize(
    ("plugin", "modality", "settings"),
    [
        ("DriftPlugin", "image", {"width": 16, "solver": "midpoint"}),
        pytest.param("DriftPlugin", "table", {"width": 16}, marks=pytest.mark.slow),
        ("AblePlugin", "image", {}),
    ],
)
def test_its_plugins_train_export_and_sample(written, workspace, plugin, modality, settings, uncaptured):
    from studio.runtime.model import OnnxModel
    from studio.testing.contract import draw_samples

    dataset = toy_data(workspace, modality)
    trial = Trial(written[plugin](), workspace, dataset, settings, {"steps": 6})
    assert trial.train().state == "finished"
    assert trial.unmoved == ()
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values())
    assert ("encode" in exported.parity) == (plugin == "AblePlugin")
    samples = draw_samples(OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1), count=3)
    assert samples.shape == (3, *dataset.spec.shape)


def test_its_smallest_plugin_learns(written, workspace, uncaptured):
    from studio.runtime.model import OnnxModel
    from studio.testing.contract import draw_samples

    dataset = toy_data(workspace, "image", classes=0)
    trial = Trial(written["plugin"], workspace, dataset, train={"steps": 200, "batch_size": 48})
    assert trial.train().state == "finished"
    drawn = draw_samples(OnnxModel(trial.export().folder / "sample.onnx", "cpu", threads=1), count=64).astype(float)
    truth = dataset.items[dataset.indices("train")].astype(float)

    def corner(items):
        return items[:, :4, :4].mean() - items[:, 4:, 4:].mean()

    # The square of the toy data is bright and the rest is dark, in samples as in data.
    assert abs(corner(drawn) - corner(truth)) < 20


def test_its_plugin_beside_families_is_one(written, tmp_path):
    from studio.hooks.loader import load_plugin

    plugin = load_plugin(written["ToolsPlugin"](), "tools")
    assert [each.id for each in plugin.extensions] == ["lines", "mirror", "brightness"]
    (tmp_path / "a.lines").write_text("1 2\n3 4\n")
    assert written["read_lines"](tmp_path / "a.lines").items.tolist() == [[1, 2], [3, 4]]
    items = np.arange(24, dtype=np.uint8).reshape(4, 2, 3, 1)
    turned = written["mirror"](items, None, np.random.default_rng(0))
    assert turned.dtype == np.uint8
    found = {bool((one == other[:, ::-1]).all()) for one, other in zip(turned, items, strict=True)}
    assert found == {True, False}
    assert written["brightness"](items, items) == 0.0


def test_its_test_file_is_one(written):
    suite = written["TestDrift"]()
    suite.test_settings_and_presets_are_sound()
    assert suite.declared().id == "drift"


def test_its_json_and_its_project_are_those_of_the_template():
    import json
    import tomllib

    from studio.core.resources import resource

    (manifest,) = re.findall(r"^```json\n(.*?)^```", guide_text(), re.MULTILINE | re.DOTALL)
    (project,) = re.findall(r"^```toml\n(.*?)^```", guide_text(), re.MULTILINE | re.DOTALL)
    ours = json.loads((resource("plugin_template") / "my_plugin" / "studio.json").read_text())
    assert json.loads(manifest).keys() == ours.keys()
    static.StaticManifest.model_validate_json(manifest)
    template = tomllib.loads((resource("plugin_template") / "pyproject.toml").read_text())
    for table in ("build-system", "tool"):
        assert tomllib.loads(project)[table] == template[table]
    assert tomllib.loads(project)["project"]["entry-points"] == template["project"]["entry-points"]
