"""A zip → the table in it, or the texts of its folders, each folder a label.

Nothing is unpacked under a name of the archive's own. Folders called train, validation or test
above (or below) those of the labels make the column `split`.
"""

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pandas as pd

from engine.data import limits
from engine.data.clean import clean
from engine.data.conll import SUFFIXES as CONLL_SUFFIXES
from engine.data.containers import ARCHIVE, WORKBOOKS, open_zip
from engine.data.encodings import Encoding, detect_encoding, wide_encoding
from engine.data.kinds import HEAD, TEXT, binary_kind, kind_of
from engine.data.report import Drops, ReadingReport
from engine.data.splits import split_of
from engine.data.tabular import make_table, report_of
from engine.errors import DataError
from engine.text import Message

Read = Callable[[Path, str], tuple[pd.DataFrame, ReadingReport]]
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", *WORKBOOKS, *CONLL_SUFFIXES)
"""Names of files that are tables, in an archive and elsewhere."""
_BESIDE = ("readme", "license", "licence", "thumbs.db", "desktop.ini", "notice", "changelog")
"""What lies beside the data in many archives."""
_PACKED = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z", ".rar")
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError)
_NAME_IN_UTF8 = 0x800
_LINK = 0o12
"""What a symbolic link has in the highest bits of its attributes."""


def read_archive(
    path: Path, file: str, part: str, read: Read
) -> tuple[pd.DataFrame, ReadingReport]:
    """The table that is called `part`, else the zip's only or largest one, else its folders.

    `read` reads a file by itself. Raises DataError for a zip that holds neither.
    """
    with open_zip(path, file) as archive:
        members = _data(archive.infolist(), file)
        tables = {
            name: member
            for name, member in members.items()
            if PurePosixPath(name).suffix.lower() in TABLES or len(members) == 1
        }
        if not tables:
            return _read_folders(archive, members, file)
        splits = {name: _split_named(name) for name in tables}
        if not part and len(tables) > 1 and len({*splits.values(), None}) == len(tables) + 1:
            return _read_splits(archive, tables, splits, file, read)
        largest = max(tables, key=lambda name: tables[name].file_size)
        chosen = part if part in tables else largest
        table, report = _read_member(archive, chosen, tables[chosen], file, read)
    params = {"part": chosen, "count": len(tables)}
    notes = (Message("data.note_part", params),) if len(tables) > 1 else ()
    name = f"{file} › {PurePosixPath(chosen).name}"
    notes = (*notes, *report.notes)
    if len(tables) == 1:
        return table, replace(report, name=name, notes=notes)
    return table, replace(report, name=name, notes=notes, part=chosen, parts=tuple(tables))


def _data(listed: Sequence[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    """Path → file, of the files that are data. Raises DataError where there are none."""
    raw = "\n".join(m.filename for m in listed if not m.flag_bits & _NAME_IN_UTF8)
    codec = detect_encoding(raw.encode("cp437", "replace")).codec
    found: dict[str, zipfile.ZipInfo] = {}
    for member in listed:
        name = member.filename
        if not member.flag_bits & _NAME_IN_UTF8:
            name = name.encode("cp437", "replace").decode(codec, "replace")
        name = name.replace("\\", "/")
        if _is_data(member, PurePosixPath(name).parts):
            found[name if name not in found else f"{name} ({len(found) + 1})"] = member
    if not found:
        raise DataError("data.zip_empty", file=file)
    packed = next((name for name in found if PurePosixPath(name).suffix.lower() in _PACKED), None)
    if packed:
        raise DataError("data.zip_nested", file=file, found=packed[:80])
    return found


def _is_data(member: zipfile.ZipInfo, parts: Sequence[str]) -> bool:
    """Not a folder, a link, hidden, or what programs and people put beside the data."""
    if member.is_dir() or member.external_attr >> 28 == _LINK or not parts:
        return False
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return False
    return not (len(parts) <= 2 and parts[-1].casefold().startswith(_BESIDE))


def _read_member(
    archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo, file: str, read: Read
) -> tuple[pd.DataFrame, ReadingReport]:
    """A file of the archive, read as if it had been given by itself."""
    plain = PurePosixPath(name).name
    limits.check_bytes(member.file_size, f"{file} › {plain}")
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "member"
        try:
            with archive.open(member) as packed, aside.open("wb") as out:
                shutil.copyfileobj(packed, out)
        except _DAMAGED:
            raise DataError("data.zip_broken", file=file) from None
        if kind_of(aside, plain) == ARCHIVE:
            raise DataError("data.zip_nested", file=file, found=plain[:80])
        return read(aside, plain)


def _read_splits(
    archive: zipfile.ZipFile,
    tables: Mapping[str, zipfile.ZipInfo],
    splits: Mapping[str, str | None],
    file: str,
    read: Read,
) -> tuple[pd.DataFrame, ReadingReport]:
    """Files called after their splits as one table; the column `split` says where a row is from."""
    found = {
        name: _read_member(archive, name, member, file, read) for name, member in tables.items()
    }
    parts = [table.assign(split=splits[name]) for name, (table, _) in found.items()]
    reports = [report for _, report in found.values()]
    table = pd.concat(parts).astype(object)
    table = table.where(table.notna(), None)
    drops = Drops(
        sum(report.rows_dropped for report in reports),
        [replace(row, file=report.name) for report in reports for row in report.dropped],
    )
    notes = [note for report in reports for note in report.notes]
    notes.insert(0, Message("data.note_split_files", {"files": list(tables)}))
    return table, report_of(file, "zip", table, drops, notes)


def _split_named(name: str) -> str | None:
    """The split that one of the words of a file's name stands for: `sms_train.csv`."""
    words = re.split(r"[\W_]+", PurePosixPath(name).stem)
    found = {split for word in words if (split := split_of(word))}
    return found.pop() if len(found) == 1 else None


def _read_folders(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], file: str
) -> tuple[pd.DataFrame, ReadingReport]:
    """One text a file, and of its folders one the label."""
    labels, splits = _labels_and_splits(list(members))
    if not any(labels.values()):
        raise DataError("data.zip_no_folders", file=file, found=list(members)[:5])
    drops = Drops()
    raw: dict[str, bytes] = {}
    for number, (name, member) in enumerate(members.items(), 1):
        content = _content(archive, member)
        if isinstance(content, Message):
            drops.add(number, content, name)
        elif not labels[name]:
            drops.add(number, Message("data.row_no_folder"), name)
        else:
            raw[name] = content
    if not raw:
        raise DataError("data.no_rows_because", file=file, reason=drops.first[0].reason)
    texts, encoding = _decoded(raw)
    columns = {"text": texts, "label": [labels[name] for name in raw]}
    if splits:
        columns["split"] = [splits[name] for name in raw]
    columns["file"] = list(raw)
    numbers = [number for number, name in enumerate(members, 1) if name in raw]
    table = make_table([clean(cells) for cells in columns.values()], list(columns), numbers)
    notes = [Message("data.note_folders", {"rows": len(table)})]
    return table, replace(report_of(file, "zip", table, drops, notes), encoding=encoding)


def _labels_and_splits(names: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """File → its label, "" for one in no folder, and file → its split, where folders name any."""
    folders = {name: list(PurePosixPath(name).parts[:-1]) for name in names}
    inside = [parts for parts in folders.values() if parts]
    outer, deepest = 0, min(map(len, inside), default=0)
    while outer < deepest - 1 and len({parts[outer] for parts in inside}) == 1:
        outer += 1
    folders = {name: parts[outer:] for name, parts in folders.items()}
    splits = {
        name: next((split for part in parts if (split := split_of(part))), "")
        for name, parts in folders.items()
    }
    rest = {name: [part for part in parts if not split_of(part)] for name, parts in folders.items()}
    if "train" in splits.values() and sum(map(bool, rest.values())) > len(inside) / 2:
        return {name: parts[0] if parts else "" for name, parts in rest.items()}, splits
    return {name: parts[0] if parts else "" for name, parts in folders.items()}, {}


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | Message:
    """The bytes of a text, or why there are none."""
    if member.file_size > limits.LONGEST_LINE:
        return Message("data.row_long_file")
    try:
        raw = archive.read(member)
    except _DAMAGED:
        return Message("data.row_damaged_file")
    return raw if binary_kind(raw[:HEAD]) == TEXT else Message("data.row_not_text")


def _decoded(raw: Mapping[str, bytes]) -> tuple[list[str], str]:
    """Texts, and the encoding of those that are not in UTF-8, told from all of them together."""
    codecs = {name: wide_encoding(content) or _as_utf8(content) for name, content in raw.items()}
    odd = b"\n".join([raw[name] for name, found in codecs.items() if found is None])
    other = detect_encoding(odd)
    texts = [
        raw[name].decode((found or other).codec, "replace").replace("\r\n", "\n")
        for name, found in codecs.items()
    ]
    return texts, other.name


def _as_utf8(content: bytes) -> Encoding | None:
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return Encoding("UTF-8", "utf-8")
