"""The data tab in HTML: shelf, reading report, preview with roles, labels, remarks."""

from collections.abc import Mapping, Sequence

from engine.data.dataset import Dataset
from engine.data.importing import Inspection
from engine.data.reading import DroppedRow, ReadingReport
from engine.data.samples import SAMPLES, Sample
from engine.tasks import TASKS
from engine.text import Message
from webui import text
from webui.charts import Words
from webui.html import Html, bar, button, escape, fold, join, note, table, tag
from webui.views import models
from webui.views.looks import LOOKS

Counts = Mapping[str, Mapping[str, int]]
PREVIEW_COLUMNS = 30
ROLES = ("text", "question", "label", "split", "ignore")
LABELS_SHOWN = 40
SHOWN_ELSEWHERE = tuple(f"data.warn_{name}" for name in "twins dropped mended left_out".split())
"""Warnings with a place of their own: the merge buttons, the rows and marks left out."""
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf_8": "UTF-8", "gb18030": "GB18030"}


def shelf(datasets: Sequence[Dataset], chosen: str | None, begin: bool, t: Words) -> Html:
    """The saved data sets, each a button; the chosen one is marked. Else how to `begin`."""
    if not datasets:
        return tag("p", t("data_empty"), class_="ts-lead") if begin else join([])
    chips = (
        button(
            join(
                [
                    tag("b", d.name),
                    tag("span", t("rows_count", rows=sum(d.rows.values())), class_="ts-soft"),
                ]
            ),
            "open",
            kind="ts-chip ts-chosen" if d.id == chosen else "ts-chip",
            id=d.id,
            aria_pressed="true" if d.id == chosen else "false",
        )
        for d in datasets
    )
    return tag("div", tag("span", t("data_sets"), class_="ts-label"), *chips, class_="ts-chips")


def samples(t: Words) -> Html:
    """A card each: what the sample is, its data card to unfold, one button."""
    cards = (_sample_card(sample, t) for sample in SAMPLES if sample.file.is_file())
    title = tag("h3", t("samples_title"))
    return tag("section", title, tag("div", *cards, class_="ts-cards"))


def _sample_card(sample: Sample, t: Words) -> Html:
    card = sample.card.read_text("utf-8") if sample.card.is_file() else ""
    unfolded = fold(t("sample_card"), tag("pre", card, class_="ts-prose")) if card else None
    return tag(
        "article",
        tag("h4", t(sample.name)),
        tag("p", t(sample.about)),
        button(t("sample_use"), "sample", id=sample.id),
        unfolded,
        class_="ts-card",
    )


def reading(inspection: Inspection, t: Words, language: str) -> Html:
    """What to do with the preview, one line a file: name, rows read and dropped, encoding,
    delimiter, header; and how many rows will be saved where that are fewer."""
    reports = inspection.reports.values()
    by_lines = all(report.by_lines for report in reports)
    files = (_report(report, t, language) for report in reports)
    told = (
        (t("rows_left_out", rows=inspection.rows_dropped), inspection.dropped),
        (t("marks_mended", marks=inspection.mended.count), inspection.mended.first),
        (t("marks_left_out", marks=inspection.left_out.count), inspection.left_out.first),
    )
    counts = (inspection.rows_dropped, inspection.mended.count, inspection.left_out.count)
    folds = (
        fold(title, _dropped(first, count, by_lines, t, language))
        for (title, first), count in zip(told, counts, strict=True)
        if count
    )
    asked = tag("p", t("data_check"), class_="ts-lead")
    saved = sum(inspection.rows.values())
    fewer = 0 < saved < sum(report.rows_kept for report in reports)
    told_saved = tag("p", t("rows_saved", rows=saved), class_="ts-facts") if fewer else None
    return join([asked, tag("div", *files, *folds, told_saved, class_="ts-reading")])


def _report(report: ReadingReport, t: Words, language: str) -> Html:
    facts = [
        tag("b", report.name),
        t("rows_read", rows=report.rows_kept),
        ENCODINGS.get(report.encoding.lower(), report.encoding) or report.format.upper(),
    ]
    if report.delimiter:
        facts.append(
            text.either(
                f"delimiter_{_DELIMITERS.get(report.delimiter, '')}", report.delimiter, language
            )
        )
    if report.has_header is not None:
        facts.append(t("header_found") if report.has_header else t("header_missing"))
    line = tag("p", join(facts, " · "), class_="ts-facts")
    notes = (tag("p", text.say(message, language), class_="ts-soft") for message in report.notes)
    dropped = None
    if report.rows_dropped:
        title = t("rows_dropped", rows=report.rows_dropped)
        rows = _dropped(report.dropped, report.rows_dropped, report.by_lines, t, language)
        dropped = fold(title, rows)
    return tag("div", line, dropped, *notes)


_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}


def _dropped(
    rows: Sequence[DroppedRow], total: int, by_lines: bool, t: Words, language: str
) -> Html:
    places = (f"{row.file} · {row.row:,}" if row.file else f"{row.row:,}" for row in rows)
    body = zip(places, (text.say(row.reason, language) for row in rows), strict=True)
    more = total - len(rows)
    rest = tag("p", t("and_more", rows=more), class_="ts-soft") if more > 0 else None
    number = t("line_number" if by_lines else "row_number")
    return join([table((number, t("reason")), body), rest])


def preview(inspection: Inspection, t: Words, language: str) -> Html:
    """The first rows; each column's role is a choice in its head. Columns of use come first where
    there are too many to show. Below them, rows as they will be saved where that looks different.
    """
    look = LOOKS[inspection.shape]
    every = list(enumerate(inspection.columns))
    if len(every) > PREVIEW_COLUMNS:
        every.sort(key=lambda item: item[1].role == "ignore")
    used = sum(column.role != "ignore" for _, column in every)
    shown = every[:PREVIEW_COLUMNS]
    head = (
        tag(
            "th",
            tag("span", column.name, class_="ts-column"),
            _role(i, column.role, column.name, look.roles, t),
            title=text.say(column.reason, language),
            class_=f"ts-role-{column.role}",
        )
        for i, column in shown
    )
    rows = inspection.table.head(look.rows)
    body = (
        [
            tag("td", tag("div", row[i], class_="ts-clip"), class_=f"ts-role-{column.role}")
            for i, column in shown
        ]
        for row in rows.itertuples(index=False, name=None)
    )
    more = len(every) - len(shown)
    key = "and_more_ignored" if used <= len(shown) else "and_more_columns"
    rest = tag("p", t(key, columns=more), class_="ts-soft") if more else None
    return join([table(head, body, "ts-table ts-preview"), rest, look.examples(inspection, t)])


def _role(index: int, role: str, column: str, words: Mapping[str, str], t: Words) -> Html:
    options = (
        tag("option", t(words.get(name, f"role_{name}")), value=name, selected=name == role)
        for name in ROLES
    )
    return tag(
        "select",
        *options,
        value=role,
        class_="ts-select",
        data_act="role",
        data_column=str(index),
        aria_label=t("role_of", column=column),
    )


def labels(inspection: Inspection, t: Words) -> Html:
    """Every label with its rows, then the look-alikes with a button that merges them.

    Nothing while the problems told below keep labels from being made out.
    """
    if not inspection.labels:
        return escape("")
    totals = {
        label: sum(of_split.get(label, 0) for of_split in inspection.counts.values())
        for label in inspection.labels
    }
    ordered = sorted(totals.items(), key=lambda item: item[1], reverse=True)
    look = LOOKS[inspection.shape]
    chips = (
        tag("span", look.name(name, inspection.labels), " ", tag("b", f"{n:,}"), class_="ts-count")
        for name, n in ordered[:LABELS_SHOWN]
    )
    more = len(ordered) - LABELS_SHOWN
    rest = tag("span", t("and_more_labels", labels=more), class_="ts-soft") if more > 0 else None
    title = tag("span", t(look.counted, labels=len(ordered)), class_="ts-label")
    return tag(
        "div",
        tag("div", title, *chips, rest, class_="ts-counts"),
        _twins(inspection, t),
        _merged(inspection, t),
    )


def _twins(inspection: Inspection, t: Words) -> Html | None:
    if not inspection.twins:
        return None
    lines = [
        tag(
            "div",
            tag(
                "span",
                t("twins_group", labels=[f"“{form}” ({n})" for form, n in twins.forms.items()]),
            ),
            button(t("twins_merge", into=twins.spelling), "merge", index=str(i)),
            class_="ts-line",
        )
        for i, twins in enumerate(inspection.twins)
    ]
    every = button(t("twins_merge_all"), "merge", index="all") if len(lines) > 1 else None
    return note("warning", tag("p", t("twins_title")), *lines, every)


def _merged(inspection: Inspection, t: Words) -> Html | None:
    if not inspection.plan.merges:
        return None
    pairs = [f"“{old}” → “{new}”" for old, new in inspection.plan.merges.items()]
    undo = button(t("merge_undo"), "unmerge")
    return tag(
        "div", tag("span", t("merged", pairs=pairs), class_="ts-soft"), undo, class_="ts-line"
    )


def remarks(
    inspection: Inspection,
    language: str,
    wrong: Sequence[Message] = (),
    known: Sequence[Message] = (),
) -> Html:
    """What must be settled first, then what should be known and stands nowhere else."""
    warnings = [m for m in inspection.warnings if m.key not in SHOWN_ELSEWHERE]
    problems = [*wrong, *inspection.problems]
    groups = (("problem", problems), ("warning", warnings), ("info", known))
    return join(note(kind, _listed(found, language)) for kind, found in groups if found)


def _listed(messages: Sequence[Message], language: str) -> Html:
    if len(messages) == 1:
        return escape(text.say(messages[0], language))
    items = (tag("li", text.say(message, language)) for message in messages)
    return tag("ul", *items, class_="ts-list")


def reason(message: Message | None, language: str) -> Html:
    return tag("p", text.say(message, language), class_="ts-why") if message else escape("")


def foreign_script(script: str) -> list[Message]:
    """What to say of texts in this script, which the model does not know; empty: it does."""
    return [Message(f"models.foreign_{script}")] if script else []


def saved(dataset: Dataset, t: Words, language: str) -> Html:
    """A saved data set in a few words: name, task, labels, version and where that came from."""
    counted = LOOKS[TASKS[dataset.task].shape].counted
    facts = [t(f"task_{dataset.task}"), t("version", number=dataset.version)]
    if dataset.labels:
        facts.insert(1, t(counted, labels=len(dataset.labels)))
    if dataset.positive:
        facts.insert(1, t("positive_is", label=dataset.positive))
    origin = None
    if dataset.parent:
        said = [text.say(reason, language) for reason in dataset.reasons]
        words = t("correct.from_version", version=dataset.parent, reasons=said)
        origin = tag("p", " · ".join(filter(None, (words, dataset.note))), class_="ts-why")
    delete = button(
        t("dataset_delete"),
        "delete",
        kind="ts-danger",
        confirm=t("dataset_delete_sure", name=dataset.name),
    )
    return tag(
        "section",
        tag("div", tag("h2", dataset.name), delete, class_="ts-head"),
        tag("p", join(facts, " · "), class_="ts-facts"),
        origin,
        data_sight=dataset.key,
    )


def rows_of(dataset: Dataset, script: str, t: Words, language: str) -> Html:
    """Its splits, what the importer noted, and that the model does not know the language of texts
    in this `script`, unless that is empty."""
    total = max(sum(dataset.rows.values()), 1)
    splits = (
        (
            t(f"report.split.{split}"),
            f"{rows:,}",
            bar(rows / total, label=t(f"report.split.{split}")),
        )
        for split, rows in dataset.rows.items()
    )
    notes = (note("info", text.say(message, language)) for message in dataset.notes)
    return tag(
        "section",
        table((t("split"), t("axis_rows"), ""), splits, "ts-table ts-splits"),
        *notes,
        models.foreign(script, dataset.task, button(t("foreign_train"), "train"), t),
    )
