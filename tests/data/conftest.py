"""Files to read: written from text or bytes, under any name."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def to_csv(rows: Iterable[Sequence[object]], **options: object) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", **options).writerows(rows)  # type: ignore[arg-type]
    return stream.getvalue()


def labelled(count: int, labels: Sequence[str] = ("refund", "delivery")) -> list[tuple[str, str]]:
    return [(f"message number {i}, with a comma", labels[i % len(labels)]) for i in range(count)]


def table(count: int = 40, labels: Sequence[str] = ("refund", "delivery")) -> str:
    return to_csv([("text", "label"), *labelled(count, labels)])
