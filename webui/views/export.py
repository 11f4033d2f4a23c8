"""The export tab in HTML: what the zip holds and how it is used elsewhere."""

import re
from dataclasses import dataclass
from pathlib import Path

from webui.charts import Words
from webui.html import Html, join, number_cell, table, tag

_SNIPPET = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Contents:
    """What a model folder holds: its files with their sizes, and the snippet of its README."""

    files: tuple[tuple[str, int], ...]
    snippet: str

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.files)


def read_contents(folder: Path) -> Contents:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = tuple((path.relative_to(folder).as_posix(), path.stat().st_size) for path in paths)
    readme = folder / "README.md"
    found = _SNIPPET.search(readme.read_text("utf-8")) if readme.is_file() else None
    return Contents(files, found.group(1).strip() if found else "")


def megabytes(size: int) -> str:
    """`84 MB`, `1.2 MB`, `3 kB`."""
    if size >= 1_000_000:
        return f"{size / 1e6:,.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"
    return f"{max(size / 1e3, 0.1):,.1f} kB"


def contents(found: Contents, t: Words) -> Html:
    """The snippet that uses the model, with a copy button, and the files in the zip."""
    parts = []
    if found.snippet:
        copy = tag(
            "button", t("copy"), type="button", class_="ts-button", data_copy="export-snippet"
        )
        parts.append(tag("div", tag("h3", t("zip_use")), copy, class_="ts-head"))
        parts.append(
            tag(
                "pre",
                tag("code", found.snippet),
                id="export-snippet",
                class_="ts-code",
                tabindex="0",
            )
        )
    rows = ((tag("code", name), number_cell(megabytes(size))) for name, size in found.files)
    head = (t("file"), tag("th", t("size"), class_="ts-number"))
    parts += [
        tag("h3", t("zip_contents", size=megabytes(found.bytes))),
        table(head, rows, "ts-table ts-splits"),
    ]
    return join(parts)
