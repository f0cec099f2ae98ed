"""The README tells the truth: its tree is the real one, its plugin runs, its commands exist."""

import re

import pytest


@pytest.fixture
def readme(repository):
    return (repository / "README.md").read_text()


def blocks(readme, language):
    found, inside = [], None
    for line in readme.splitlines():
        if line.startswith("```"):
            if inside is None:
                inside = (line[3:], [])
            else:
                found.append(inside)
                inside = None
        elif inside is not None:
            inside[1].append(line)
    return ["\n".join(lines) for name, lines in found if name == language]


def test_the_first_two_shell_blocks_are_one_line_each(readme):
    first, second = blocks(readme, "sh")[:2]
    assert first.strip().count("\n") == 0
    assert first.strip().endswith(".venv/bin/studio")
    assert second.strip().count("\n") == 0
    assert "pytest" in second


def test_the_third_block_names_every_library_of_the_window(readme):
    from studio.core import display

    third = blocks(readme, "sh")[2].split()
    assert third[:3] == ["sudo", "apt-get", "install"]
    assert set(third[3:]) == set(display._PACKAGES.values())


def test_the_tree_is_the_real_one(readme, repository):
    (tree,) = [block for block in blocks(readme, "") if block.startswith("studio/ ")]
    listed, parent = set(), ""
    for line in tree.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            parent = name
            continue
        listed.add(parent + name)
    real = set()
    for root in ("studio", "plugins"):
        for path in (repository / root).iterdir():
            if path.name.startswith(("_", ".")) or path.name == "py.typed" or path.suffix == ".egg-info":
                continue
            real.add(f"{root}/{path.name}" + ("/" if path.is_dir() else ""))
    assert listed == real


def test_every_verb_it_names_exists(readme, capsys):
    from studio.cli import main

    usages = [block for block in blocks(readme, "") if block.startswith("studio data add")]
    commands = {part.strip() for block in usages for line in block.splitlines() for part in line.split("&&")}
    verbs = set()
    for command in commands:
        words = command.split()
        verbs.add((words[1], words[2]) if words[1] in ("data", "runs", "plugins") else (words[1],))
    assert len(verbs) >= 8
    for words in verbs:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])
        assert ended.value.code == 0, words
        assert f"usage: studio {' '.join(words)} " in capsys.readouterr().out


def test_the_verbs_of_an_author_exist(readme, studio):
    (usage,) = [block for block in blocks(readme, "") if block.startswith("studio plugins new")]
    for line in usage.splitlines():
        if line.startswith("studio plugins"):
            assert studio("plugins", line.split()[2], "--help").returncode == 0, line


def test_pictures_and_pages_it_shows_are_there(readme, repository):
    shown = re.findall(r"!?\[[^\]]*\]\(([^)]+)\)", readme)
    assert shown
    for name in shown:
        assert (repository / name).is_file(), name


def test_its_example_samples_a_file_with_onnxruntime_alone(readme, workspace, monkeypatch, uncaptured):
    (code,) = [block for block in blocks(readme, "python") if "onnxruntime" in block]
    from studio.core.manifest import Manifest
    from studio.export.exporter import write_model_file
    from studio.export.graph import assemble
    from studio.export.parity import measure_parity
    from studio.testing import Trial, toy_dataset
    from studio_diffusion.plugin import plugin

    dataset = toy_dataset(workspace, (32, 32, 3), 3, 16)
    small = {"net": "dit", "channels": 16, "depth": 1, "heads": 2, "patch": 8, "solver": "multistep", "sample_steps": 3}
    trial = Trial(plugin, workspace, dataset, small, {"steps": 1})
    trial.train()
    # The sampler alone; the model's other files are not what is shown here.
    sampler = trial.family.call("studio_sample", trained=trial.trained())
    manifest = Manifest(inputs=tuple(sampler.inputs), shape=(32, 32, 3), classes=dataset.spec.classes)
    path = workspace.path / "flowers.onnx"
    write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
    monkeypatch.chdir(path.parent)
    namespace = {}
    exec(code, namespace)
    assert namespace["samples"].shape == (4, 32, 32, 3)
    assert namespace["samples"].dtype == "uint8"


def test_no_measurement_is_left_open(readme):
    assert "@@" not in readme
