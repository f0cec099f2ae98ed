import faulthandler
import os
import time

import pytest

from studio.data import worker
from studio.data.image import decode


def test_a_crashing_decoder_costs_one_file(monkeypatch, pets, add):
    real = decode.probe, decode.decode

    def probe(source, name):
        if name == "cats/4.png":
            faulthandler.disable()  # pytest's own; it would report this crash as its own
            os.abort()
        return real[0](source, name)

    def fragile(source, name, plan):
        if name == "dogs/7.png":
            time.sleep(60)
        return real[1](source, name, plan)

    monkeypatch.setattr(decode, "probe", probe)
    monkeypatch.setattr(decode, "decode", fragile)
    monkeypatch.setattr(worker, "TIMEOUT_S", 0.5)
    dataset = add(pets)
    assert len(dataset) == 598
    assert dataset.rejects == {
        "cats/4.png": "the decoder crashed on it",
        "dogs/7.png": "decoding it took longer than 0.5 s",
    }
    assert dataset.document.class_counts == (299, 299)


@pytest.mark.fault("A14")
def test_files_that_vanish_are_refused(monkeypatch, pets, add):
    real = decode.probe

    def probe(source, name):
        if name == "cats/0.png":
            os.unlink(source)
        return real(source, name)

    monkeypatch.setattr(decode, "probe", probe)
    dataset = add(pets)
    assert dataset.rejects == {"cats/0.png": "there is no such file or folder"}


def test_same_files_and_seed_give_the_same_data_set(pets, add):
    first, second, other = add(pets, seed=1), add(pets, seed=1), add(pets, seed=2)
    assert first.document.fingerprint == second.document.fingerprint
    assert first.document.id != second.document.id
    assert first.document.fingerprint != other.document.fingerprint
