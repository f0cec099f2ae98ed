"""The conformance suite finds what it is there to find, and says it in a sentence."""

import ast
import inspect
import subprocess
import sys
from unittest import SkipTest

import pytest
import torch
from torch import nn

from studio.api import Continuous, FamilySettings, Preset, hookimpl, label_input, noise_input, setting
from studio.hooks.loader import load_plugin
from studio.nn import Sampler
from studio.testing import FamilyContract, abilities, learned
from studio.testing import contract as contract_module
from studio.testing.card import CardWriter, checks_of
from studio.testing.contract import first_difference
from studio.train.checkpoint import Checkpoint
from tests.testing.test_abilities import Function
from tests.testing.toys import AbleToy, Net, Settings, Toy, contract_of


def toy(**values):
    """A plugin that is the sound one but for these."""
    marked = {name: hookimpl(value) if name.startswith("studio_") else value for name, value in values.items()}
    return type("Plugin", (Toy,), marked)()


def refusal(test, *arguments):
    with pytest.raises(AssertionError) as error:
        test(*arguments)
    sentence = str(error.value)
    assert sentence[0].isupper() or sentence.startswith("studio_")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("module", [contract_module, abilities, learned])
def test_every_assertion_speaks(module):
    found = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Assert)]
    assert found
    silent = [node.lineno for node in found if node.msg is None and not _narrows(node)]
    assert silent == []


def _narrows(node):
    """What only tells the type checker that something is there."""
    return ast.unparse(node.test).endswith("is not None")


@pytest.mark.parametrize(
    ("kind", "views", "conditions", "skipped"),
    [
        (Toy, ("vector",), ("none",), 3),
        pytest.param(Toy, ("vector", "grid"), ("class",), 3, marks=pytest.mark.slow),
        pytest.param(Toy, ("grid",), ("none", "class"), 3, marks=pytest.mark.slow),
        pytest.param(AbleToy, ("grid", "vector"), ("none", "class"), 0, marks=pytest.mark.slow),
    ],
)
def test_a_sound_family_passes_on_whatever_it_models(monkeypatch, kind, views, conditions, skipped):
    plugin = kind()
    plugin.views, plugin.conditions = views, conditions
    # Its declaration is beside torch, in a module of tests.
    monkeypatch.setattr(contract_module, "_HEAVY", ("PySide6",))
    card = CardWriter(checks_of(load_plugin(plugin, "toy"), {}), lambda *_: None)
    card.run()
    lines = card.lines()
    assert [line for line in lines if line.state not in ("passed", "skipped")] == []
    assert sum(line.state == "skipped" for line in lines) == skipped
    assert len(lines) == sum(name.startswith("test_") for name in vars(FamilyContract))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", ""),
        ("import sys; sys.modules['torch'] = sys", "loads torch; import it inside the hooks that need it."),
        (
            "import not_there",
            "The module declared_toy cannot be imported by itself: ModuleNotFoundError: No module named 'not_there'",
        ),
        ("import os; os._exit(0)", "ends its process early; take the exit out of it."),
    ],
)
def test_a_declaration_is_asked_in_a_process_of_its_own(tmp_path, monkeypatch, code, said):
    lines = [code, "class Plugin:", "    def studio_families(self):", "        return []", "plugin = Plugin()"]
    (tmp_path / "declared_toy.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    # As the suite sees it: an instance of a class of that module, which this process need not import.
    kind = type("Plugin", (), {"__module__": "declared_toy"})
    suite = contract_of(kind())
    assert "declared_toy" not in sys.modules
    if said:
        assert said in refusal(suite.test_declaration_needs_neither_torch_nor_qt)
    else:
        suite.test_declaration_needs_neither_torch_nor_qt()


def test_a_declaration_that_hangs(monkeypatch):
    def hang(*words, **options):
        raise subprocess.TimeoutExpired("python", 60)

    monkeypatch.setattr(contract_module.subprocess, "run", hang)
    said = refusal(contract_of(Toy()).test_declaration_needs_neither_torch_nor_qt)
    assert said == "Importing tests.testing.toys takes more than 60 s; move what takes long into a hook."


class Undescribed(FamilySettings):
    depth: int = 4


class Clashing(FamilySettings):
    batch_size: int = setting(4, help="How many.", minimum=1)


class Required(FamilySettings):
    depth: int = setting(..., help="How deep.")


class Restless(FamilySettings):
    names: object = setting(("a",), help="Comes back from JSON as a list.")


class Wrong(Toy):
    """With a preset that its own settings refuse."""

    @hookimpl
    def studio_families(self):
        (family,) = Toy.studio_families(self)
        return [type(family)(**{**vars(family), "presets": (family.presets[0], BAD)})]


BAD = Preset(name="bad", title="", summary="", settings={"lr": 0})


def test_a_sound_declaration_passes():
    suite = contract_of(Toy())
    suite.test_settings_and_presets_are_sound()
    assert suite.declared().id == "toy"


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (toy(settings=Undescribed), "The setting 'depth' does not say what it is; declare it by setting("),
        (toy(settings=Clashing), "The setting 'batch_size' is one of the studio's own, train.batch_size; give "),
        (toy(settings=Required), "A setting has no valid default; give each one. (1 validation error"),
        (toy(settings=Restless), "The settings come back from JSON as Restless(names=['a']) and were "),
        (toy(modalities=()), "There is no preset 'cpu' for data of the modality 'image'; add one"),
        (
            toy(modalities=("image",), views=("grid", "vector")),
            "There is no preset 'cpu' for data of the modality 'table'",
        ),
        (Wrong(), "In the preset 'bad': lr = 0"),
    ],
)
def test_a_declaration_that_is_not_sound(plugin, said):
    assert said in refusal(contract_of(plugin).test_settings_and_presets_are_sound)


class Deaf(Net):
    """A net with parameters that nothing depends on."""

    def __init__(self, described, frozen=False):
        super().__init__(described)
        self.unused = nn.Parameter(torch.zeros(3), requires_grad=not frozen)
        self.idle = nn.Linear(2, 2).requires_grad_(not frozen)


def test_a_parameter_that_does_not_learn(tmp_path):
    plugin = toy(net=lambda self, described: Deaf(described))
    said = refusal(contract_of(plugin, learning_steps=4).test_every_parameter_learns_and_the_loss_falls, tmp_path)
    assert said.startswith(
        "The parameter net/unused has the value with which it began after 4 steps, as 2 more have; let it take part"
    )


@pytest.mark.parametrize("frozen", [True, False])
def test_one_that_is_said_not_to_learn(tmp_path, frozen):
    plugin = toy(net=lambda self, described: Deaf(described, frozen))
    named = () if frozen else ("net/unused", "net/idle.weight", "net/idle.bias")
    suite = contract_of(plugin, learning_steps=8, not_learned=named)
    suite.test_every_parameter_learns_and_the_loss_falls(tmp_path)


class Counting(Toy):
    """Its metric is what a function makes of the number of validations before it."""

    def __init__(self, function):
        self.seen, self.function = 0, function

    def measure(self, loss):
        self.seen += 1
        return {"loss": float(self.function(self.seen))} if self.function(self.seen) is not None else {"other": 0.0}


@pytest.mark.parametrize(
    ("function", "monitor", "said"),
    [
        (lambda seen: seen, ("loss", "min"), "The metric validation.loss does not fall in 40 steps: 1, 2, 3"),
        (lambda seen: -seen, ("loss", "max"), "The metric validation.loss does not rise in 40 steps: -1, -2, -3"),
        (
            lambda seen: float("nan") if seen == 2 else -seen,
            ("loss", "min"),
            "The metric validation.loss is not always finite: -1, nan",
        ),
        (
            lambda seen: 1.0 if seen == 1 else None,
            ("loss", "min"),
            "The metric validation.loss was measured 1 times in 40 steps, and ",
        ),
    ],
)
def test_a_loss_that_does_not_fall(tmp_path, function, monitor, said):
    plugin = Counting(function)
    plugin.monitor = monitor
    suite = contract_of(plugin)
    assert refusal(suite.test_every_parameter_learns_and_the_loss_falls, tmp_path).startswith(said)


class Forgetful(Toy):
    """What it remembers between steps is in no checkpoint."""

    def loop(self, session, net, opt, loss_of):
        for count, batch in enumerate(session.batches()):
            session.step(opt, loss_of(batch, net) * (1 + count))


def test_a_training_that_does_not_resume(tmp_path):
    said = refusal(contract_of(Forgetful()).test_resumed_training_equals_an_uninterrupted_one, tmp_path)
    assert said.startswith("Resumed after a kill it ends with other bits of modules/net/log_std; keep what the loop")


class Touching(Toy):
    """Its validation moves its weights."""

    def losses(self, session):
        measured = super().losses(session)

        def loss_of(batch, net):
            if not torch.is_grad_enabled():
                session.averaged("net").log_std.add_(0.01)
            return measured(batch, net)

        return loss_of


def test_a_validation_that_leaves_a_trace(tmp_path):
    said = refusal(contract_of(Touching()).test_previews_and_validation_leave_no_trace, tmp_path)
    assert said.startswith("Previews and validations changed averaged/net/log_std; studio_sample and the function of")


def test_a_preview_that_fails(tmp_path):
    asked = []

    def sample(self, trained):
        asked.append(1)
        if len(asked) == 3:
            raise RuntimeError("no ink")
        return Toy.studio_sample(self, trained)

    said = refusal(contract_of(toy(studio_sample=sample)).test_previews_and_validation_leave_no_trace, tmp_path)
    assert said.startswith(
        "Of 6 previews 5 were drawn: The preview failed: studio_sample of the plugin 'tested' failed: "
    )
    assert said.endswith("RuntimeError: no ink.")


def drawing(function):
    """A plugin whose samples are made of the noise and the class by a function."""

    def sample(self, trained):
        codec = trained.codec(Continuous())
        label = label_input(2)
        return Sampler([noise_input(codec.shape), label], Function(function), codec=codec)

    return toy(studio_sample=sample)


def still(noise, label):
    return torch.zeros_like(noise)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda noise, label: noise[:2], "studio_sample gives uint8 (2, 8, 8, 1), and 3 items of the data are"),
        (lambda noise, label: torch.randn_like(noise), "The same seed gave other samples; let no module draw"),
        (lambda noise, label: noise - noise.mean(0), "A sample is another one alone than in its batch; normalise"),
        (still, "Another seed gives the same samples; let init use its noise."),
    ],
)
def test_samples_that_depend_on_more_or_less_than_the_seed(workspace, tmp_path, function, said):
    from tests.testing.toys import learned as learned_toy

    suite = contract_of(Toy())
    type(suite)._made = learned_toy(drawing(function), workspace)
    assert refusal(suite.test_samples_are_items_and_depend_on_the_seed_alone, tmp_path).startswith(said)


def test_what_only_looks_at_the_family_learns_it_once(tmp_path, monkeypatch):
    trained = []
    suite = contract_of(AbleToy(), learning_steps=3)
    learn = suite.trial
    monkeypatch.setattr(
        type(suite), "trial", lambda self, *words, **values: trained.append(1) or learn(*words, **values)
    )
    suite.test_samples_are_items_and_depend_on_the_seed_alone(tmp_path)
    suite.test_the_declared_conditions_hold(tmp_path)
    suite.test_items_are_encoded_and_decoded(tmp_path)
    suite.test_every_item_has_a_likelihood(tmp_path)
    assert trained == [1]
    assert FamilyContract._made is None


class Notes(Settings):
    note: str = setting("", help="Goes into the manifest.")


class Otherwise(Net):
    """Something else in the file than in torch."""

    def forward(self, noise, *label):
        drawn = super().forward(noise, *label)
        return 0.5 * drawn if torch.compiler.is_exporting() else drawn


class Crowded(Net):
    """Of one or two samples each is by itself."""

    def forward(self, noise, *label):
        count = noise.shape[0]
        return super().forward(noise, *label) + 0.1 * (count - 1) * (count - 2)


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (
            toy(studio_encode=lambda self, trained: {}),
            "studio_encode of the plugin 'tested' gave a dict, not a Transform",
        ),
        (toy(net=lambda self, described: Otherwise(described)), "The file sample.onnx differs from torch by "),
        (toy(net=lambda self, described: Crowded(described)), "A sample of sample.onnx is another one alone than in"),
    ],
)
def test_files_that_are_not_what_torch_is(tmp_path, plugin, said):
    assert refusal(contract_of(plugin).test_exported_files_give_what_torch_gives, tmp_path).startswith(said)


def test_a_file_that_names_a_folder(tmp_path):
    suite = contract_of(toy(settings=Notes), settings={"note": str(tmp_path)})
    said = refusal(suite.test_exported_files_give_what_torch_gives, tmp_path)
    assert said.startswith("The file sample.onnx names a folder of this machine; keep paths out of modules")


def test_every_other_modality_is_tried(tmp_path):
    with pytest.raises(SkipTest, match="models data of one kind"):
        contract_of(Toy()).test_other_kinds_of_data_are_modelled_too(tmp_path)
    plugin = toy(views=("grid", "vector"), studio_encode=lambda self, trained: {})
    said = refusal(contract_of(plugin).test_other_kinds_of_data_are_modelled_too, tmp_path)
    assert said.startswith("studio_encode of the plugin 'tested' gave a dict")
    assert (tmp_path / "table").is_dir()


def test_a_label_where_the_data_have_no_classes(tmp_path):
    plugin = drawing(lambda noise, label: noise)
    said = refusal(contract_of(plugin).test_data_without_classes_are_modelled_too, tmp_path)
    assert said.startswith("The sampler takes a label where the data have no classes; use trained.label_inputs().")


def test_checkpoints_are_the_same_to_the_bit_or_not():
    def checkpoint(**modules):
        groups = {name: {} for name in ("averaged", "optimizers", "random", "state")}
        return Checkpoint(1, {"modules": modules, **groups}, {})

    weight = torch.tensor([0.1, 0.2])
    assert first_difference(checkpoint(a=weight), checkpoint(a=weight.clone())) == ""
    assert first_difference(checkpoint(a=weight), checkpoint(a=torch.nextafter(weight, weight + 1))) == "modules/a"
    assert first_difference(checkpoint(a=weight), checkpoint(a=weight, b=weight)) == "modules/b"
    assert first_difference(checkpoint(a=weight, b=weight), checkpoint(a=weight)) == "modules/b"
