"""The report card: each line is tried in its own try, and what was not reached is said."""

from unittest import SkipTest

from studio.api import ItemTransform, hookimpl
from studio.hooks.loader import load_family, load_plugin
from studio.testing.card import CardWriter, checks_of


def test_every_part_of_the_contract_is_on_it():
    plugin = load_family("vae").plugin
    tests = checks_of(plugin, {"vae": {"channels": 8}})
    assert {family for family, _, _ in tests} == {"vae"}
    says = [says for _, says, _ in tests]
    assert "Killed before step 5 and resumed, every tensor of the last checkpoint has the same bits." in says
    assert all(says_one.endswith(".") for says_one in says)
    _, _, first = tests[0]
    assert first.__self__.plugin is plugin.object
    assert first.__self__.settings == {"channels": 8}


class Turning:
    @hookimpl
    def studio_transforms(self):
        return [ItemTransform("turn", "Turn", "image", apply=lambda items, labels, generator: items)]


class Watching:
    @hookimpl
    def studio_observe(self, run):
        return self

    def on_step(self, step, metrics):
        pass


class Wavering:
    asked = 0

    @hookimpl
    def studio_transforms(self):
        self.asked += 1
        return [ItemTransform(f"turn_{self.asked}", "Turn", "image", apply=lambda items, labels, generator: items)]


def test_one_without_families_is_asked_again_what_it_brings():
    for bringing, state in ((Turning, "passed"), (Watching, "passed"), (Wavering, "failed")):
        card = CardWriter(checks_of(load_plugin(bringing(), "mine"), {}), lambda *_: None)
        card.run()
        line = card.lines()[-1]
        assert (line.says, line.state) == ("Asked again, it declares the same.", state)


def _fine(tmp_path):
    assert tmp_path.is_dir()


def _broken():
    raise SystemExit("it ends everything")


def _untrue():
    raise AssertionError("two\nlines")


def _elsewhere():
    raise SkipTest("no vectors")


def test_each_line_says_how_it_went():
    told = []
    tests = [("toy", name, test) for name, test in enumerate_tests(_fine, _broken, _untrue, _elsewhere)]
    card = CardWriter(tests, lambda *words: told.append(words))
    assert [line.state for line in card.lines()] == ["not reached"] * 4
    card.run()
    assert [(line.state, line.why) for line in card.lines()] == [
        ("passed", ""),
        ("failed", "SystemExit: it ends everything"),
        ("failed", "two lines"),
        ("skipped", "no vectors"),
    ]
    assert told == [("0", 0, 4), ("1", 1, 4), ("2", 2, 4), ("3", 3, 4)]


def enumerate_tests(*tests):
    return [(str(number), test) for number, test in enumerate(tests)]


def test_what_was_not_reached_is_said():
    tests = [("toy", "one", _fine), ("toy", "two", _fine), ("toy", "three", _fine)]
    card = CardWriter(tests, lambda *_: None)
    seen = []

    def slow():
        seen.extend(card.lines())

    tests[1] = ("toy", "two", slow)
    card.run()
    assert [(line.says, line.state, line.why) for line in seen] == [
        ("one", "passed", ""),
        ("two", "not reached", "It was still at this when the time was up."),
        ("three", "not reached", ""),
    ]
