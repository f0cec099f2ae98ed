"""Fixtures of the data room: small files made on the spot, and ways to import them."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.data.dataset import open_dataset
from studio.data.importer import run_import
from studio.data.request import ImportRequest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shared_data():
    """The folder of real data sets beside the checkout."""
    folder = Path(os.environ.get("STUDIO_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data sets in {folder}; set STUDIO_DATA")
    return folder


@pytest.fixture
def workspace(tmp_path):
    return tmp_path / "workspace"


@pytest.fixture
def png():
    """Bytes of an image file."""

    def make(image, kind="PNG", **options):
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def add(workspace):
    """Import paths in this process; gives the open data set with its events and refusals."""

    def run(*paths, **options):
        events = []
        request = ImportRequest(workspace=workspace, paths=tuple(os.fspath(path) for path in paths), **options)
        document = run_import(request, events.append)
        folder = workspace / "datasets" / document.id
        dataset = open_dataset(folder)
        dataset.events = events
        dataset.folder = folder
        with open(folder / "rejects.csv", encoding="utf-8", newline="") as file:
            dataset.rejects = dict(list(csv.reader(file))[1:])
        return dataset

    return run


@pytest.fixture
def start_importer(workspace, tmp_path):
    """Start ``python -m studio.data`` on paths, to import them or only to look."""
    processes = []

    def start(*paths, preview=False, **options):
        request = ImportRequest(workspace=workspace, paths=tuple(os.fspath(path) for path in paths), **options)
        file = tmp_path / "request.json"
        file.write_text(request.to_json())
        process = subprocess.Popen(
            [sys.executable, "-m", "studio.data", str(file), *(["--preview"] if preview else [])],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def import_process(start_importer):
    """Run the importer process to its end: (exit status, events, stderr)."""

    def run(*paths, **options):
        process = start_importer(*paths, **options)
        out, err = process.communicate(timeout=60)
        return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()

    return run


@pytest.fixture
def leftovers(workspace):
    """What lies in the workspace's data sets, hidden or not."""
    return lambda: sorted(os.listdir(workspace / "datasets")) if (workspace / "datasets").exists() else []


@pytest.fixture
def noise_image():
    def make(height, width, channels=1, seed=0):
        values = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
        return values[..., 0] if channels == 1 else values

    return make


@pytest.fixture
def pets(tmp_path, png, noise_image):
    """A folder of 600 small images in two classes."""
    for number in range(600):
        folder = tmp_path / "pets" / ("cats", "dogs")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(png(noise_image(20, 20, 1, number)))
    return tmp_path / "pets"


@pytest.fixture
def fill(png, noise_image):
    """Write small images into a folder."""

    def write(folder, count, height=8, width=8, channels=1, start=0):
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(start, start + count):
            (folder / f"{number:03}.png").write_bytes(png(noise_image(height, width, channels, number)))

    return write


@pytest.fixture
def save(tmp_path):
    """Save arrays as an .npz file."""

    def write(**arrays):
        np.savez_compressed(tmp_path / "set.npz", **arrays)
        return tmp_path / "set.npz"

    return write


@pytest.fixture
def images():
    """Make an array of grey images, or of colour ones."""

    def make(count=10, height=5, width=7, channels=None, high=256):
        shape = (count, height, width) if channels is None else (count, height, width, channels)
        return np.random.default_rng(0).integers(0, high, shape).astype(np.uint8)

    return make
