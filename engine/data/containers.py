"""Files that hold files: what a zip or an old Office document is, told from what it lists.

A zip is looked at by its list alone, and refused where unpacking it would be a risk.
"""

import re
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from engine.data import limits
from engine.errors import DataError

WORKBOOK, ARCHIVE, OFFICE = "workbook", "archive", "office"
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
"""A broken one no longer looks like one: its name says what it is."""
_LONGEST_LIST = 20 << 20
"""Bytes of a zip's list of files; that of 200,000 is shorter."""
_BOMB = 200
"""Times its size that an archive may unpack to: texts shrink to a tenth, seldom to a hundredth."""
_HARMLESS = 20 << 20
"""Bytes unpacked up to which no archive is called a bomb."""
_OFFICE_PARTS = (
    ("EncryptedPackage", "locked"),
    ("WordDocument", "word"),
    ("PowerPoint Document", "slides"),
    ("__nameid", "mail"),
    ("Workbook", WORKBOOK),
    ("Book", WORKBOOK),
)
"""Streams by which an old Office document says what it is."""
_ZIP_PARTS = (
    ("xl/", WORKBOOK),
    ("word/", "word"),
    ("ppt/", "slides"),
    ("META-INF/MANIFEST.MF", "program"),
    ("AndroidManifest.xml", "program"),
    ("META-INF/container.xml", "word"),
)
"""What stands at the start of a name in a zip that is really something else."""


def open_zip(path: Path, file: str) -> zipfile.ZipFile:
    """The archive with its list of files. Raises DataError where that is broken or endless."""
    if _listed(path) > _LONGEST_LIST:
        raise DataError("data.zip_too_many", file=file, limit=limits.MOST_FILES)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError):
        kind = "workbook" if Path(file).suffix.lower() in WORKBOOKS else "zip"
        raise DataError(f"data.{kind}_broken", file=file) from None


def zip_kind(path: Path, file: str) -> str:
    """What a zip is: an archive, a workbook, or what is refused as such. Raises DataError."""
    with open_zip(path, file) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        kind = next((kind for start, kind in _ZIP_PARTS if _any_starts(names, start)), ARCHIVE)
        if names[:1] == ["mimetype"]:
            kind = WORKBOOK if b"spreadsheet" in archive.open("mimetype").read(100) else "word"
        if kind == ARCHIVE and Path(file).suffix.lower() in WORKBOOKS:
            kind = WORKBOOK
        last = {PurePosixPath(name).name for name in names}
    if kind == ARCHIVE and names and all(name.endswith(".npy") for name in last):
        return "numbers"
    if kind == ARCHIVE and "data.pkl" in last:
        return "pickle"
    if kind in (ARCHIVE, WORKBOOK):
        _refuse_unsafe(members, path.stat().st_size, file)
    return kind


def office_kind(path: Path) -> str:
    """What an Office document of before 2007 is, from its list of streams."""
    with path.open("rb") as stream:
        header = stream.read(512)
        if len(header) < 512:
            return WORKBOOK
        size = 1 << min(struct.unpack_from("<H", header, 30)[0], 12)
        stream.seek((struct.unpack_from("<I", header, 48)[0] + 1) * size)
        listed = stream.read(8 * size)
    for name, kind in _OFFICE_PARTS:
        if name.encode("utf-16-le") in listed:
            return kind
    return WORKBOOK


def _listed(path: Path) -> int:
    """Bytes that a zip says its list of files is long."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 16) - 98))
        tail = stream.read()
    end, wide = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    plain = struct.unpack_from("<I", tail, end + 12)[0] if 0 <= end <= len(tail) - 16 else 0
    if plain < 0xFFFFFFFF or not 0 <= wide <= len(tail) - 48:
        return int(plain)
    return int(struct.unpack_from("<Q", tail, wide + 40)[0])


def _any_starts(names: Sequence[str], start: str) -> bool:
    return any(name.startswith(start) for name in names)


def _refuse_unsafe(members: Sequence[zipfile.ZipInfo], packed: int, file: str) -> None:
    """Raises DataError for what no archive of texts is: too much, locked, or with odd paths."""
    if len(members) > limits.MOST_FILES:
        raise DataError("data.zip_too_many", file=file, limit=limits.MOST_FILES)
    unpacked = sum(member.file_size for member in members)
    if unpacked > _HARMLESS and unpacked > _BOMB * packed:
        raise DataError("data.zip_bomb", file=file, times=unpacked // packed)
    if unpacked > limits.MOST_UNPACKED:
        params = {"found": unpacked // 1024**2, "limit": limits.MOST_UNPACKED // 1024**2}
        raise DataError("data.zip_too_big", file=file, **params)
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        drive = re.match("[A-Za-z]:/", str(path))
        if member.flag_bits & 1:
            raise DataError("data.zip_locked", file=file)
        if path.is_absolute() or drive or ".." in path.parts:
            raise DataError("data.zip_paths", file=file, found=member.filename[:80])
