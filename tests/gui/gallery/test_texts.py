"""Models of texts in the gallery: what is known of them, what is translated, what is copied."""

import pytest

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.request import SampleRequest
from studio.gui.action import Action
from studio.gui.item.known_text import KnownText
from studio.gui.item.source_text import SourceText
from tests.toy_texts import PAIRS, TEXTS, manifest_of, stored


@pytest.fixture
def controls(app, over):
    from studio.gui.gallery.controls import Controls

    made = Controls(Action(over, "draw", "Draw samples", print))
    made.resize(900, 100)
    return made


def test_a_prompt_reaches_the_request(controls):
    controls.set_manifest(manifest_of(TEXTS))
    assert isinstance(controls.known, KnownText)
    assert controls.source is None
    assert controls.request().given is None
    controls.known.edit.setText("so ___ it")
    given = controls.request().given
    assert given.num_known == 24 - 3
    controls.known.clear.click()
    assert controls.request().given is None


def test_a_text_that_the_model_cannot_hold_is_said(controls):
    controls.set_manifest(manifest_of(TEXTS))
    controls.known.edit.setText("x" * 24)
    with pytest.raises(SettingsError, match="has 24 tokens; a text of this model has 23 at most"):
        controls.request()


def test_the_first_half_of_a_sample_is_kept(controls):
    controls.set_manifest(manifest_of(TEXTS))
    controls.set_known(KnownValues(stored("abcdef")[0]), "top")
    assert controls.known.edit.text() == "abc"
    assert controls.request().given.num_known == 3
    # What was said in tokens stays while nothing else is written, and with another model of the same texts.
    controls.set_manifest(manifest_of(TEXTS, "other"))
    assert controls.known.edit.text() == "abc"


def test_breaks_stay_on_the_line(controls):
    controls.set_manifest(manifest_of(TEXTS))
    controls.set_known(KnownValues(stored("a\nb")[0]))
    assert controls.known.edit.text() == "a\\nb"
    controls.known.edit.setText("a\\nc")
    assert controls.request().given.num_known == 3


def test_a_source_is_asked_for_where_a_model_translates(controls):
    controls.set_manifest(manifest_of(PAIRS))
    assert isinstance(controls.source, SourceText)
    assert controls.count.value() == 1
    assert controls.request().source is None
    controls.source.edit.setText("a house")
    source = controls.request().source
    assert source.values.shape == (16,)
    request = SampleRequest(source=source)
    controls.source.edit.clear()
    controls.set_request(request)
    assert controls.source.edit.text() == "a house"
    controls.set_manifest(manifest_of(TEXTS))
    assert controls.source is None
    assert controls.count.value() == 64
