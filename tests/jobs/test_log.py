import os

import pytest

from studio.jobs.log import trim_log


@pytest.mark.fault("B17", "C13")
def test_a_log_that_floods_is_cut_to_its_end_while_it_is_written(tmp_path):
    """A run's log.txt had no cap."""
    path = tmp_path / "log.txt"
    with open(path, "ab") as writer:
        for number in range(100):
            writer.write(b"%06d\n" % number * 100)
            writer.flush()
            trim_log(path, most_bytes=20_000, kept_bytes=1_000)
            assert path.stat().st_size <= 21_000
        writer.write(b"the last word\n")
    lines = path.read_bytes().splitlines()
    assert lines[0].startswith(b"(the beginning was left out")
    assert lines[-1] == b"the last word"
    assert lines[-2] == b"000099"


def test_a_short_log_and_a_link_are_left_alone(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("short")
    trim_log(path)
    assert path.read_text() == "short"
    victim = tmp_path / "victim"
    victim.write_bytes(bytes(5000))
    path.unlink()
    path.symlink_to(victim)
    trim_log(path, most_bytes=10, kept_bytes=5)
    assert victim.stat().st_size == 5000
    os.link(victim, tmp_path / "other")
    trim_log(tmp_path / "other", most_bytes=10, kept_bytes=5)
    assert victim.stat().st_size == 5000
    trim_log(tmp_path / "missing")
