"""Makes wheels by hand, right ones and wrong ones."""

import base64
import hashlib
import zipfile

__all__ = ["make_wheel"]


def make_wheel(
    folder,
    name,
    files,
    version="1.0",
    entries=None,
    requires=(),
    metadata="",
    tag="py3-none-any",
    record=None,
    links=(),
    record_of=lambda rows: rows,
):
    """Write a wheel; gives its path.

    Args:
        folder: Where to.
        name: Name of the distribution.
        files: Contents by path.
        version: Its version.
        entries: Its entry points; by default its plugin NAME of the package toy_NAME.
        requires: What it depends on.
        metadata: Further lines of its metadata.
        tag: Which machines it is for.
        record: Paths that its own list names; all by default.
        links: Paths that are links, to what ``files`` gives.
        record_of: Changes the rows of the list.
    """
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Author: A Stranger", "License: MIT"]
    lines += ["Summary: One that was made for a test.", *(f"Requires-Dist: {one}" for one in requires)]
    entries = f"[studio]\n{plain} = toy_{plain}:plugin\n" if entries is None else entries
    contents = {
        **files,
        f"{info}/METADATA": "\n".join([*lines, *filter(None, [metadata])]) + "\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": entries,
    }
    rows = []
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plain}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in contents.items():
            data = content if isinstance(content, bytes) else content.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            if record is None or place in record:
                rows.append(f"{place},sha256={digest},{len(data)}")
            entry = zipfile.ZipInfo(place)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o120777 if place in links else 0o100644) << 16
            archive.writestr(entry, data)
        archive.writestr(f"{info}/RECORD", "\n".join([*record_of(rows), f"{info}/RECORD,,"]) + "\n")
    return path
