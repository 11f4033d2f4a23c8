"""What a file is, told from its first bytes and never from its name, and which kinds are refused.

Knows the outside of files only; what stands in them is the readers' business.
"""

import re
from pathlib import Path

from engine.data import limits
from engine.data.containers import ARCHIVE, OFFICE, WORKBOOK, WORKBOOKS, office_kind, zip_kind
from engine.data.encodings import wide_encoding
from engine.errors import DataError

HEAD = 1 << 18
"""Bytes a kind is told from."""
TEXT, PARQUET = "text", "parquet"

_SIGNATURES = (
    (b"PAR1", PARQUET),
    (b"PARE", "parquet_locked"),
    (b"ARROW1", "arrow"),
    (b"FEA1", "arrow"),
    (b"Obj\x01", "arrow"),
    (b"ORC", "arrow"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"8BPS", "picture"),
    (b"\0\0\1\0", "picture"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"fLaC", "sound"),
    (b"\x1aE\xdf\xa3", "sound"),
    (b"%PDF", "pdf"),
    (b"%!PS", "pdf"),
    (b"{\\rtf", "word"),
    (b"SQLite format 3", "database"),
    (b"\0\1\0\0Standard Jet DB", "database"),
    (b"\0\1\0\0Standard ACE DB", "database"),
    (b"DUCK", "database"),
    (b"$FL2", "statistics"),
    (b"$FL3", "statistics"),
    (b"<stata_dta>", "statistics"),
    (b"RDX", "statistics"),
    (b"RDA", "statistics"),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "statistics"),
    (b"\x93NUMPY", "numbers"),
    (b"\x89HDF\r\n", "numbers"),
    (b"GGUF", "model"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xfe\xed\xfa", "program"),
    (b"\0asm", "program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
)
_PACKED = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
)
_PLAIN = frozenset({b"MZ", b"ORC", b"RDX", b"RDA", b"DUCK", b"ID3", b"BZh", b"GGUF", b"FEA1"})
"""Signatures that a text may begin with: they count where bytes follow that no text holds."""
_MEDIA = {b"WEBP": "picture", b"AVI ": "sound", b"WAVE": "sound"}
_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|\(l?p?0?\n?\(?lp0\n|\(dp0\n|c(copy_reg|copyreg|__builtin__|builtins|numpy)\b"
)
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|\?xml)", re.IGNORECASE)
_JSON = re.compile(rb"\W*[\[{]")
"""How a document begins that may well be one long line."""
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of(path: Path, file: str) -> str:
    """text, parquet, workbook or archive (a zip). Reads no more than it must.

    Raises DataError for a file that is missing, empty, too large, or none of these.
    """
    try:
        if not path.is_file():
            raise DataError("data.no_file", file=file)
        limits.check_bytes(path.stat().st_size, file)
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise DataError("data.unreadable", file=file, reason=error.strerror or "") from None
    packed = next((name for start, name in _PACKED if _begins(head, start)), None)
    if packed or head[257:262] == b"ustar":
        raise DataError("data.binary_archive", file=file, form=packed or "tar")
    kind = binary_kind(head)
    if kind == ARCHIVE:
        kind = zip_kind(path, file)
    elif kind == OFFICE:
        kind = office_kind(path)
    if kind not in (TEXT, PARQUET, WORKBOOK, ARCHIVE):
        known = Path(file).suffix.lower() not in WORKBOOKS or kind not in ("unknown", "markup")
        raise DataError(f"data.binary_{kind}" if known else "data.workbook_broken", file=file)
    if kind == TEXT and not _JSON.match(head):
        _refuse_endless_line(path, file)
    return kind


def _refuse_endless_line(path: Path, file: str) -> None:
    """A file that is one line, told without looking at all of it; a line within is told later."""
    most = 4 * limits.LONGEST_LINE  # bytes: no encoding takes more for a character
    if path.stat().st_size <= most:
        return
    with path.open("rb") as stream:
        start = stream.read(most)
    if b"\n" not in start and b"\r" not in start:
        raise DataError("data.long_line", file=file, line=1)


def binary_kind(head: bytes) -> str:
    """What the first bytes of a file say it is: `text` where they look like one."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ARCHIVE
    kind = next((kind for start, kind in _SIGNATURES if _begins(head, start)), None)
    if kind:
        return kind
    if head.startswith(b"RIFF"):
        return _MEDIA.get(head[8:12], "unknown")
    if head[4:8] == b"ftyp":
        return "sound"
    if head[8:10] == b'{"' and head[3:8] == bytes(5):
        return "model"
    if _PICKLE.match(head):
        return "pickle"
    if _MARKUP.match(head):
        return "markup"
    return "unknown" if _is_noise(head) else TEXT


def _begins(head: bytes, start: bytes) -> bool:
    return head.startswith(start) and (start not in _PLAIN or _is_noise(head) or b"\0" in head)


def _is_noise(head: bytes) -> bool:
    """Whether control characters abound, and not because each character is two bytes."""
    return len(_CONTROL.findall(head)) > len(head) / 20 and wide_encoding(head) is None
