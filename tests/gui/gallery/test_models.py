"""The list of models: what each says of itself, whatever it is called."""

import pytest

from studio.core.sampling import Manifest, Parity, noise_input
from studio.gui.gallery.models import ModelChoice, choice_of_file, choice_of_row
from studio.gui.watch import ModelRow


@pytest.fixture
def panel(app, theme):
    from studio.gui.gallery.models import ModelPanel

    return ModelPanel(theme)


def parity(passed):
    return Parity(max_abs=0.003, mean_abs=0.001, tolerance=0.001, passed=passed, count=4, provider="p")


def choice(tmp_path, name="m", **values):
    manifest = Manifest(inputs=(noise_input((4,)),), **{"model": name, "title": f"Flow on {name}", **values})
    return choice_of_row(ModelRow(tmp_path / name, manifest, 5.0))


def test_a_model_says_how_long_it_was_trained_and_whether_it_is_right(tmp_path):
    assert choice(tmp_path, step=3552, parity=parity(True)).quality == ("3,552 steps · parity passed", True)
    words, well = choice(tmp_path, step=3552, parity=parity(False)).quality
    assert not well
    assert "differs from torch by 3e-03, too much" in words
    figures = choice(tmp_path, parity=parity(True), metrics={"elbo": -92.12345}, licence="CC BY").figures
    assert figures == ["elbo: -92.12", "differs from torch by at most 3.0e-03", "CC BY"]


def test_one_that_cannot_be_listed_says_why(tmp_path):
    found = choice_of_row(ModelRow(tmp_path / "m-1", None, 0.0, "It is damaged."))
    assert (found.key, found.title, found.quality) == ("m-1", "m-1", ("It is damaged.", False))


def test_a_file_without_id_is_known_by_where_it_lies(tmp_path):
    manifest = Manifest(inputs=(noise_input((4,)),), title="x")
    assert choice_of_file(tmp_path / "x.onnx", manifest).key == str(tmp_path / "x.onnx")


def test_the_chosen_one_stays_chosen_while_it_is_there(panel, tmp_path):
    seen = []
    panel.chosen.connect(seen.append)
    first, second = choice(tmp_path, "a"), choice(tmp_path, "b")
    panel.set_choices([first, second])
    panel.choose(second.path)
    assert panel.current == second
    panel.set_choices([choice(tmp_path, "c"), first, second])
    assert panel.current == second
    panel.set_choices([first])
    assert panel.current is None
    assert seen[-1] is None
    assert not panel.remove_button.isEnabled()


def test_two_copies_of_a_model_are_told_apart(panel, tmp_path):
    one = choice(tmp_path, "a")
    copy = ModelChoice(one.key, tmp_path / "copy" / "sample.onnx", one.manifest, tmp_path / "copy")
    panel.set_choices([one, copy])
    panel.choose(copy.path)
    panel.set_choices([copy, one])
    assert panel.current == copy


def test_any_title_is_painted_as_text(panel, tmp_path):
    panel.set_choices(
        [choice(tmp_path, str(n), title=title) for n, title in enumerate(("<h1>x</h1>", "a\n" * 99, "\ud800", ""))]
    )
    panel.resize(200, 400)
    panel.grab()
    assert panel.choices[0].title == "<h1>x</h1>"
