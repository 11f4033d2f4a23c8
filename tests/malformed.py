"""Files as they should not be: 25 families, each of which makes another small file of every seed.

What is written knows how many rows it is of, so that a reader that loses one silently is caught.
"""

import csv
import datetime as dt
import io
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pyarrow as pa
from pyarrow import parquet

from tests.workbooks import ods, xlsx, zipped

SEEDS = 20
Row = list[str]


@dataclass(frozen=True)
class Malformed:
    """A file, and what is known of it."""

    name: str
    """As its user called it; no path."""
    content: bytes
    rows: int | None = None
    """Rows that stand in it, each of which must be kept or be told of; None: it must be refused."""
    said: str = ""
    """A regular expression for what must be among the sentences."""
    may_refuse: bool = False
    """The damage can be such that no row is left."""
    first: str = ""
    """The text of the first row, where nothing may change it."""


Family = Callable[[Random], Malformed]
FAMILIES: dict[str, Family] = {}


def family(make: Family) -> Family:
    FAMILIES[make.__name__] = make
    return make


_SUBJECTS = "parcel invoice driver refund website phone lamp bill account order shop letter".split()
_VERBS = "never came back|was charged twice|broke on the way|looks wrong to me|is still missing"
LABELS = ("billing", "delivery", "praise")


def sentence(random: Random) -> str:
    subjects = random.sample(_SUBJECTS, 2)
    verb = random.choice(_VERBS.split("|"))
    return f"the {subjects[0]} and the {subjects[1]} {verb} {random.randrange(10_000)}"


def rows_of(random: Random, least: int = 30) -> list[Row]:
    return [
        [sentence(random), LABELS[place % 3]] for place in range(random.randint(least, least + 30))
    ]


def to_csv(rows: list[Row], header: Row | None = None, **options: object) -> str:
    stream = io.StringIO()
    written = [header or ["text", "label"], *rows]
    csv.writer(stream, lineterminator="\n", **options).writerows(written)  # type: ignore[arg-type]
    return stream.getvalue()


def suffix(random: Random, *names: str) -> str:
    return f"data{random.choice(names or ('.csv', '.txt', '.tsv', '.dat', ''))}"


_SAID_IN = {
    "utf-8-sig": "where is my order – it’s late",
    "utf-16": "где мой заказ, он не пришёл",
    "utf-16-le": "where is my order, it is late",
    "utf-32": "where is my order",
    "gb18030": "我的订单在哪里，还没有收到货",
    "cp932": "わたしのちゅうもんはどこですか、まだです",
    "cp1251": "где мой заказ, он так и не пришёл вовремя",
    "cp1252": "où est ma commande, elle n’est jamais arrivée à l’heure prévue",
    "cp1253": "πού είναι η παραγγελία μου, δεν ήρθε ποτέ",
    "cp1250": "gdzie jest moje zamówienie, wciąż się spóźnia, proszę o odpowiedź",
}


@family
def encodings(random: Random) -> Malformed:
    codec, text = random.choice(list(_SAID_IN.items()))
    rows = [[f"{text} {place}", LABELS[place % 3]] for place in range(40)]
    return Malformed(suffix(random), to_csv(rows).encode(codec), 40, first=rows[0][0])


@family
def broken_characters(random: Random) -> Malformed:
    rows = rows_of(random)
    lines = to_csv([[f"{text} ça va été", label] for text, label in rows]).encode().split(b"\n")
    for _ in range(random.randint(1, 5)):
        place = random.randrange(1, len(lines) - 1)
        lines[place] = b"\xe2\x28" + lines[place]
    return Malformed(suffix(random), b"\n".join(lines), len(rows), "could not be read and now show")


@family
def zero_bytes(random: Random) -> Malformed:
    rows = rows_of(random)
    content = bytearray(to_csv(rows).encode())
    for _ in range(random.randint(1, 20)):
        content.insert(random.randrange(11, len(content)), 0)
    return Malformed(suffix(random), bytes(content), len(rows), first=rows[0][0])


@family
def delimiters(random: Random) -> Malformed:
    rows = [
        [f"{text}, so there; yes | no", label, str(random.randrange(99))]
        for text, label in rows_of(random)
    ]
    mark, quoting = random.choice(",;|\t"), random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    content = to_csv(rows, ["text", "label", "n"], delimiter=mark, quoting=quoting)
    hint = f"sep={mark}\n" if random.random() < 0.3 else ""
    return Malformed(suffix(random), (hint + content).encode(), len(rows), first=rows[0][0])


@family
def unclosed_quotes(random: Random) -> Malformed:
    rows = rows_of(random, 60)
    lines = [f"{text},{label}" for text, label in rows]
    for place in random.sample(range(len(lines)), random.randint(1, 4)):
        lines[place] = f'"{lines[place]}'
    content = "\n".join(["text,label", *lines])
    return Malformed(suffix(random), content.encode(), len(rows))


@family
def stray_quotes(random: Random) -> Malformed:
    rows = rows_of(random)
    lines = ["text\tlabel"]
    for text, label in rows:
        words = text.split()
        place = random.randrange(1, len(words))
        words[place] = random.choice(['"{}"', '{}"', '"{}', "{}'"]).format(words[place])
        lines.append(f"{' '.join(words)}\t{label}")
    first = lines[1].partition("\t")[0]
    return Malformed(suffix(random), "\n".join(lines).encode(), len(rows), first=first)


@family
def ragged(random: Random) -> Malformed:
    rows = rows_of(random, 60)
    odd = random.sample(range(len(rows)), random.randint(1, 6))
    for place in odd[1:]:
        rows[place] = rows[place][: random.randint(1, 2)] + ["more"] * random.randint(0, 3)
    rows[odd[0]] = [*rows[odd[0]], "one", "two"]
    return Malformed(suffix(random), to_csv(rows).encode(), len(rows), "4 cells where the table")


@family
def many_lines_in_a_cell(random: Random) -> Malformed:
    rows = [
        [text.replace(" ", random.choice(["\n", "\r\n", "\n\n", ' ""'])), label]
        for text, label in rows_of(random)
    ]
    content = to_csv(rows, quoting=csv.QUOTE_ALL)
    return Malformed(suffix(random), content.encode(), len(rows), first=rows[0][0])


@family
def headers(random: Random) -> Malformed:
    header = random.choice(
        [
            ["text", "label", "text"],
            ["text", "label", ""],
            [" Text ", "LABEL\n", "no. of\nthings"],
            ["text", "label", "x" * 3000],
            ["text", "😀", "=SUM(A1)"],
            ["text", "label", "<b>{file}</b> %s"],
            ["text", "label", "column 3"],
            ["文本", "标签", "\u202eevil"],
        ]
    )
    rows = [[text, label, str(random.randrange(99))] for text, label in rows_of(random)]
    return Malformed(suffix(random), to_csv(rows, header).encode(), len(rows), first=rows[0][0])


@family
def line_ends(random: Random) -> Malformed:
    rows = rows_of(random)
    ends = random.choice([["\r"], ["\r\n"], ["\n", "\r\n"], ["\n", "\n\n", "\n \n"], ["\r\r\n"]])
    lines = to_csv(rows).splitlines()
    content = "".join(line + random.choice(ends) for line in lines[:-1]) + lines[-1]
    blank = content.count("\n \n")
    return Malformed(suffix(random), content.encode(), len(rows) + blank, first=rows[0][0])


@family
def odd_labels(random: Random) -> Malformed:
    makers: list[tuple[Callable[[int], str], str]] = [
        (lambda place: "same", "holds only 1 label"),
        (lambda place: f"id-{place}", "a different value in each"),
        (lambda place: "" if place % 4 else LABELS[place % 3], "no label"),
        (lambda place: ["Spam", "spam", " SPAM", "ham"][place % 4], "ham|spam"),
        (lambda place: "x" * 5000 + str(place % 2), ""),
        (lambda place: ["1.0", "2.00", "nan"][place % 3], ""),
        (lambda place: ["[1, 2", "['a'", "[]"][place % 3], ""),
        (lambda place: ["a|b", "b", "a"][place % 3], ""),
        (lambda place: ["\u202e", "\u200b", "ok"][place % 3], ""),
        (lambda place: ["{label}", "%s", "<b>"][place % 3], ""),
    ]
    make, said = random.choice(makers)
    rows = [[text, make(place)] for place, (text, _) in enumerate(rows_of(random))]
    return Malformed(suffix(random), to_csv(rows).encode(), len(rows), said)


@family
def one_column(random: Random) -> Malformed:
    if random.random() < 0.5:
        cells, said = [sentence(random) for _ in range(50)], "texts without labels"
    else:
        cells, said = [random.choice(LABELS) for _ in range(50)], "labels without texts"
    return Malformed(suffix(random, ".csv", ".txt"), "\n".join(cells).encode(), None, said)


@family
def deep_json(random: Random) -> Malformed:
    depth = random.choice([50, 2_000, 200_000])
    opened, closed = random.choice([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
    content = opened * depth + "1" + closed * (depth if random.random() < 0.5 else 0)
    said = (
        "nested too deeply|no list of rows|not valid JSON|not of rows|not an object|single column"
    )
    return Malformed(suffix(random, ".json", ".jsonl", ".txt"), content.encode(), None, said)


@family
def cut_off_json(random: Random) -> Malformed:
    rows = [{"text": text, "label": label} for text, label in rows_of(random)]
    content = json.dumps(rows, indent=random.choice([None, 2]))
    end = random.randrange(30, len(content) - 1)
    return Malformed("data.json", content[:end].encode(), None, r"breaks at line \d+, column \d+")


@family
def broken_json_lines(random: Random) -> Malformed:
    rows = rows_of(random)
    lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    kinds = ["{text: 1}", "17", '"word"', "{}", '{"text": "a"', "not json", "[]", "[" * 5000]
    for place in random.sample(range(len(lines)), 6):
        lines[place] = random.choice(kinds)
    content = "\n".join(lines)
    return Malformed("data.jsonl", content.encode(), len(rows), "not valid JSON|not an object|deep")


@family
def odd_json(random: Random) -> Malformed:
    text = {"text": "a", "label": "b"}
    refused: list[tuple[object, str]] = [
        (None, "does not start like it|no list of rows"),
        (17, "does not start like it"),
        ("text", "does not start like it"),
        ([], "no rows"),
        ({}, "no list of rows"),
        ([1, 2, 3], "not of rows: it holds 1"),
        ([["a", "b"], ["c", "d"]], "not of rows"),
        ({"data": []}, "no rows"),
        ({"a": {"b": {"c": [text]}}}, "no list of rows"),
        ([[text]], "not of rows"),
        ({"data": [{"paragraphs": [{"context": "c", "qas": []}]}]}, "no questions"),
    ]
    document, said = random.choice(refused)
    return Malformed("data.json", json.dumps(document).encode(), None, said)


@family
def odd_cells_in_json(random: Random) -> Malformed:
    cells = ["null", "1e999", "NaN", "-Infinity", "9" * 5000, '"\\ud800"', '"\\u0000"', "[[[]]]",
             '{"a": {"b": null}}', "true", '"' + "x" * 9999 + '"']  # fmt: skip
    lines = [
        f'{{"text": {json.dumps(text)}, "label": "{label}", "more": {random.choice(cells)}, '
        f'"label": "{label}"}}'
        for text, label in rows_of(random)
    ]
    content = "\n".join(lines) if random.random() < 0.5 else f"[{','.join(lines)}]"
    name = "data.jsonl" if content[0] == "{" else "data.json"
    return Malformed(name, content.encode(), len(lines))


@family
def disguised_binaries(random: Random) -> Malformed:
    packed = zlib.compress(bytes(random.randbytes(300)))
    starts = {
        b"%PDF-1.5\n": "PDF",
        b"\x89PNG\r\n\x1a\n": "a picture",
        b"\xff\xd8\xff\xe0": "a picture",
        b"GIF89a": "a picture",
        b"PK\x03\x04\x14\0\0\0": "a zip archive that is damaged|workbook",
        b"\x1f\x8b\x08\0": "packed as gzip",
        b"7z\xbc\xaf\x27\x1c\0\x04": "packed as 7z",
        b"Rar!\x1a\x07\x01\0": "packed as rar",
        b"MZ\x90\0\x03": "a program",
        b"\x7fELF\x02\x01\x01\0": "a program",
        b"SQLite format 3\0": "a database",
        b"\x80\x04\x95\0\0": "pickle",
        b"\x93NUMPY\x01\0": "arrays of numbers",
        b"\x89HDF\r\n\x1a\n": "arrays of numbers",
        b"ID3\x04\0": "a sound",
        b"ARROW1\0\0": "an Arrow",
        b"GGUF\x03\0\0\0": "weights of a model",
        b"$FL2@(#)": "statistics program",
        b"<!DOCTYPE html><html><body>": "a web page",
        b'<?xml version="1.0"?><rows>': "a web page or an XML",
    }
    start, said = random.choice(list(starts.items()))
    return Malformed(suffix(random, ".csv", ".txt", ".json"), start + packed, None, said)


@family
def noise(random: Random) -> Malformed:
    content = random.randbytes(random.randint(300, 5000))
    return Malformed(suffix(random), b"#" + content, None, "not a text file, whatever")


@family
def hostile_names(random: Random) -> Malformed:
    names = ["../../etc/passwd", "CON.csv", "a\nb.csv", "\u202evsc.exe", "x" * 300 + ".csv",
             "<img src=x onerror=alert(1)>.csv", "=cmd|calc.csv", "{file}.csv", "%s%n.tsv", ".csv",
             "😀.csv", "..", "C:\\x.csv", "train.csv", " .txt", "a/b.json5"]  # fmt: skip
    rows = rows_of(random)
    return Malformed(random.choice(names), to_csv(rows).encode(), len(rows), first=rows[0][0])


@family
def broken_workbooks(random: Random) -> Malformed:
    content = bytearray(xlsx({"Sheet1": [["text", "label"], *rows_of(random)]}))
    if random.random() < 0.5:
        content = content[: random.randrange(40, len(content) - 22)]
    else:
        start = content.find(b"xl/worksheets/sheet1.xml") + 40
        for _ in range(30):
            content[start + random.randrange(300)] ^= random.randint(1, 255)
    name = random.choice(["data.xlsx", "DATA.XLSM"])
    return Malformed(name, bytes(content), None, "cannot be read as one|span")


@family
def odd_workbooks(random: Random) -> Malformed:
    rows: list[list[object]] = [
        [text, label, random.choice([1, 2.5, True, None, dt.date(2024, 5, 1), "#N/A"])]
        for text, label in rows_of(random)
    ]
    count = len(rows)
    above: list[list[object]] = random.choice([[], [["Complaints of 2024"], []], [[], []]])
    for place in sorted(random.sample(range(count), 3), reverse=True):
        rows.insert(place, [])
    sheet = [*above, ["text", "label", "extra"], *rows]
    if random.random() < 0.3:
        plain = [["" if cell is None else cell for cell in row] for row in sheet]
        return Malformed("data.ods", ods(plain), count)
    sheets = {"Notes": [["see next"]], "Data": sheet} if random.random() < 0.5 else {"S": sheet}
    return Malformed(suffix(random, ".xlsx", ".csv"), xlsx(sheets), count)


@family
def broken_parquet(random: Random) -> Malformed:
    rows, stream = rows_of(random), io.BytesIO()
    columns = {"text": [row[0] for row in rows], "label": [row[1] for row in rows]}
    parquet.write_table(pa.table(columns), stream)
    content = stream.getvalue()
    kind = random.randrange(3)
    if kind == 0:
        content = content[: random.randrange(8, len(content) - 1)]
    elif kind == 1:
        content = content[:-8] + struct.pack("<I", random.randrange(1 << 31)) + b"PAR1"
    else:
        place = len(content) - 8 - random.randrange(200, 600)
        content = content[:place] + random.randbytes(100) + content[place + 100 :]
    said = "starts like a Parquet file"
    return Malformed(suffix(random, ".parquet", ".csv"), content, len(rows), said, True)


@family
def odd_archives(random: Random) -> Malformed:
    rows = rows_of(random)
    texts = {f"{row[1]}/{place}.txt": row[0] for place, row in enumerate(rows)}
    wrongs: list[tuple[dict[str, str | bytes], int | None, str]] = [
        ({**texts, "../up.txt": "x"}, None, "outside itself"),
        ({**texts, "more.zip": zipped({"a": "b"})}, None, "another archive"),
        ({"__MACOSX/a": "b", ".hidden": "c"}, None, "without data"),
        ({"a/0.txt": b"\0" * (25 << 20)}, None, "times its size"),
        ({name.split("/")[1]: text for name, text in texts.items()}, None, "neither a table"),
        ({"t.csv": "%PDF-1.5"}, None, "is a PDF"),
        ({**texts, "__MACOSX/billing/._0.txt": b"\0\5"}, len(rows), "one from each file"),
        ({**texts, "billing/x.png": b"\x89PNG"}, len(rows) + 1, "not a text file"),
        ({**texts, "loose.txt": "x"}, len(rows) + 1, "in no folder"),
        ({"deep/er/t.csv": to_csv(rows)}, len(rows), ""),
        ({"a.csv": to_csv(rows), "b.csv": to_csv(rows[:9])}, len(rows), "the largest of 2"),
        ({f"train/{name}": text for name, text in texts.items()}, len(rows), ""),
    ]
    members, count, said = random.choice(wrongs)
    return Malformed(suffix(random, ".zip", ".csv"), zipped(members), count, said)


@family
def broken_tags(random: Random) -> Malformed:
    tags = ["O", "B-PER", "I-PER", "I-LOC", "E-", "b-per", "X-PER-LOC", "S-LOC", "B_PER", "-"]
    count = random.randint(30, 50)
    blocks = []
    for _ in range(count):
        lines = [f"{word}\t{random.choice(tags)}" for word in sentence(random).split()]
        if random.random() < 0.1:
            lines[1] = lines[1].split("\t")[0]
        blocks.append("\n".join(lines))
    content = random.choice(["\n\n", "\n \n", "\n\n\n"]).join(blocks)
    return Malformed("data.conll", content.encode(), count)
