"""Translations are scored beside what is reached without translating."""

import pytest

from studio.evaluate.text.translation import TranslationMeasures
from tests.evaluate.text.conftest import SPEC

PAIRS = {
    "open the file": "bitte hier Datei öffnen",
    "close the file": "bitte hier Datei schließen",
    "save the text": "bitte hier Text speichern",
    "print the page": "bitte hier Seite drucken",
    "delete the row": "bitte hier Zeile löschen",
    "insert the row": "bitte hier Zeile einfügen",
    "copy the page": "bitte hier Seite kopieren",
    "show the text": "bitte hier Text anzeigen",
}


@pytest.fixture
def metric(make_texts):
    sources = make_texts(*PAIRS)
    training = make_texts("open the text", "print the row"), make_texts("Text öffnen", "Zeile drucken")
    return TranslationMeasures(SPEC, sources, training)


def measures(metric, samples, held_out):
    return {one.name: one for one in metric.report(samples, held_out, held_out, 0).measures}


def test_right_translations_reach_all(metric, make_texts):
    right = make_texts(*PAIRS.values())
    found = measures(metric, right, right)
    assert found["BLEU, nearest source"].value == pytest.approx(100.0)
    assert found["chrF, nearest source"].value == pytest.approx(100.0)
    assert found["chrF, copied source"].floor < found["chrF, nearest source"].floor < 100.0


def test_the_floors_do_not_depend_on_the_translations(metric, make_texts):
    right, wrong = make_texts(*PAIRS.values()), make_texts(*["nichts"] * len(PAIRS))
    first, second = measures(metric, right, right), measures(metric, wrong, right)
    assert second["chrF, nearest source"].value < 20.0
    for name, one in first.items():
        assert one.floor == second[name].floor


def test_the_signature_stands_in_the_title(metric, make_texts):
    right = make_texts(*PAIRS.values())
    assert "version:" in metric.report(right, right, right, 0).name
