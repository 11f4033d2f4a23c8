"""The slim header: name, current data set and run, language, theme; and the tabs' labels.

It also carries the selection as a query string; assets/app.js puts that into the address.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from engine.data.dataset import Dataset, list_datasets
from engine.runs.run import Run, State
from webui import checking, uploads
from webui.html import Html, join, state_word, tag
from webui.page import Page, Updates
from webui.state import TABS, Selection
from webui.text import LANGUAGES, t

_WATCH = """
const follow = () => window.tunesmith.follow(element.querySelector('[data-query]'));
follow();
watch('value', follow);
"""


def build(language: str) -> gr.HTML:
    """The header before anything is known of the visitor."""
    return gr.HTML(
        _markup(language, Selection(), None, None, ready=False),
        js_on_load=_WATCH,
        elem_id="header",
        apply_default_css=False,
    )


def show(page: Page, top: gr.HTML, frames: Sequence[gr.Tab], selection: Selection) -> Updates:
    """The header and the tabs' labels as they are now."""
    runs, datasets = page.registry.list(), list_datasets(page.workspace)
    dataset = next((d for d in datasets if d.id == selection.dataset), None)
    run = next((r for r in runs if r.id == selection.run), None)
    labels = (_label(page, name, runs, datasets, dataset) for name in TABS)
    shown: Updates = {frame: gr.Tab(label) for frame, label in zip(frames, labels, strict=True)}
    return {top: _markup(page.language, selection, dataset, run)} | shown


def stamp(page: Page) -> Any:
    """Changes when the header would."""
    runs = tuple((run.id, run.state) for run in page.registry.list())
    datasets = list_datasets(page.workspace)
    return runs, tuple((each.id, checking.stamp(page.workspace, each)) for each in datasets)


def existing(page: Page, asked: Selection) -> Selection:
    """What was asked for as far as it exists, else the newest data set and run."""
    datasets = [dataset.id for dataset in list_datasets(page.workspace)]
    runs = {run.id: run.dataset for run in page.registry.list()}
    wished = asked.dataset or runs.get(asked.run or "")
    upload = asked.upload if uploads.exists(page.workspace, asked.upload) else None
    return asked.but(
        upload=upload,
        dataset=wished if wished in datasets else next(iter(datasets), None),
        run=asked.run if asked.run in runs else next(iter(runs), None),
    )


def _label(
    page: Page,
    name: str,
    runs: Sequence[Run],
    datasets: Sequence[Dataset],
    dataset: Dataset | None,
) -> str:
    """A tab, and how it stands: of the data sets, what was found in the chosen one."""
    label = page.t(f"tab_{name}")
    if name == "data" and datasets:
        found = checking.found_in(page.workspace, dataset) if dataset else None
        if found and found.findings:
            state = page.t("problems.in_tab", count=len(datasets), problems=len(found.findings))
            return page.t("tab_with_state", label=label, state=state)
        return page.t("tab_with_count", label=label, count=len(datasets))
    if name == "runs":
        running = sum(run.state in (State.PREPARING, State.RUNNING) for run in runs)
        queued = sum(run.state is State.QUEUED for run in runs)
        if running or queued:
            state = (
                page.t("tab_running", running=running)
                if running
                else page.t("tab_queued", queued=queued)
            )
            return page.t("tab_with_state", label=label, state=state)
    return label


def _markup(
    language: str,
    selection: Selection,
    dataset: Dataset | None,
    run: Run | None,
    ready: bool = True,
) -> Html:
    mark = tag("span", class_="ts-logo", aria_hidden="true")
    brand = tag("h1", mark, "Tunesmith", class_="ts-brand")
    context = join(
        [
            _context(t("header_dataset", language), dataset.name if dataset else None, language),
            _context(t("header_run", language), run.name if run else None, language, run),
        ]
    )
    theme = tag(
        "button",
        t("theme", language),
        type="button",
        class_="ts-quiet",
        data_theme_switch=True,
        title=t("theme_help", language),
    )
    query = selection.to_query()
    return tag(
        "header",
        brand,
        tag("div", context, class_="ts-context"),
        tag("nav", *_languages(language, query), theme, aria_label=t("header_settings", language)),
        class_="ts-header",
        data_query=query,
        data_ready=ready,
        data_language=language,
    )


def _context(title: str, name: str | None, language: str, run: Run | None = None) -> Html:
    shown = (
        tag("b", name, title=name)
        if name
        else tag("span", t("header_none", language), class_="ts-soft")
    )
    state = state_word(run.state, t(run.word.key, language)) if run else None
    return tag(
        "span", tag("span", title, class_="ts-soft"), " ", shown, state, class_="ts-context-item"
    )


def _languages(language: str, query: str) -> list[Html]:
    tail = f"?{query}" if query else ""
    return [
        tag(
            "a", name, href=f"/{code}/{tail}", lang=code, class_="ts-quiet", data_language_link=code
        )
        for code, name in LANGUAGES.items()
        if code != language
    ]
