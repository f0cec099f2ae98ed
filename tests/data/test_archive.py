import io
import struct
import tarfile
import zipfile
import zlib

import pytest

from studio.core.errors import DataError
from studio.data.unpacking import BOMB_GRACE, Metered


@pytest.fixture
def picture(png, noise_image):
    return lambda number: png(noise_image(6, 6, 1, number))


@pytest.fixture
def make_zip(tmp_path):
    def make(entries, name="set.zip", method=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / name, "w", method) as archive:
            for entry, content in entries:
                archive.writestr(entry, content)
        return tmp_path / name

    return make


@pytest.fixture
def make_tar(tmp_path):
    def make(entries, name="set.tar"):
        mode = "w:" + {"tar": "", "tgz": "gz"}.get(name.rsplit(".", 1)[1], name.rsplit(".", 1)[1])
        with tarfile.open(tmp_path / name, mode) as archive:
            for entry, content in entries:
                row = entry if isinstance(entry, tarfile.TarInfo) else tarfile.TarInfo(entry)
                row.size = len(content)
                archive.addfile(row, io.BytesIO(content))
        return tmp_path / name

    return make


def tree(picture):
    """Two classes below one wrapping folder, with what a Mac leaves beside them."""
    return [
        ("set/dogs/1.png", picture(1)),
        ("set/cats/2.png", picture(2)),
        ("set/cats/deep/3.png", picture(3)),
        ("__MACOSX/set/cats/._2.png", b"junk"),
        ("set/.DS_Store", b"junk"),
        ("set/Thumbs.db", b"junk"),
    ]


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_zip_is_read_like_a_folder(add, make_zip, picture, noise_image, tmp_path, method):
    path = make_zip(tree(picture), method=method)
    before = path.read_bytes()
    dataset = add(path)
    assert dataset.document.name == "set"
    assert dataset.spec.classes == ("cats", "dogs")
    assert dataset.labels.tolist() == [1, 0, 0]
    assert (dataset.items[2, ..., 0] == noise_image(6, 6, 1, 3)).all()
    assert dataset.document.rejected == 0
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["set.zip", "workspace"]


@pytest.mark.parametrize("name", ["set.tar", "set.tar.gz", "set.tgz", "set.tar.bz2", "set.tar.xz"])
def test_tar_is_read_like_a_folder(add, make_tar, picture, noise_image, tmp_path, name):
    dataset = add(make_tar(tree(picture), name))
    assert dataset.document.name == "set"
    assert dataset.spec.classes == ("cats", "dogs")
    assert dataset.labels.tolist() == [1, 0, 0]
    assert (dataset.items[2, ..., 0] == noise_image(6, 6, 1, 3)).all()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([name, "workspace"])


def test_several_archives_are_splits(add, make_zip, make_tar, picture):
    train = make_zip([("cats/1.png", picture(1)), ("dogs/2.png", picture(2))], "train.zip")
    test = make_tar([("cats/3.png", picture(3))], "test.tar.gz")
    dataset = add(train, test)
    assert dataset.spec.classes == ("cats", "dogs")
    assert dataset.document.splits["test"] == 1
    assert dataset.labels[dataset.indices("test")].tolist() == [0]


@pytest.mark.fault("A18")
def test_hostile_zip_names_write_nothing(add, make_zip, picture, tmp_path):
    names = ["../../evil.png", "/abs/evil.png", "C:\\evil.png", "a/../../b.png", "..\\..\\w.png", "ok.png"]
    dataset = add(make_zip([(name, picture(number)) for number, name in enumerate(names)]))
    assert len(dataset) == 6
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["set.zip", "workspace"]
    assert not (tmp_path.parent / "evil.png").exists()


@pytest.mark.fault("A18")
def test_refused_zip_entries_have_reasons(add, make_zip, picture):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    device = zipfile.ZipInfo("device.png")
    device.external_attr = 0o020666 << 16
    path = make_zip(
        [("ok.png", picture(1)), (link, "/etc/passwd"), (device, b""), ("in.zip", b"PK"), ("in.tar.gz", b""),
         ("notes.txt", "hello"), ("zero.png", b"")]
    )  # fmt: skip
    dataset = add(path)
    assert len(dataset) == 1
    assert "link" in dataset.rejects["link.png"]
    assert dataset.rejects["device.png"] == "not a regular file"
    assert "archive inside an archive" in dataset.rejects["in.zip"]
    assert "archive inside an archive" in dataset.rejects["in.tar.gz"]
    assert dataset.rejects["notes.txt"] == "not an image"
    assert dataset.rejects["zero.png"] == "the file is empty"


@pytest.mark.fault("A19")
def test_encrypted_and_damaged_entries_are_refused(add, make_zip, picture):
    path = make_zip([("a.png", picture(1)), ("b.png", picture(2)), ("c.png", picture(3))], method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):  # the flag "encrypted" of the first entry, twice
        data[data.index(signature) + offset] |= 1
    second = data.index(b"IDAT", data.index(b"b.png"))
    data[second + 8] ^= 0xFF
    path.write_bytes(data)
    dataset = add(path)
    assert len(dataset) == 1
    assert "encrypted" in dataset.rejects["a.png"]
    assert "damaged" in dataset.rejects["b.png"]


@pytest.mark.fault("A20")
def test_refused_tar_entries_have_reasons(add, make_tar, picture):
    rows = []
    kinds = {"sym": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "dev": tarfile.CHRTYPE, "fifo": tarfile.FIFOTYPE}
    for stem, kind in kinds.items():
        name = f"{stem}.png"
        row = tarfile.TarInfo(name)
        row.type, row.linkname = kind, "/etc/passwd"
        rows.append((row, b""))
    dataset = add(make_tar([("ok.png", picture(1)), *rows, ("../../up.png", picture(2)), ("in.zip", b"PK")]))
    assert len(dataset) == 2
    assert "link" in dataset.rejects["sym.png"]
    assert "link" in dataset.rejects["hard.png"]
    assert dataset.rejects["dev.png"] == dataset.rejects["fifo.png"] == "not a regular file"
    assert "archive inside" in dataset.rejects["in.zip"]


def refuse(add, path, leftovers, match):
    """Refused before more than what any archive may hold was unpacked, and nothing is left."""
    unpacked, real = [], Metered.read

    def counted(stream, size=-1):
        part = real(stream, size)
        unpacked.append(len(part))
        return part

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Metered, "read", counted)
        patch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("an entry is unpacked"))
        with pytest.raises(DataError, match=match):
            add(path)
    assert sum(unpacked) <= BOMB_GRACE + 2**20
    assert leftovers() == []


@pytest.mark.fault("A19")
def test_zip_bomb_is_refused_with_numbers(add, make_zip, leftovers):
    path = make_zip([(f"{number}.png", bytes(25_000_000)) for number in range(3)])
    refuse(add, path, leftovers, r"set.zip has [\d.]+ kB but unpacks to at least 75 MB, more than the 67.1 MB")


@pytest.mark.fault("A19")
def test_overlapping_zip_entries_are_refused(add, make_zip, leftovers, picture):
    path = make_zip([(f"{number}.png", picture(1)) for number in range(40)], method=zipfile.ZIP_STORED)
    data = path.read_bytes()
    start = data.index(b"PK\1\2")
    first = data[: data.index(b"PK\3\4", 4)]
    directory, count = b"", 0
    for row in data[start : data.index(b"PK\5\6")].split(b"PK\1\2")[1:]:
        body = bytearray(b"PK\1\2" + row)
        body[42:46] = bytes(4)
        body[46] = ord("0")
        directory, count = directory + bytes(body), count + 1
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), len(first), 0)
    path.write_bytes(first + directory + end)
    refuse(add, path, leftovers, "overlap")


@pytest.mark.fault("A19")
def test_zip_that_promises_millions_of_entries_is_refused(add, tmp_path, leftovers):
    path = tmp_path / "set.zip"
    size = 5_000_000 * 46
    with open(path, "wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 65535, 65535, size, 0, 0))
    refuse(add, path, leftovers, "5,000,000 entries")


@pytest.mark.parametrize("name", ["set.tar.gz", "set.tar.bz2", "set.tar.xz"])
def test_tar_bomb_is_refused_with_numbers(add, make_tar, leftovers, name):
    path = make_tar([("a.png", bytes(68_000_000))], name)
    refuse(add, path, leftovers, "unpacks to at least 67.")


@pytest.mark.fault("A20")
def test_tar_header_that_claims_gigabytes_is_refused(add, tmp_path, leftovers):
    row = tarfile.TarInfo("x")
    row.type, row.size = tarfile.XHDTYPE, 3 * 2**30
    (tmp_path / "set.tar").write_bytes(row.tobuf(tarfile.USTAR_FORMAT) + bytes(4096))
    refuse(add, tmp_path / "set.tar", leftovers, "claims 3.22 GB")


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz", "set.tar.xz"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.8])
def test_cut_archives_are_refused(add, make_zip, make_tar, picture, leftovers, name, part):
    entries = [(f"{number}.png", picture(number)) for number in range(60)]
    path = make_zip(entries, name) if name.endswith("zip") else make_tar(entries, name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    refuse(add, path, leftovers, "damaged or cut short")


def test_damaged_tar_header_is_not_the_end(add, make_tar, picture, leftovers):
    path = make_tar([(f"{number}.png", picture(number)) for number in range(5)])
    data = bytearray(path.read_bytes())
    data[data.index(b"3.png") + 100] ^= 0xFF
    path.write_bytes(data)
    refuse(add, path, leftovers, "damaged header")


def test_wrong_checksum_in_a_zip_is_seen(add, make_zip, picture):
    path = make_zip([("a.png", picture(1)), ("b.png", picture(2))], method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    crc = struct.pack("<I", zlib.crc32(picture(1)))
    wrong = struct.pack("<I", zlib.crc32(picture(1)) ^ 1)
    path.write_bytes(bytes(data).replace(crc, wrong))
    dataset = add(path)
    assert len(dataset) == 1
    assert "damaged" in dataset.rejects["a.png"]
