"""The rows of a version while changes and corrections are put in.

Rows are kept column by column, so that 100,000 of them take a moment; a *place* is where a row
stands in the file. Rows that go are only marked, so that places stay what they are.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.data.alike import alike_key, is_blank
from engine.data.changes import Change, check_tags, check_truths, check_words, now_called
from engine.data.corrections import Correction, check
from engine.data.dataset import EXTRA, Dataset
from engine.data.dividing import divide
from engine.data.labels import Names
from engine.data.tags import Mark, count_entities, retag
from engine.data.truths import truth_of
from engine.data.truths.base import Usable
from engine.errors import DataError
from engine.tasks import TASKS
from engine.tasks.words import ALONE

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


class Edit:
    """Put changes in first, then corrections; then read what has become of the rows."""

    def __init__(self, parent: Dataset, table: "pa.Table", next_id: int) -> None:
        """`next_id` is a row id that no version of the data set has had."""
        self.parent, self.truth = parent, truth_of(parent.task)
        self.columns: dict[str, list[Any]] = table.to_pydict()
        self.labels = list(parent.labels)
        self.changed: set[int] = set()
        """Places of the rows whose truth is another now."""
        self.added: set[int] = set()
        self.gone: set[int] = set()
        self._schema, self._next_id = table.schema, next_id
        self._place_of = {row_id: place for place, row_id in enumerate(self.columns["row_id"])}
        self._renamed: dict[str, str] = {}
        """label → what it is called since, by a change of this draft."""
        self.tested_before = self.tested()

    def put_in(self, change: Change) -> bool:
        """Whether anything is other than before. Raises DataError for what cannot be done."""
        return {
            "relabel": self._relabel,
            "drop": self._drop,
            "rename": self._rename,
            "drop_label": self._drop_label,
            "cut_words": self._cut_words,
            "divide": self._divide,
            "tag": self._tag,
        }[change.kind](dict(change.asks))

    def correct(self, correction: Correction) -> set[int]:
        """The places of the rows whose truth is another by it. Raises DataError for what no row can
        have."""
        right = self._now(correction.right)
        check(replace(self.parent, labels=tuple(self.labels)), replace(correction, right=right))
        return {place for place in self._places(correction) if self._say(place, right)}

    def renamed(self) -> dict[str, str]:
        """Label of the parent → what it is called now, where that is something else."""
        now = {name: self._now([name])[0] for name in self.parent.labels}
        return {old: new for old, new in now.items() if new != old}

    def tested(self) -> set[int]:
        """Ids of the test rows."""
        rows = zip(self.columns["row_id"], self.columns["split"], strict=True)
        places = enumerate(rows)
        return {i for place, (i, s) in places if s == "test" and place not in self.gone}

    def kept(self) -> "pa.Table":
        """The rows as they are now."""
        import pyarrow as pa

        places = self._left()
        columns = self.columns
        if self.gone:
            columns = {name: [cells[i] for i in places] for name, cells in columns.items()}
        return pa.table({name: columns[name] for name in self._schema.names}, schema=self._schema)

    def usable(self) -> Usable:
        """All rows, also those that go, as an import has them before they are saved."""
        columns = {name: self.columns[name] for name in TASKS[self.parent.task].columns}
        return Usable(self.columns["text"], list(map(tuple, self.columns["labels"])), columns)

    def task(self, labels: Sequence[str]) -> tuple[str, str | None]:
        """Kind of task and positive label for these labels; where the positive one was given
        another name row by row, the newest label takes its place."""
        kind = TASKS[self.parent.task]
        more = kind.with_more_labels
        if kind.has_positive and more is not None and len(labels) > 2:
            return more, None
        if self.parent.positive is None:
            return kind.kind, None
        (positive,) = self._now((self.parent.positive,))
        return kind.kind, positive if positive in labels else labels[-1]

    def _left(self) -> list[int]:
        return [place for place in range(len(self.columns["text"])) if place not in self.gone]

    def _now(self, names: Sequence[str]) -> Names:
        """Labels by the names they have now."""
        return now_called(names, self._renamed)

    def _row(self, place: int) -> Row:
        return {name: cells[place] for name, cells in self.columns.items()}

    def _say(self, place: int, right: Names) -> bool:
        """Make `right` the truth of a row."""
        row = self._row(place)
        if place in self.gone or sorted(self.truth.right(row)) == sorted(right):
            return False
        for name, cell in self.truth.corrected(row, right).items():
            self.columns[name][place] = cell
        if place not in self.added:
            self.changed.add(place)
        return True

    def _write(self, rows: Usable) -> None:
        self.columns |= {"text": list(rows.texts), "labels": list(map(list, rows.labels))}
        self.columns |= {name: list(cells) for name, cells in rows.columns.items()}

    def _relabel(self, asks: Row) -> bool:
        rows = {row_id: self._now(names) for row_id, names in asks["rows"].items()}
        check_truths(self.parent.task, self.labels, rows.values())
        said = [
            self._say(self._place_of[row_id], right)
            for row_id, right in rows.items()
            if row_id in self._place_of
        ]
        if self.labels:
            every = [*self.labels, *(name for right in rows.values() for name in right)]
            self.labels = list(dict.fromkeys(every))
        return any(said)

    def _drop(self, asks: Row) -> bool:
        places = {self._place_of[i] for i in asks["rows"] if i in self._place_of}
        before = len(self.gone)
        self.gone |= places
        return len(self.gone) > before

    def _rename(self, asks: Row) -> bool:
        old = [name for name in self._now(asks["labels"]) if name in self.labels]
        to = asks["to"]
        merges = {name: to for name in old if name != to}
        if not merges:
            return False
        self._write(self.truth.merged(self.usable(), merges))
        self.labels = list(dict.fromkeys(merges.get(name, name) for name in self.labels))
        self._renamed |= merges
        self._renamed.pop(to, None)
        return True

    def _drop_label(self, asks: Row) -> bool:
        (label,) = self._now([asks["label"]])
        if label not in self.labels:
            return False
        carried = [place for place, names in enumerate(self.columns["labels"]) if label in names]
        self._write(self.truth.without(self.usable(), label))
        bare = [place for place in carried if not self.columns["labels"][place]]
        if self.truth.bare:
            bare = []
        self.gone.update(bare)
        self.changed |= set(carried) - set(bare) - self.added
        self.labels.remove(label)
        return True

    def _cut_words(self, asks: Row) -> bool:
        check_words(self.parent.task, asks["words"])
        pattern, cut = _pattern(asks["words"]), False
        for place in self._left():
            text = self.columns["text"][place]
            left = pattern.sub("", text)
            if left != text:
                cut = True
                self.columns["text"][place] = left.strip()
                if is_blank(left):
                    self.gone.add(place)
        return cut

    def _divide(self, asks: Row) -> bool:
        column = EXTRA + asks["column"]
        if column not in self.columns:
            extra = list(self.parent.extra)
            raise DataError("versions.no_column", found=asks["column"], columns=extra)
        places = self._left()
        cells, texts = ([self.columns[name][i] for i in places] for name in (column, "text"))
        labels: list[Names] = [tuple(self.columns["labels"][place]) for place in places]
        before = self.columns["split"]
        splits = divide(
            asks["by"],
            asks["column"],
            ["" if cell is None else cell for cell in cells],
            texts,
            labels,
            Counter(before[place] for place in places),
        )
        after = list(before)
        for place, split in zip(places, splits, strict=True):
            after[place] = split
        self.columns["split"] = after
        return after != before

    def _tag(self, asks: Row) -> bool:
        check_tags(self.parent, asks["places"])
        marks: dict[int, list[Mark]] = {}
        for row_id, start, end, name in asks["places"]:
            right = name if name is None else self._now([name])[0]
            if right is None or right in self.labels:
                marks.setdefault(row_id, []).append((start, end, right))
        tagged = False
        for row_id, here in marks.items():
            place = self._place_of.get(row_id)
            if place is None or place in self.gone:
                continue
            row = self._row(place)
            after = retag(row["starts"], row["ends"], row["tags"], here)
            if after != row["tags"]:
                tagged = True
                self.columns["tags"][place] = after
                self.columns["labels"][place] = sorted(count_entities(after))
                self.changed.add(place)
        return tagged

    def _places(self, correction: Correction) -> list[int]:
        """The rows a correction is of; a text that none has becomes one."""
        if correction.row_id is not None:
            return [self._place_of[i] for i in (correction.row_id,) if i in self._place_of]
        blank: Row = {f.name: "" if str(f.type) == "string" else None for f in self._schema}
        row = blank | {"labels": [], "text": correction.text.strip(), "split": "train"}
        if "question" in row:
            row["question"] = correction.question.strip()
        columns = {name: [row[name]] for name in TASKS[self.parent.task].columns}
        (asked,) = self.truth.questions(Usable([row["text"]], [()], columns))
        places = self._asking.setdefault(alike_key(asked), [])
        if not places:
            places.append(len(self.columns["text"]))
            self.added.update(places)
            row["row_id"], self._next_id = self._next_id, self._next_id + 1
            for name, cell in self.truth.corrected(row, self._now(correction.right)).items():
                self.columns[name].append(cell)
        return places

    @cached_property
    def _asking(self) -> dict[str, list[int]]:
        """What is asked, as it looks to a reader → the places of the rows that ask it."""
        asking: dict[str, list[int]] = {}
        for place, asked in enumerate(self.truth.questions(self.usable())):
            if place not in self.gone:
                asking.setdefault(alike_key(asked), []).append(place)
        return asking


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of these words, with the spaces before it: whole ones, where their letters are of a
    script that sets words apart."""
    found = []
    for word in sorted(words, key=len, reverse=True):
        start = "" if re.match(f"[{ALONE}\\W]", word) else r"(?<!\w)"
        end = "" if re.search(f"[{ALONE}\\W]$", word) else r"(?!\w)"
        found.append(start + re.escape(word) + end)
    return re.compile(rf"[^\S\n]*(?:{'|'.join(found)})", re.IGNORECASE)
