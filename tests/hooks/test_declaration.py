"""What a plugin declares, and the sentence for every wrong answer of every hook that declares."""

import math
from dataclasses import replace

import numpy as np
import pytest

from studio.api import (
    Family,
    FamilySettings,
    Features,
    ItemCodec,
    ItemTransform,
    Metric,
    Reader,
    hookimpl,
)
from studio.core.errors import PluginError
from studio.hooks.declaration import DECLARING
from studio.hooks.loader import load_plugin

FAMILY = Family("toy", "T", "S.", FamilySettings, ("loss", "min"))
GOOD = {
    "studio_families": FAMILY,
    "studio_readers": Reader("toy", "T", "image", (".toy",), read=print),
    "studio_transforms": ItemTransform("toy", "T", "image", apply=print),
    "studio_codecs": ItemCodec("toy", "T", "table", "vector", build=print),
    "studio_features": Features("toy", "T", "image", extract=print),
    "studio_metrics": Metric("toy", "T", "image", measure=print),
}
OTHERS = [hook for hook in DECLARING if hook != "studio_families"]


def plugin(hook, answer):
    """A plugin whose hook gives an answer, or raises it."""

    def give(self):
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) and not isinstance(answer, type) else answer

    methods = {hook: hookimpl(give)}
    if hook == "studio_families":
        methods |= {name: hookimpl(lambda self, **_: None) for name in ()}
        methods["studio_train"] = hookimpl(lambda self, session: None)
        methods["studio_sample"] = hookimpl(lambda self, trained: None)
    return type("Made", (), methods)()


def refusal(hook, answer):
    with pytest.raises(PluginError) as raised:
        load_plugin(plugin(hook, answer), "toy")
    text = str(raised.value)
    assert "'toy'" in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("hook", DECLARING)
def test_none_is_needed_by_itself(hook):
    loaded = load_plugin(plugin(hook, [GOOD[hook]]), "toy")
    assert (*loaded.families, *loaded.extensions) == (GOOD[hook],)


def test_the_good_ones_cover_every_hook_that_declares():
    assert GOOD.keys() == DECLARING.keys()


WRONG = {
    "None": None,
    "a dict": {},
    "a tuple": (),
    "nothing": [],
    "text": "toy",
    "NaN": math.nan,
    "a giant array": lambda: np.zeros(10_000_000, np.uint8),
    "a generator": lambda: (each for each in ()),
    "a list of dicts": [{"id": "toy"}],
    "a list of None": [None],
    "a list of classes": [Family],
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("hook", DECLARING)
@pytest.mark.fault("F4")
def test_every_wrong_answer_of_every_hook_names_plugin_and_hook(hook, answer):
    text = refusal(hook, answer)
    assert hook in text


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), MemoryError(), KeyError("k"), RecursionError()])
@pytest.mark.parametrize("hook", DECLARING)
@pytest.mark.fault("F1")
def test_what_a_hook_raises_goes_up_unchanged(hook, error):
    with pytest.raises(type(error)):
        load_plugin(plugin(hook, error), "toy")


@pytest.mark.parametrize("hook", DECLARING)
@pytest.mark.fault("F2")
def test_ids(hook):
    assert refusal(hook, [GOOD[hook], GOOD[hook]]).endswith("'toy' twice.")
    for id in ("", "Toy", "../x", "a b", 3, None):
        assert f"calls its {'family' if hook == 'studio_families' else DECLARING[hook].__name__} {id!r}" in refusal(
            hook, [replace(GOOD[hook], id=id)]
        )


@pytest.mark.parametrize("hook", OTHERS)
def test_what_is_for_data_that_nobody_knows(hook):
    # A reader gives arrays, which texts are none of.
    known = "image, table" if hook == "studio_readers" else "image, table, text"
    assert f"is for 'smell' data; the studio knows {known}." in refusal(hook, [replace(GOOD[hook], modality="smell")])


@pytest.mark.parametrize(
    ("hook", "name"),
    [
        ("studio_readers", "read"),
        ("studio_transforms", "apply"),
        ("studio_codecs", "build"),
        ("studio_features", "extract"),
        ("studio_metrics", "measure"),
    ],
)
def test_what_cannot_be_called(hook, name):
    assert f"has {name} = None, which cannot be called." in refusal(hook, [replace(GOOD[hook], **{name: None})])


@pytest.mark.parametrize(
    ("hook", "values", "said"),
    [
        ("studio_readers", {"suffixes": ()}, "has suffixes = ()"),
        ("studio_readers", {"suffixes": ("xyz",)}, "has suffixes = ('xyz',)"),
        ("studio_readers", {"suffixes": ".xyz"}, "has suffixes = '.xyz'"),
        ("studio_codecs", {"view": "smell"}, "has view = 'smell'; give one of grid, vector, tokens, sequence."),
        ("studio_metrics", {"better": "more"}, "has better = 'more'; give 'min' or 'max'."),
        ("studio_families", {"views": ()}, "has views = (); give a tuple of grid, vector, tokens, sequence."),
        ("studio_families", {"views": ("smell",)}, "has views = ('smell',)"),
        (
            "studio_families",
            {"conditions": "class"},
            "has conditions = 'class'; give a tuple of none, class, sequence.",
        ),
    ],
)
def test_what_is_not_as_it_must_be(hook, values, said):
    assert said in refusal(hook, [replace(GOOD[hook], **values)])
