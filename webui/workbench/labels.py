"""The view of a data set's labels: how many rows each has, what they look like, and what to do with
it. What is done waits in the draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from engine.data import changes, guidance
from engine.data import waiting as draft
from engine.data.changes import Change
from engine.data.dataset import SPLITS, Dataset, load_dataset
from engine.data.seeking import Sought
from engine.data.table import Table, open_table
from engine.data.truths import truth_of
from engine.errors import DataError
from engine.export.guide import write_guide
from engine.quality import portraits
from engine.quality.portraits import Portrait
from webui.html import FOCUS_SCRIPT
from webui.page import EVERY_CLICK, FETCH, Handler, Page, Updates, View, event_data, html_block
from webui.state import Selection, whole
from webui.views import bench_labels as html
from webui.views.rows import Leaf
from webui.workbench.base import Seen, rows_of

EXAMPLES = 3
FIELDS = ("find", "order")


@dataclass(frozen=True)
class Labels(View):
    guide: Mapping[str, gr.Button]
    """The ending of its file → the button that fetches the guide so."""
    file: gr.File
    seeking: gr.HTML
    labels: gr.HTML


def build(page: Page) -> Labels:
    """The guide to fetch; which labels are looked at, and each of them."""
    with gr.Column() as frame, gr.Column(elem_classes="ts-card"):
        with gr.Row(elem_classes="ts-actions"):
            names = {"md": page.t("guide.fetch_markdown"), "html": page.t("guide.fetch")}
            guide = {to: gr.Button(name, scale=0, min_width=260) for to, name in names.items()}
        file = gr.File(visible=False)
        seeking = html_block(acts=True, script=FOCUS_SCRIPT)
        script = FOCUS_SCRIPT + html.FORM_SCRIPT
        labels = html_block(acts=True, script=script, elem_id="bench-labels-list")
    return Labels(page, frame, guide, file, seeking, labels)


def wire(view: Labels) -> None:
    view.on([view.seeking.click, view.labels.click], _act, [view.page.selection], **EVERY_CLICK)
    for ending, button in view.guide.items():
        shared: dict[str, Any] = {"concurrency_id": "export", "concurrency_limit": 1}
        done = view.on(button.click, _fetch(ending), [view.page.selection], **shared)
        done.success(None, [view.file], js=FETCH, api_visibility="private")


def applies(dataset: Dataset) -> bool:
    return bool(dataset.labels)


def show(view: Labels, seen: Seen) -> Updates:
    """A page of the labels. Raises WorkspaceError where the rows are gone."""
    listed = _listed(seen)
    return {view.seeking: html.seeking(listed, view.t), view.labels: html.page(listed, view.t)}


def stamp(view: Labels, seen: Seen) -> Any:
    workspace, dataset = view.page.workspace, seen.dataset
    drawn = workspace.portraits(dataset.id, dataset.version).is_file()
    written = guidance.lines(workspace, dataset.id)
    return dataset.version, draft.stamp(workspace, dataset.id), drawn, written


def _listed(seen: Seen) -> html.Listed:
    dataset, workspace = seen.dataset, seen.page.workspace
    totals = _totals(dataset)
    sought = seen.selection.sought
    sought = sought.but(order=sought.order if sought.order in html.ORDERS else html.ORDERS[0])
    found = _found(dataset.labels, totals, sought)
    number = min(seen.selection.leaf, Leaf(1, len(found), "", html.PAGE).pages)
    leaf = Leaf(number, len(found), sought.order, html.PAGE)
    drawn = portraits.load(workspace, dataset)
    shown = _Shown(seen, totals, drawn or {})
    return html.Listed(
        task=dataset.make_task(),
        sought=sought,
        leaf=leaf,
        labels=[shown(label) for label in found[leaf.first : leaf.last]],
        largest=max(totals.values()),
        relabels=truth_of(dataset.task).correctable,
        drawn=drawn is not None,
        known=dataset.labels,
    )


def _totals(dataset: Dataset) -> dict[str, int]:
    """label → what the data set has of it."""
    counts = dataset.counts
    return {
        label: sum(counts.get(split, {}).get(label, 0) for split in SPLITS)
        for label in dataset.labels
    }


def _found(labels: Sequence[str], totals: Mapping[str, int], sought: Sought) -> list[str]:
    found = [label for label in labels if sought.find.lower() in label.lower()]
    if sought.order == "name":
        return sorted(found, key=str.lower)
    down = sought.order == "most"
    return sorted(found, key=lambda label: totals[label], reverse=down)


class _Shown:
    """All that is shown of a label."""

    def __init__(
        self, seen: Seen, totals: Mapping[str, int], drawn: Mapping[str, Portrait]
    ) -> None:
        self._dataset, workspace = seen.dataset, seen.page.workspace
        self._table: Table = open_table(workspace, seen.dataset)
        self._waiting = draft.waiting(workspace, seen.dataset)
        self._lines = guidance.lines(workspace, seen.dataset.id)
        self._drawn = drawn
        marks = not truth_of(seen.dataset.task).correctable
        self._of = max(1, sum(totals.values()) if marks else len(self._table))

    def __call__(self, label: str) -> html.Shown:
        dataset, table = self._dataset, self._table
        carries = np.flatnonzero(table.having(label))
        counts = {split: dataset.counts.get(split, {}).get(label, 0) for split in SPLITS}
        portrait = self._drawn.get(label, Portrait())
        near = {beside.row for beside in (*portrait.borderline, *portrait.counter)}
        rows = table.by_id([*portrait.prototypes, *near])
        beside = {
            name: [(rows[row], other) for row, other in found if row in rows]
            for name, found in (("borderline", portrait.borderline), ("counter", portrait.counter))
        }
        return html.Shown(
            place=dataset.labels.index(label),
            name=label,
            counts=counts,
            share=sum(counts.values()) / self._of,
            carried=len(carries),
            alone=int((table.label_counts[carries] == 1).sum()),
            fate=self._waiting.fate({"row_id": -1, "labels": [label]}),
            examples=table.rows(carries[:EXAMPLES]),
            prototypes=[rows[row] for row in portrait.prototypes if row in rows],
            line=self._lines.get(label, ""),
            **beside,
        )


def _act(view: Labels, selection: Selection, event: gr.EventData) -> Updates:
    """Other labels are looked at, or something is done with one."""
    sent, page = event_data(event), view.page
    act, number, label = sent.get("act", ""), whole(sent.get("page")), sent.get("of", "")
    value = sent.get("value", "")
    if act == "page" and number is not None:
        return {page.selection: selection.but(leaf=number)}
    if act == "seek" and sent.get("name") in FIELDS:
        sought = selection.sought.but(**{sent["name"]: value})
        return {page.selection: selection.but(sought=sought, leaf=1)}
    if act == "check":
        return {page.selection: selection.but(bench="problems", leaf=1)}
    if act in ("rows", "split"):
        return rows_of(page, selection, Sought(having=label, find=value if act == "split" else ""))
    if selection.dataset is None:
        return {}
    dataset = load_dataset(page.workspace, selection.dataset)
    if act == "line" and label in dataset.labels:
        guidance.write(page.workspace, dataset.id, label, value)
    elif act in ("rename", "merge", "drop") and label in dataset.labels:
        _put(page, dataset, act, label, value.strip())
    else:
        return {}
    return show(view, Seen(page, selection, dataset))


def _put(page: Page, dataset: Dataset, act: str, label: str, to: str) -> None:
    """A renamed label keeps what was written of it."""
    changes.put(page.workspace, dataset.id, _change(dataset, act, label, to))
    line = guidance.lines(page.workspace, dataset.id).get(label, "")
    if act == "rename" and line:
        guidance.write(page.workspace, dataset.id, to, line)


def _change(dataset: Dataset, act: str, label: str, to: str) -> Change:
    """Raises DataError where a name is missing, or there is (no) label of it."""
    if act == "drop":
        return changes.make("drop_label", {"label": label})
    if not to:
        raise DataError("labels.no_name")
    if act == "rename" and to in dataset.labels:
        raise DataError("labels.is_one", label=to)
    if act == "merge" and (to not in dataset.labels or to == label):
        raise DataError("labels.is_none", label=to)
    asks = {"labels": [label] if act == "rename" else [label, to], "to": to}
    return changes.make("rename", asks)


def _fetch(ending: str) -> Handler:
    """Writes the guide anew: lines and rows may be others since."""

    def fetch(view: Labels, selection: Selection) -> Updates:
        page = view.page
        if selection.dataset is None:
            return {}
        dataset = load_dataset(page.workspace, selection.dataset)
        folder = page.workspace.uploads / f"guide-{dataset.id}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{dataset.id}-guide-{page.language}.{ending}"
        return {view.file: str(write_guide(page.workspace, dataset, page.language, path))}

    return fetch
