"""Which encoding the bytes of a text file are in.

Byte order marks and strict UTF-8 settle most files. What is left is told apart by what each
decoding would look like: Chinese by the share of everyday characters, the Windows code pages by
whether the letters beyond ASCII form one language's alphabet.
"""

import codecs
import re
from dataclasses import dataclass

_SAMPLE = 1 << 18
_CHUNK = 1 << 20

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "UTF-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "UTF-32LE", "utf-32"),
    (codecs.BOM_UTF32_BE, "UTF-32BE", "utf-32"),
    (codecs.BOM_UTF16_LE, "UTF-16LE", "utf-16"),
    (codecs.BOM_UTF16_BE, "UTF-16BE", "utf-16"),
)


@dataclass(frozen=True)
class Encoding:
    """`name` is for people, `codec` for `open`."""

    name: str
    codec: str


def detect_encoding(raw: bytes) -> Encoding:
    """The most plausible encoding; decode with `errors="replace"`, which never fails."""
    marked = wide_encoding(raw)
    if marked:
        return marked
    error = _first_utf8_error(raw)
    if error is None or _mostly_utf8(raw, error):
        return Encoding("UTF-8", "utf-8")
    sample = _lines_beyond_ascii(raw[error:])
    if _is_chinese(sample):
        return Encoding("GB18030", "gb18030")
    if _is_japanese(sample):
        return Encoding("Shift_JIS", "cp932")
    return _code_page(raw, sample)


def wide_encoding(raw: bytes) -> Encoding | None:
    """That of a byte order mark, or UTF-16 without one; None where neither is there."""
    for mark, name, codec in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return Encoding(name, codec)
    return _without_mark(raw)


def _without_mark(raw: bytes) -> Encoding | None:
    """UTF-16 without a mark: its NUL bytes all stand on one side of their pairs.

    So may stray ones in UTF-8, but those are few and all else is plain text.
    """
    sample = raw[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even + odd < max(2, len(sample) // 200) or min(even, odd) > 0.05 * (even + odd):
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    if even + odd < 0.4 * len(sample) and _has_stray_nuls(sample, codec):
        return None
    try:
        sample[: len(sample) // 2 * 2].decode(codec)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return None
    return Encoding(codec.replace("-le", "LE").replace("-be", "BE").replace("utf", "UTF"), codec)


def _has_stray_nuls(sample: bytes, codec: str) -> bool:
    """Whether it is UTF-8 with no other control characters, and has no wide delimiters and lines.

    The bytes of wide characters hardly ever look like plain UTF-8, unless only a few differ.
    """
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    wide = sample.decode(codec, "replace")
    if "\n" in wide and re.search(r"[,;|\t:]", wide):
        return False
    return re.search(r"[\x01-\x08\x0e-\x1f\x7f]", text) is None


def _first_utf8_error(raw: bytes) -> int | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(raw[start : start + _CHUNK], start + _CHUNK >= len(raw))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _mostly_utf8(raw: bytes, error: int) -> bool:
    sample = raw[:_CHUNK] + raw[error : error + _CHUNK]
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(re.findall(r"[^\x00-\x7f]", text)) - broken >= broken


def _lines_beyond_ascii(raw: bytes) -> bytes:
    lines = (line for line in raw[: 8 * _SAMPLE].splitlines(keepends=True) if not line.isascii())
    return b"".join(lines)[:_SAMPLE].rpartition(b"\n")[0] or raw[:_SAMPLE]


def _is_chinese(sample: bytes) -> bool:
    """GB2312 keeps its 3,755 everyday characters in rows B0–D7 and punctuation in A1–A3."""
    pairs = re.findall(rb"[\x81-\xfe][\x30-\xff]", sample)
    common = re.findall(rb"[\xb0-\xd7\xa1-\xa3][\xa1-\xfe]", b" ".join(pairs))
    return bool(pairs) and len(common) > 0.7 * len(pairs)


def _is_japanese(sample: bytes) -> bool:
    """Hiragana is about half of any Japanese sentence, and rare in anything decoded wrongly."""
    text = re.sub(r"[\x00-\x7f]", "", sample.decode("cp932", "replace"))
    return len(re.findall(r"[\u3041-\u3096]", text)) > 0.25 * max(1, len(text))


@dataclass(frozen=True)
class _Alphabet:
    codec: str
    letters: str
    common: str = ""
    """For a script of its own: its ten most frequent letters, about 60 % of any text."""


_ALPHABETS = (
    _Alphabet("cp1252", "àâæçéèêëîïôœùûüÿ"),
    _Alphabet("cp1252", "äöüß"),
    _Alphabet("cp1252", "áéíñóúüçàèïòºª"),
    _Alphabet("cp1252", "ãõáàâéêíóôúç"),
    _Alphabet("cp1252", "åäöæøé"),
    _Alphabet("cp1252", "àèéìíîòóùú"),
    _Alphabet("cp1252", "áðéíóúýþæö"),
    _Alphabet("cp1250", "áčďéěíňóřšťúůýž"),
    _Alphabet("cp1250", "áäčďéíĺľňóôŕšťúýž"),
    _Alphabet("cp1250", "ąćęłńóśźż"),
    _Alphabet("cp1250", "áéíóöőúüű"),
    _Alphabet("cp1250", "ăâîșțşţ"),
    _Alphabet("cp1250", "čćđšž"),
    _Alphabet("cp1254", "çğıöşüâîûi̇"),
    _Alphabet("cp1257", "ąčęėįšųūž"),
    _Alphabet("cp1257", "āčēģīķļņšūž"),
    _Alphabet("cp1257", "äõöüšž"),
    _Alphabet("cp1251", "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґўђјљњћџѓќѕ", "оеаинтсрвлі"),
    _Alphabet("cp1253", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", "αοιετσνηυρ"),
    _Alphabet("cp1255", "אבגדהוזחטיךכלםמןנסעףפץצקרשת", "יוהלארתמבש"),
    _Alphabet("cp1256", "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإؤئآپچژگ", "اليمونرتبة"),
)

_EAST_ASIAN = ["euc_jp", "big5", "cp949"]


def _code_page(raw: bytes, sample: bytes) -> Encoding:
    best = max(_ALPHABETS, key=lambda alphabet: _fit(sample, alphabet))
    if _fit(sample, best) < 0.8:
        from charset_normalizer import from_bytes

        match = from_bytes(sample[:65536], cp_isolation=_EAST_ASIAN).best()
        if match:
            return Encoding(match.encoding.upper(), match.encoding)
        best = _ALPHABETS[0]
    if best.codec == "cp1252" and _latin1_rather(raw):
        return Encoding("ISO-8859-1", "latin-1")
    return Encoding(best.codec.replace("cp", "Windows-"), best.codec)


def _fit(sample: bytes, alphabet: _Alphabet) -> float:
    """Share of the letters beyond ASCII that belong to the alphabet, as `sample` would decode."""
    text = sample.decode(alphabet.codec, "replace")
    letters = [char for char in text if char > "\x7f" and (char.isalpha() or char == "\ufffd")]
    if not letters:
        return 1.0 if alphabet is _ALPHABETS[0] else 0.0
    known = sum(char.lower() in alphabet.letters for char in letters) / len(letters)
    if not alphabet.common:
        return known
    mixed = len(re.findall(r"[A-Za-z][^\W\d_A-Za-z]|[^\W\d_A-Za-z][A-Za-z]", text))
    common = sum(char.lower() in alphabet.common for char in letters) / len(letters)
    return (known - mixed / len(letters)) * min(1.0, common / 0.45)


def _latin1_rather(raw: bytes) -> bool:
    undefined = len(re.findall(rb"[\x81\x8d\x8f\x90\x9d]", raw))
    return undefined > len(re.findall(rb"[\x80-\x9f]", raw)) / 2
