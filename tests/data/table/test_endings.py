"""Files of tables are known by their endings, in every case."""

from studio.data.source import is_read
from studio.data.table.endings import TABLE_ENDINGS


def test_every_ending_is_one_that_the_studio_reads(tmp_path):
    for ending in TABLE_ENDINGS:
        assert ending == ending.lower()
        (tmp_path / f"a{ending.upper()}").write_bytes(b"")
        assert is_read(tmp_path / f"a{ending.upper()}")
