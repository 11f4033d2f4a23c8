"""The file that is being set up: what was read of it, its columns, labels and splits.

Every change of the form is one change of the plan; the plan is read back to show it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data.dataset import SPLITS
from engine.data.importing import Inspection, Plan, SplitPlan, save_found
from engine.errors import DataError
from engine.tasks import TASKS
from engine.text import Message
from engine.training import scripts
from webui import pictures, plans, uploads
from webui.draft import TYPED, build_draft, split_kinds
from webui.guard import login
from webui.page import EVERY_CLICK, Handler, Page, Part, Updates, edited, event_data
from webui.pictures import Pictures
from webui.state import Selection, whole
from webui.views import data as view
from webui.views.looks import LOOKS

Change = Callable[[Inspection, Plan], Plan]
Problems = tuple[Message, ...]
FILES_MISSING = Message("page.files_missing")
ONE_AT_A_TIME: dict[str, Any] = {"concurrency_id": "data", "concurrency_limit": 1}


@dataclass(frozen=True)
class SettingUp(Part):
    frame: gr.Column
    reading: gr.HTML
    table: gr.Dropdown
    """Which table of a file that holds several."""
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
    pictures: Pictures
    told: gr.State
    """What is wrong with the form, as last told."""

    def form(self) -> list[gr.components.Component]:
        """What a re-plan looks at beside the event: every field a wrong value can stand in."""
        return [self.fields["kind"], *(self.fields[name] for name in TYPED), self.told]


def build(page: Page) -> SettingUp:
    with gr.Column(visible=False) as frame:
        with gr.Column(elem_classes="ts-card"):
            parts = build_draft(page)
        seen = pictures.build(page)
    return SettingUp(page, frame, pictures=seen, **parts)


def wire(part: SettingUp, waiting: dict[str, Any]) -> None:
    """`waiting`: options of what takes a while."""
    selection, form = part.page.selection, part.form()
    for split, button in (("validation", part.validation_file), ("test", part.test_file)):
        part.on(button.upload, _add(split), [selection, button], **waiting)
    part.on(part.table.input, _other_table, [selection, part.table], **waiting)
    clicks = ONE_AT_A_TIME | EVERY_CLICK
    part.on([part.preview.click, part.labels.click], _change, [selection, *form], **clicks)
    latest = ONE_AT_A_TIME | {"trigger_mode": "always_last"}
    for name, field in part.fields.items():
        part.on(edited(field), _field(name), [selection, field, *form], **latest)
    part.on(part.save.click, _save, [selection, part.fields["name"], *form], **waiting)
    part.on(part.discard.click, _discard, [selection])


def show(part: SettingUp, selection: Selection, wrong: Problems | None = None) -> Updates:
    """The file and what saving it would give; the typed fields too, unless told what is wrong."""
    t, language = part.t, part.page.language
    inspection = uploads.inspection(part.page.workspace, str(selection.upload))
    report = inspection.reports["train"]
    return {
        part.reading: view.reading(inspection, t, language),
        part.table: gr.Dropdown(
            list(report.parts), value=report.part or None, visible=len(report.parts) > 1
        ),
        part.preview: view.preview(inspection, t, language),
        part.task_why: view.reason(inspection.task_reason, language),
        part.labels: view.labels(inspection, t),
        **_show_problems(part, selection, wrong or ()),
        **_show_fields(part, inspection, wrong),
        **(_write_fields(part, inspection) if wrong is None else {}),
        **pictures.of_upload(part.pictures, inspection, selection),
    }


def _show_problems(part: SettingUp, selection: Selection, wrong: Problems) -> Updates:
    """What keeps the form from being saved, beside it and on the button."""
    workspace, t = part.page.workspace, part.t
    inspection = uploads.inspection(workspace, str(selection.upload))
    missing = plans.missing(inspection)
    if missing is None and wrong:
        missing = "save_needs_files" if FILES_MISSING in wrong else "save_needs_solution"
    foreign = scripts.of_upload(inspection, selection.model)
    known = [*plans.carved(inspection), *view.foreign_script(foreign)]
    return {
        part.remarks: view.remarks(inspection, part.page.language, wrong, known),
        part.save: gr.Button(t(missing or "save"), interactive=missing is None),
        part.told: wrong,
    }


def _show_fields(part: SettingUp, inspection: Inspection, wrong: Problems | None) -> Updates:
    """The choices, and which of the fields are of use."""
    t, fields = part.t, part.fields
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
        part.caps: gr.Accordion(t(look.capped)),
        fields["overlap"]: gr.Checkbox(
            split.drop_overlap,
            label=t("overlap", rows=overlap) if overlap else t("overlap_none"),
            interactive=bool(overlap) or split.drop_overlap,
        ),
        part.files: gr.Row(visible=kind == "files"),
    }
    for name in TYPED[: len(SPLITS) + 1]:
        updates[fields[name]] = gr.update(visible=kind == "ratios")
    return updates


def _has_positive(inspection: Inspection) -> bool:
    return inspection.task is not None and TASKS[inspection.task].has_positive


def _write_fields(part: SettingUp, inspection: Inspection) -> Updates:
    """The typed fields as the plan has them."""
    split = inspection.plan.split or SplitPlan()
    updates: Updates = {part.fields["name"]: inspection.plan.name}
    for name, value in plans.typed(split).items():
        of_use = split.kind == "ratios" or name.startswith("cap_")
        updates[part.fields[name]] = gr.update(value=value, visible=of_use)
    return updates


def _add(split: str) -> Handler:
    """A file with the rows of one split."""

    def add(part: SettingUp, selection: Selection, file: str) -> Updates:
        path, workspace = Path(file), part.page.workspace
        uploads.add(workspace, str(selection.upload), split, path, path.name)
        return show(part, selection)

    return add


def _other_table(part: SettingUp, selection: Selection, name: str) -> Updates:
    """All that was decided of the table before goes with it."""
    workspace, upload_id = part.page.workspace, str(selection.upload)
    plan = uploads.load(workspace, upload_id).plan
    uploads.save_plan(workspace, upload_id, Plan(name=plan.name, part=name))
    return show(part, selection)


def _change(part: SettingUp, selection: Selection, event: gr.EventData, *values: Any) -> Updates:
    """A role was chosen in the preview, or a merge among the labels."""
    sent = event_data(event)

    def changed(inspection: Inspection, plan: Plan) -> Plan:
        act, place, role = sent.get("act"), whole(sent.get("column")), sent.get("value", "")
        if act == "role":
            if place is None or place >= len(inspection.columns) or role not in view.ROLES:
                return plan
            return plans.with_role(inspection, plan, place, role)
        if act == "merge":
            return plans.with_merge(inspection, plan, sent.get("index", ""))
        return plans.without_merges(plan)

    return _replan(part, selection, values, changed)


def _field(name: str) -> Handler:
    """One field of the form."""

    def field(part: SettingUp, selection: Selection, value: Any, *values: Any) -> Updates:
        workspace, upload_id = part.page.workspace, selection.upload
        if not uploads.exists(workspace, upload_id):
            return {}  # the last key press before saving may come after it
        if name in TYPED:
            return _replan(part, selection, values, lambda inspection, plan: plan)
        if name == "kind" and value == "files" and _one_file(part, selection):
            value = "ratios"  # until there are files, the rows are shown as shared out
        return _replan(
            part, selection, values, lambda i, plan: plans.with_field(i, plan, name, value), name
        )

    return field


def _one_file(part: SettingUp, selection: Selection) -> bool:
    upload = uploads.load(part.page.workspace, str(selection.upload))
    return len(upload.sources.paths()) == 1


def _read(
    part: SettingUp, selection: Selection, plan: Plan, values: Sequence[Any]
) -> tuple[Plan, Problems]:
    """The plan with what the typed fields say, and what is wrong with them."""
    inspection = uploads.inspection(part.page.workspace, str(selection.upload))
    raw = dict(zip(("kind", *TYPED), values, strict=False))
    read, wrong = plans.with_typed(inspection, plan, raw)
    if raw["kind"] == "files" and _one_file(part, selection):
        wrong = (FILES_MISSING, *wrong)
    return read, wrong


def _replan(
    part: SettingUp, selection: Selection, values: Sequence[Any], change: Change, chosen: str = ""
) -> Updates:
    """Change the plan, look again, and show all but what the user is typing or has just chosen."""
    workspace, upload_id = part.page.workspace, str(selection.upload)
    plan, told = uploads.load(workspace, upload_id).plan, values[-1]
    changed = change(uploads.inspection(workspace, upload_id), plan)
    if changed.split is None and plan.split is not None and changed.roles is not None:
        kind = "column" if changed.roles.split else "ratios"
        changed = replace(changed, split=replace(plan.split, kind=kind))
        values = (kind, *values[1:])
    changed, wrong = _read(part, selection, changed, values)
    if changed != plan:
        uploads.save_plan(workspace, upload_id, changed)
    if changed == plan and wrong == told:
        return {}
    if replace(changed, name=plan.name) == plan:
        inspection = uploads.inspection(workspace, upload_id)
        shown = _show_problems(part, selection, wrong) | _show_fields(part, inspection, wrong)
    else:
        shown = show(part, selection, wrong)
    return {field: value for field, value in shown.items() if field is not part.fields.get(chosen)}


def _save(
    part: SettingUp, selection: Selection, request: gr.Request, name: str, *values: Any
) -> Updates:
    workspace, upload_id = part.page.workspace, str(selection.upload)
    upload = uploads.load(workspace, upload_id)
    plan, wrong = _read(part, selection, upload.plan, values)
    if wrong:
        raise DataError(wrong[0].key, **wrong[0].params)
    plan = replace(plan, name=(name or "").strip() or upload.plan.name)
    uploads.save_plan(workspace, upload_id, plan)
    found = uploads.inspection(workspace, upload_id)
    dataset = save_found(workspace, upload.sources, found, login(request))
    uploads.remove(workspace, upload_id)
    return {part.page.selection: selection.but(upload=None, dataset=dataset.id)}


def _discard(part: SettingUp, selection: Selection) -> Updates:
    uploads.remove(part.page.workspace, str(selection.upload))
    return {part.page.selection: selection.but(upload=None)}
