import json
import shutil

import pytest
import torch

from studio.core.errors import ModelError, WorkspaceError
from studio.train.checkpoint import Checkpoint, CheckpointFolder, pack_optimizer, unpack_optimizer


def checkpoint(step, value=1.0, finite=True, best=None):
    groups = {name: {} for name in ("modules", "averaged", "optimizers", "random", "state")}
    groups["modules"]["net/weight"] = torch.full((3,), value)
    return Checkpoint(step, groups, {"best": best}, finite)


@pytest.fixture
def folder(tmp_path):
    return CheckpointFolder(tmp_path, keep=2)


def test_the_newest_the_best_and_the_last_finite_are_kept(folder):
    for step in range(8):
        folder.save(checkpoint(step, finite=step < 5, best={"step": 2, "value": 0.5} if step >= 2 else None))
    assert folder.steps() == [2, 4, 6, 7]
    assert folder.newest().step == 7
    assert folder.newest(finite=True).step == 4
    assert folder.best().step == 2
    assert sorted(path.name for path in folder.path.iterdir()) == [f"step-{step}" for step in (2, 4, 6, 7)]


@pytest.mark.parametrize("damage", ["flip", "truncate", "missing", "swap", "json", "garbage", "value"])
@pytest.mark.fault("B11")
def test_a_damaged_checkpoint_is_refused_and_the_one_before_taken(folder, damage):
    folder.save(checkpoint(1, 1.0))
    folder.save(checkpoint(2, 2.0))
    weights = folder.path / "step-2" / "modules.safetensors"
    if damage == "flip":
        data = bytearray(weights.read_bytes())
        data[-2] ^= 1
        weights.write_bytes(data)
    elif damage == "truncate":
        weights.write_bytes(weights.read_bytes()[:-5])
    elif damage == "missing":
        weights.unlink()
    elif damage == "swap":
        shutil.copy(folder.path / "step-1" / "modules.safetensors", weights)
    elif damage == "json":
        (folder.path / "step-2" / "state.json").write_text("{")
    elif damage == "value":
        state = folder.path / "step-2" / "state.json"
        state.write_text(state.read_text().replace('"best": null', '"best": {"step": 1}'))
    else:
        weights.write_bytes(b"\xff" * 100)
    with pytest.raises((ModelError, WorkspaceError), match="damaged"):
        folder.load(2)
    found = folder.newest()
    assert found.step == 1
    assert "step-2" in found.skipped[0]


@pytest.mark.fault("B11")
def test_a_checkpoint_of_another_run_is_skipped_and_said(tmp_path):
    """S3: it was taken, and the run finished with the other's weights and budget."""
    mine, other = (CheckpointFolder(tmp_path / name / "checkpoints") for name in ("mine", "other"))
    for folder, step in ((mine, 2), (other, 6)):
        folder.path.mkdir(parents=True)
        folder.save(checkpoint(step))
    shutil.copytree(other.path / "step-6", mine.path / "step-6")
    found = mine.newest()
    assert found.step == 2
    assert "belongs to the run 'other'" in found.skipped[0]


@pytest.mark.fault("B11")
def test_a_checkpoint_under_the_name_of_another_step_is_skipped_and_said(folder):
    folder.save(checkpoint(2))
    shutil.copytree(folder.path / "step-2", folder.path / "step-9")
    found = folder.newest()
    assert found.step == 2
    assert "step 2, renamed" in found.skipped[0]


def test_a_checkpoint_from_before_runs_and_hashes_were_written_is_read(folder):
    folder.save(checkpoint(2))
    path = folder.path / "step-2" / "state.json"
    document = json.loads(path.read_text())
    del document["run"], document["sha256"]["state.json"]
    path.write_text(json.dumps(document))
    assert folder.newest().step == 2


@pytest.mark.fault("B11")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("step", "x"),
        ("step", None),
        ("step", -1),
        ("step", 1e300),
        ("finite", "yes"),
        ("sha256", 5),
        ("sha256", {"modules": 7}),
        ("best", "x"),
        ("best", {"step": "x"}),
        ("best", {"step": -3}),
        ("run", 5),
    ],
)
def test_a_state_with_odd_values_is_damage_and_no_traceback(folder, key, value):
    """S15: ``"step": "x"`` gave a raw ValueError."""
    folder.save(checkpoint(1))
    folder.save(checkpoint(2))
    path = folder.path / "step-2" / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ModelError, match="damaged"):
        folder.load(2)
    assert folder.newest().step == 1
    folder.save(checkpoint(3))
    assert folder.newest().step == 3


def test_a_step_that_could_not_be_read_does_not_crowd_out_the_new_ones(folder):
    for step in (1, 2, 3):
        folder.save(checkpoint(step))
    for step in (2, 3):
        (folder.path / f"step-{step}" / "modules.safetensors").write_bytes(b"damaged")
    folder.save(checkpoint(1))
    assert folder.newest().step == 1
    folder.save(checkpoint(2, 5.0))
    assert folder.steps() == [1, 2]
    assert folder.newest().step == 2
    assert len(list(folder.path.glob("damaged-3-*"))) == 1


def test_what_is_newer_or_fails_to_be_read_is_no_damage(folder, monkeypatch):
    folder.save(checkpoint(1))
    folder.save(checkpoint(2))
    path = folder.path / "step-2" / "state.json"
    text = path.read_text()
    path.write_text(text.replace('"format": 1', '"format": 9'))
    with pytest.raises(WorkspaceError, match="newer studio"):
        folder.newest()
    path.write_text(text)

    def failing(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("studio.train.checkpoint.load_file", failing)
    with pytest.raises(OSError, match="Input/output"):
        folder.newest()


def test_when_none_can_be_read_it_says_so(folder):
    folder.save(checkpoint(1))
    (folder.path / "step-1" / "modules.safetensors").unlink()
    with pytest.raises(ModelError, match="No checkpoint"):
        folder.newest()


@pytest.mark.fault("B11")
def test_a_newer_studios_checkpoint_is_refused_politely(folder):
    folder.save(checkpoint(1))
    path = folder.path / "step-1" / "state.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 9'))
    with pytest.raises(WorkspaceError, match="newer studio"):
        folder.load(1)


@pytest.mark.fault("B10")
def test_a_failed_save_leaves_the_old_ones_and_nothing_else(folder, monkeypatch):
    folder.save(checkpoint(1))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.train.checkpoint.save_file", full)
    with pytest.raises(OSError, match="No space"):
        folder.save(checkpoint(2))
    assert [path.name for path in folder.path.iterdir()] == ["step-1"]
    assert folder.newest().step == 1


def test_tied_weights_are_written(folder):
    saved = checkpoint(1)
    tensor = torch.arange(6.0).reshape(2, 3)
    saved.tensors["modules"] = {"a": tensor, "b": tensor, "c": tensor.t()}
    folder.save(saved)
    loaded = folder.load(1).tensors["modules"]
    assert torch.equal(loaded["b"], tensor)
    assert torch.equal(loaded["c"], tensor.t())


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.9)),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        lambda p: torch.optim.Adamax(p, lr=0.1),
        lambda p: torch.optim.RMSprop(p, lr=0.1),
    ],
)
def test_an_optimizer_goes_on_to_the_bit(folder, make):
    def parameters():
        torch.manual_seed(0)
        return [torch.nn.Parameter(torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last))]

    def steps(p, opt, count, seed):
        generator = torch.Generator().manual_seed(seed)
        for _ in range(count):
            p[0].grad = torch.randn(p[0].shape, generator=generator)
            opt.step()

    whole, broken = parameters(), parameters()
    opt = make(whole)
    steps(whole, opt, 3, 1)
    steps(whole, opt, 3, 2)
    opt = make(broken)
    steps(broken, opt, 3, 1)
    saved = checkpoint(1)
    saved.tensors["optimizers"], document = pack_optimizer("o", opt)
    saved.document["o"] = document
    folder.save(saved)
    loaded = folder.load(1)
    fresh = make(broken)
    unpack_optimizer("o", fresh, loaded.tensors["optimizers"], loaded.document["o"])
    steps(broken, fresh, 3, 2)
    assert torch.equal(whole[0], broken[0])
    assert isinstance(fresh.param_groups[0].get("betas", ()), tuple)
