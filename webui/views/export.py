"""The export tab in HTML: what the zip holds and how it is used elsewhere."""

import re
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from webui.charts import Words
from webui.html import Html, join, number_cell, table, tag

_SNIPPET = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Contents:
    """A finished zip: its size, its files with theirs, and the snippet of its README."""

    bytes: int
    files: tuple[tuple[str, int], ...]
    snippet: str


def read_contents(path: Path) -> Contents:
    with ZipFile(path) as archive:
        files = tuple((info.filename, info.file_size) for info in archive.infolist() if not info.is_dir())
        readme = next((name for name, _ in files if Path(name).name == "README.md"), None)
        text = archive.read(readme).decode("utf-8") if readme else ""
    found = _SNIPPET.search(text)
    return Contents(path.stat().st_size, files, found.group(1).strip() if found else "")


def megabytes(size: int) -> str:
    """`84 MB`, `1.2 MB`, `3 kB`."""
    if size >= 1_000_000:
        return f"{size / 1e6:,.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"
    return f"{max(size / 1e3, 0.1):,.1f} kB"


def contents(found: Contents, t: Words) -> Html:
    """The files in the zip, and the snippet that uses them, with a copy button."""
    rows = ((tag("code", name), number_cell(megabytes(size))) for name, size in found.files)
    head = (t("file"), tag("th", t("size"), class_="ts-number"))
    parts = [tag("h3", t("zip_contents", size=megabytes(found.bytes))), table(head, rows)]
    if found.snippet:
        copy = tag("button", t("copy"), type="button", class_="ts-button", data_copy="export-snippet")
        parts.append(tag("div", tag("h3", t("zip_use")), copy, class_="ts-head"))
        parts.append(tag("pre", tag("code", found.snippet), id="export-snippet", class_="ts-code", tabindex="0"))
    return join(parts)
