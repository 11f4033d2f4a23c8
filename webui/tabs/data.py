"""The data tab: from a file to a saved data set, and the saved ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data.dataset import SPLITS, Dataset, delete_dataset, list_datasets
from engine.data.importing import Inspection, Plan, SplitPlan, import_dataset
from engine.data.samples import SAMPLES
from engine.errors import DataError
from engine.tasks import TASKS
from engine.text import Message
from engine.training import scripts
from webui import lengths, plans, uploads
from webui.draft import TYPED, build_draft, split_kinds
from webui.page import (
    EVERY_CLICK,
    START,
    Handler,
    Page,
    Tab,
    Updates,
    edited,
    event_data,
    html_block,
)
from webui.state import Selection
from webui.views import data as view
from webui.views import lengths as length_view
from webui.views.looks import LOOKS

Change = Callable[[Inspection, Plan], Plan]
Problems = tuple[Message, ...]
FILES_MISSING = Message("page.files_missing")
ONE_AT_A_TIME: dict[str, Any] = {"concurrency_id": "data", "concurrency_limit": 1}


@dataclass(frozen=True)
class DataTab(Tab):
    shelf: gr.HTML
    upload: gr.UploadButton
    samples: gr.HTML
    draft: gr.Column
    reading: gr.HTML
    preview: gr.HTML
    fields: dict[str, gr.components.Component]
    task_why: gr.HTML
    labels: gr.HTML
    caps: gr.Accordion
    files: gr.Row
    validation_file: gr.UploadButton
    test_file: gr.UploadButton
    remarks: gr.HTML
    save: gr.Button
    discard: gr.Button
    saved: gr.Column
    facts: gr.HTML
    train: gr.Button
    pictures: gr.Column
    label_plot: gr.Plot
    length_plot: gr.Plot
    length_why: gr.HTML
    told: gr.State
    """What is wrong with the form, as last told."""

    def form(self) -> list[gr.components.Component]:
        """What a re-plan looks at beside the event: every field a wrong value can stand in."""
        return [self.fields["kind"], *(self.fields[name] for name in TYPED), self.told]

    def refreshed(self, selection: Selection, updates: Updates) -> Updates:
        """News from elsewhere leaves a file being set up as it is: the user may be typing."""
        if selection.upload is None:
            return updates
        return {self.shelf: updates[self.shelf]}


def build(page: Page, frame: gr.Tab) -> DataTab:
    """The layout: shelf and upload, the file being set up or the saved data set, pictures."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="ts-top"):
        parts["shelf"] = html_block(acts=True, elem_classes="ts-grow")
        parts["upload"] = gr.UploadButton(
            page.t("upload"),
            elem_id="upload-file",
            scale=0,
            min_width=180,
        )
    with gr.Column(visible=False, elem_classes="ts-card") as parts["draft"]:
        parts |= build_draft(page)
    with gr.Column(visible=False, elem_classes="ts-card") as parts["saved"]:
        parts["facts"] = html_block(acts=True)
        with gr.Row(elem_classes="ts-actions"):
            parts["train"] = gr.Button(
                page.t("dataset_train"), variant="primary", scale=0, min_width=220
            )
    with gr.Column(visible=False, elem_classes="ts-card") as parts["pictures"], gr.Row():
        parts["label_plot"] = gr.Plot(show_label=False, container=False)
        with gr.Column():
            parts["length_plot"] = gr.Plot(show_label=False, container=False)
            parts["length_why"] = html_block()
    parts["samples"] = html_block(view.samples(page.t), acts=True)
    return DataTab(page=page, frame=frame, **parts)


def wire(tab: DataTab) -> None:
    """Every change of the form is one change of the plan; the plan is read back to show it."""
    selection = tab.page.selection
    waiting = {"show_progress": "full", "show_progress_on": tab.shelf} | ONE_AT_A_TIME
    tab.on([tab.shelf.click, tab.samples.click], _pick, [selection], **waiting)
    tab.on(tab.upload.upload, _upload, [selection, tab.upload], **waiting)
    form = tab.form()
    for split, part in (("validation", tab.validation_file), ("test", tab.test_file)):
        tab.on(part.upload, _add(split), [selection, part], **waiting)
    clicks = ONE_AT_A_TIME | EVERY_CLICK
    tab.on([tab.preview.click, tab.labels.click], _change, [selection, *form], **clicks)
    tab.on(tab.facts.click, _act, [selection])
    latest = ONE_AT_A_TIME | {"trigger_mode": "always_last"}
    for name, field in tab.fields.items():
        tab.on(edited(field), _field(name), [selection, field, *form], **latest)
    tab.on(tab.save.click, _save, [selection, tab.fields["name"], *form], **waiting)
    tab.on(tab.discard.click, _discard, [selection])
    tab.on(tab.train.click, _train, [selection])


def show(tab: DataTab, selection: Selection) -> Updates:
    """The upload being set up, else the chosen data set, else how to begin."""
    workspace, t = tab.page.workspace, tab.t
    datasets = list_datasets(workspace)
    setting_up = selection.upload is not None
    chosen = None if setting_up else next((d for d in datasets if d.id == selection.dataset), None)
    updates: Updates = {
        tab.shelf: view.shelf(datasets, chosen.id if chosen else None, not setting_up, t),
        tab.samples: gr.HTML(visible=not setting_up),
        tab.upload: gr.UploadButton(variant="secondary" if setting_up or chosen else "primary"),
        tab.draft: gr.Column(visible=setting_up),
        tab.saved: gr.Column(visible=chosen is not None),
        tab.pictures: gr.Column(visible=setting_up or chosen is not None),
    }
    if setting_up:
        return updates | _show_draft(tab, selection)
    return updates | (_show_saved(tab, selection, chosen) if chosen else {})


def stamp(tab: DataTab, selection: Selection) -> Any:
    return [dataset.id for dataset in list_datasets(tab.page.workspace)]


def _show_draft(tab: DataTab, selection: Selection, wrong: Problems | None = None) -> Updates:
    """The file and what saving it would give; the typed fields too, unless told what is wrong."""
    t, language = tab.t, tab.page.language
    inspection = uploads.inspection(tab.page.workspace, str(selection.upload))
    return {
        tab.reading: view.reading(inspection, t, language),
        tab.preview: view.preview(inspection, t, language),
        tab.task_why: view.reason(inspection.task_reason, language),
        tab.labels: view.labels(inspection, t),
        **_show_problems(tab, selection, wrong or ()),
        **_show_fields(tab, inspection, wrong),
        **(_write_fields(tab, inspection) if wrong is None else {}),
        tab.label_plot: LOOKS[inspection.shape].chart(
            inspection.counts, lambda: lengths.answer_words(inspection.prepared), t
        ),
        **_show_lengths(
            tab,
            inspection.task,
            lambda: lengths.of_upload(tab.page.workspace, str(selection.upload), selection.model),
        ),
    }


def _show_problems(tab: DataTab, selection: Selection, wrong: Problems) -> Updates:
    """What keeps the form from being saved, beside it and on the button."""
    workspace, t = tab.page.workspace, tab.t
    inspection = uploads.inspection(workspace, str(selection.upload))
    missing = plans.missing(inspection)
    if missing is None and wrong:
        missing = "save_needs_files" if FILES_MISSING in wrong else "save_needs_solution"
    foreign = scripts.of_upload(inspection, selection.model)
    known = [*plans.carved(inspection), *view.foreign_script(foreign)]
    return {
        tab.remarks: view.remarks(inspection, tab.page.language, wrong, known),
        tab.save: gr.Button(t(missing or "save"), interactive=missing is None),
        tab.told: wrong,
    }


def _show_fields(tab: DataTab, inspection: Inspection, wrong: Problems | None) -> Updates:
    """The choices, and which of the fields are of use."""
    t, fields = tab.t, tab.fields
    split = inspection.plan.split or SplitPlan()
    kind = "files" if FILES_MISSING in (wrong or ()) else split.kind
    overlap = sum(inspection.overlap.values())
    look = LOOKS[inspection.shape]
    updates: Updates = {
        fields["task"]: gr.Dropdown(value=inspection.task),
        fields["positive"]: gr.Dropdown(
            list(inspection.labels), value=inspection.positive, visible=_has_positive(inspection)
        ),
        fields["kind"]: gr.Radio(split_kinds(look.shared, t), value=kind),
        tab.caps: gr.Accordion(t(look.capped)),
        fields["overlap"]: gr.Checkbox(
            split.drop_overlap,
            label=t("overlap", rows=overlap) if overlap else t("overlap_none"),
            interactive=bool(overlap) or split.drop_overlap,
        ),
        tab.files: gr.Row(visible=kind == "files"),
    }
    for name in TYPED[: len(SPLITS) + 1]:
        updates[fields[name]] = gr.update(visible=kind == "ratios")
    return updates


def _has_positive(inspection: Inspection) -> bool:
    return inspection.task is not None and TASKS[inspection.task].has_positive


def _write_fields(tab: DataTab, inspection: Inspection) -> Updates:
    """The typed fields as the plan has them."""
    split = inspection.plan.split or SplitPlan()
    updates: Updates = {tab.fields["name"]: inspection.plan.name}
    for name, value in plans.typed(split).items():
        of_use = split.kind == "ratios" or name.startswith("cap_")
        updates[tab.fields[name]] = gr.update(value=value, visible=of_use)
    return updates


def _show_saved(tab: DataTab, selection: Selection, dataset: Dataset) -> Updates:
    workspace = tab.page.workspace
    foreign = scripts.of_dataset(workspace, dataset.id, dataset.version, selection.model)
    return {
        tab.facts: view.saved(dataset, foreign, tab.t, tab.page.language),
        tab.label_plot: LOOKS[TASKS[dataset.task].shape].chart(
            dataset.counts,
            lambda: lengths.answer_words_of(workspace, dataset.id, dataset.version),
            tab.t,
        ),
        **_show_lengths(
            tab,
            dataset.task,
            lambda: lengths.of_dataset(workspace, dataset.id, dataset.version, selection.model),
        ),
    }


def _show_lengths(tab: DataTab, task: str | None, count: Callable[[], lengths.Found]) -> Updates:
    figure, why = length_view.show(count, task, tab.t, tab.page.language)
    return {tab.length_plot: figure, tab.length_why: why}


def _pick(tab: DataTab, selection: Selection, event: gr.EventData) -> Updates:
    """A data set or a sample was clicked."""
    sent = event_data(event)
    if sent.get("act") == "open":
        return {tab.page.selection: selection.but(dataset=sent.get("id"), upload=None)}
    sample = next((s for s in SAMPLES if s.id == sent.get("id")), None)
    if sample is None:
        return {}
    name = f"{tab.t(sample.name)}{sample.file.suffix}"
    return _set_up(tab, selection, uploads.store(tab.page.workspace, sample.file, name))


def _upload(tab: DataTab, selection: Selection, file: str) -> Updates:
    path = Path(file)
    return _set_up(tab, selection, uploads.store(tab.page.workspace, path, path.name))


def _set_up(tab: DataTab, selection: Selection, upload_id: str) -> Updates:
    """Look at the file at once, so that one without a table is refused here and leaves nothing."""
    workspace = tab.page.workspace
    try:
        uploads.name_apart(workspace, upload_id)
    except DataError:
        uploads.remove(workspace, upload_id)
        raise
    return {tab.page.selection: selection.but(upload=upload_id), tab.upload: None}


def _add(split: str) -> Handler:
    """A file with the rows of one split."""

    def add(tab: DataTab, selection: Selection, file: str) -> Updates:
        path, workspace = Path(file), tab.page.workspace
        uploads.add(workspace, str(selection.upload), split, path, path.name)
        return _show_draft(tab, selection)

    return add


def _change(tab: DataTab, selection: Selection, event: gr.EventData, *values: Any) -> Updates:
    """A role was chosen in the preview, or a merge among the labels."""
    sent = event_data(event)

    def changed(inspection: Inspection, plan: Plan) -> Plan:
        if sent.get("act") == "role":
            return plans.with_role(inspection, plan, int(sent["column"]), sent["value"])
        if sent.get("act") == "merge":
            return plans.with_merge(inspection, plan, sent["index"])
        return plans.without_merges(plan)

    return _replan(tab, selection, values, changed)


def _field(name: str) -> Handler:
    """One field of the form."""

    def field(tab: DataTab, selection: Selection, value: Any, *values: Any) -> Updates:
        workspace, upload_id = tab.page.workspace, selection.upload
        if not uploads.exists(workspace, upload_id):
            return {}  # the last key press before saving may come after it
        if name in TYPED:
            return _replan(tab, selection, values, lambda inspection, plan: plan)
        if name == "kind" and value == "files" and _one_file(tab, selection):
            value = "ratios"  # until there are files, the rows are shown as shared out
        return _replan(
            tab, selection, values, lambda i, plan: plans.with_field(i, plan, name, value), name
        )

    return field


def _one_file(tab: DataTab, selection: Selection) -> bool:
    upload = uploads.load(tab.page.workspace, str(selection.upload))
    return len(upload.sources.paths()) == 1


def _read(
    tab: DataTab, selection: Selection, plan: Plan, values: Sequence[Any]
) -> tuple[Plan, Problems]:
    """The plan with what the typed fields say, and what is wrong with them."""
    inspection = uploads.inspection(tab.page.workspace, str(selection.upload))
    raw = dict(zip(("kind", *TYPED), values, strict=False))
    read, wrong = plans.with_typed(inspection, plan, raw)
    if raw["kind"] == "files" and _one_file(tab, selection):
        wrong = (FILES_MISSING, *wrong)
    return read, wrong


def _replan(
    tab: DataTab, selection: Selection, values: Sequence[Any], change: Change, chosen: str = ""
) -> Updates:
    """Change the plan, look again, and show all but what the user is typing or has just chosen."""
    workspace, upload_id = tab.page.workspace, str(selection.upload)
    plan, told = uploads.load(workspace, upload_id).plan, values[-1]
    changed = change(uploads.inspection(workspace, upload_id), plan)
    if changed.split is None and plan.split is not None and changed.roles is not None:
        kind = "column" if changed.roles.split else "ratios"
        changed = replace(changed, split=replace(plan.split, kind=kind))
        values = (kind, *values[1:])
    changed, wrong = _read(tab, selection, changed, values)
    if changed != plan:
        uploads.save_plan(workspace, upload_id, changed)
    if changed == plan and wrong == told:
        return {}
    if replace(changed, name=plan.name) == plan:
        inspection = uploads.inspection(workspace, upload_id)
        shown = _show_problems(tab, selection, wrong) | _show_fields(tab, inspection, wrong)
    else:
        shown = _show_draft(tab, selection, wrong)
    return {part: value for part, value in shown.items() if part is not tab.fields.get(chosen)}


def _save(tab: DataTab, selection: Selection, name: str, *values: Any) -> Updates:
    workspace, upload_id = tab.page.workspace, str(selection.upload)
    upload = uploads.load(workspace, upload_id)
    plan, wrong = _read(tab, selection, upload.plan, values)
    if wrong:
        raise DataError(wrong[0].key, **wrong[0].params)
    plan = replace(plan, name=(name or "").strip() or upload.plan.name)
    dataset = import_dataset(workspace, upload.sources, plan)
    uploads.remove(workspace, upload_id)
    return {tab.page.selection: selection.but(upload=None, dataset=dataset.id)}


def _discard(tab: DataTab, selection: Selection) -> Updates:
    uploads.remove(tab.page.workspace, str(selection.upload))
    return {tab.page.selection: selection.but(upload=None)}


def _act(tab: DataTab, selection: Selection, event: gr.EventData) -> Updates:
    sent = event_data(event)
    if sent.get("act") in ("start", "train"):
        taken = tab.page.take(START + sent["id"]) if "id" in sent else {}
        return tab.page.go(selection, tab="train") | taken
    if sent.get("act") != "delete" or selection.dataset is None:
        return {}
    delete_dataset(tab.page.workspace, selection.dataset)
    left = list_datasets(tab.page.workspace)
    return {tab.page.selection: selection.but(dataset=left[0].id if left else None)}


def _train(tab: DataTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="train")
