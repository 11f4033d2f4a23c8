"""The view in which every text is a point: alike texts lie together, a lasso picks rows."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np
import pandas as pd

from engine.data import chosen
from engine.data.dataset import Dataset, load_dataset, load_rows
from engine.data.seeking import Sought
from engine.errors import DataError, WorkspaceError
from engine.quality import checking, maps
from engine.quality.maps import BUNDLED, Map
from engine.runs import errands
from engine.runs.errands import Errand, Standing
from engine.runs.run import State
from engine.tasks import TASKS
from engine.workspace import Workspace
from webui.html import Html, bar, button, join, note, tag
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.state import Selection, whole
from webui.views import map as html
from webui.workbench.base import Seen, named, rows_of

KIND = "map"
WAYS = ("labels", "splits", "problems")
"""What the colours can say; as `Selection.pick` has it."""
TUNED = "_tuned"
"""Behind the way, where the model of a run is the one that sees."""
LATEST: dict[str, Any] = {"trigger_mode": "always_last"}


@dataclass(frozen=True)
class MapView(View):
    way: gr.Radio
    eye: gr.Radio
    only: gr.Dropdown
    """One label or problem that alone has a colour."""
    work: gr.HTML
    """How far the map is, where it is not drawn yet."""
    canvas: gr.HTML
    said: gr.HTML


def build(page: Page) -> MapView:
    t = page.t
    with gr.Column() as frame, gr.Column(elem_classes="ts-card"):
        with gr.Row(elem_classes="ts-top"):
            way = gr.Radio([], label=t("map.colour"), min_width=240)
            only = gr.Dropdown([], label=t("map.only"), min_width=220)
            eye = gr.Radio([], label=t("map.eye"), min_width=280)
        work = html_block(acts=True, elem_id="map-work")
        canvas = html_block(script=html.SCRIPT, elem_id="map")
        said = html_block(acts=True)
    return MapView(page, frame, way, eye, only, work, canvas, said)


def wire(view: MapView) -> None:
    selection = view.page.selection
    view.on(view.way.input, _look, [selection, view.way, view.eye])
    view.on(view.eye.input, _look, [selection, view.way, view.eye])
    view.on(view.only.input, _point_out, [selection, view.only], [view.canvas])
    view.on(view.work.click, _act, [selection], **EVERY_CLICK)
    view.on(view.canvas.click, _follow, [selection], [view.said], **LATEST)
    view.on(view.said.click, _see, [selection])


def applies(dataset: Dataset) -> bool:
    return True


def show(view: MapView, seen: Seen) -> Updates:
    """The map, or how far it is. One that was never asked for is begun."""
    t, dataset, page = view.t, seen.dataset, view.page
    ways = [way for way in WAYS if way != "labels" or _has_labels(dataset)]
    way, eye, tuned = _way(seen), _eye(seen), _tuned(page, seen.selection, dataset)
    eyes = [(t("map.eye_bundled"), BUNDLED)]
    if tuned:
        eyes.append((t("map.eye_tuned", run=tuned), tuned))
    shown: Updates = {
        view.way: gr.Radio([(t(f"map.by_{each}"), each) for each in ways], value=way),
        view.eye: gr.Radio(eyes, value=eye, visible=bool(tuned)),
        view.only: _choices(view, seen, way),
    }
    drawn = maps.load(page.workspace, dataset, eye)
    if drawn is None:
        hidden: Updates = {view.canvas: gr.HTML(visible=False), view.said: gr.HTML(visible=False)}
        return shown | hidden | {view.work: _work(view, dataset, eye)}
    field = join([_part(drawn, dataset, view), html.canvas(drawn, _painted(view, seen, drawn), t)])
    return shown | {
        view.work: "",
        view.canvas: gr.HTML(field, visible=True),
        view.said: gr.HTML(html.hint(way == "labels", t), visible=True),
    }


def stamp(view: MapView, seen: Seen) -> Any:
    eye, page, dataset = _eye(seen), view.page, seen.dataset
    standing = None
    if maps.load(page.workspace, dataset, eye) is None:
        errand = _newest(page, dataset, eye)
        standing = errands.look(page.workspace, errand) if errand else None
    return dataset.version, standing


def _has_labels(dataset: Dataset) -> bool:
    return TASKS[dataset.task].shape == "labels"


def _way(seen: Seen) -> str:
    way = seen.selection.pick.removesuffix(TUNED)
    first = "labels" if _has_labels(seen.dataset) else "splits"
    return way if way in WAYS and (way != "labels" or first == way) else first


def _eye(seen: Seen) -> str:
    if not seen.selection.pick.endswith(TUNED):
        return BUNDLED
    return _tuned(seen.page, seen.selection, seen.dataset) or BUNDLED


def _tuned(page: Page, selection: Selection, dataset: Dataset) -> str | None:
    """The run of these data whose model can show where it puts a text: the selected one, else the
    newest."""
    if not TASKS[dataset.task].has_probabilities:
        return None
    runs = [run for run in page.registry.list() if run.dataset == dataset.id]
    fit = [run.id for run in runs if run.state is State.FINISHED]
    return selection.run if selection.run in fit else next(iter(fit), None)


def _problems(view: MapView, dataset: Dataset) -> dict[str, str]:
    """Name of a finding → what it says."""
    found = checking.load(view.page.workspace, dataset)
    listed = named(found.findings) if found else {}
    return {name: view.page.say(finding.what) for name, finding in listed.items()}


def _choices(view: MapView, seen: Seen, way: str) -> gr.Dropdown:
    """What can be pointed out alone."""
    choices = [(view.t("map.every"), "")]
    if way == "labels":
        choices += [(name, name) for name in seen.dataset.labels]
    elif way == "problems":
        choices += [(words, name) for name, words in _problems(view, seen.dataset).items()]
    return gr.Dropdown(choices, value="", visible=len(choices) > 2)


def _painted(view: MapView, seen: Seen, drawn: Map, only: str = "") -> html.Painted:
    rows, t, way = _rows(view.page.workspace, seen.dataset, drawn), view.t, _way(seen)
    if way == "splits":
        return html.by_split(rows["split"].tolist(), t)
    if way == "labels":
        groups = [_of(names, only) for names in rows["labels"]]
        names = {name: name for name in seen.dataset.labels if only in ("", name)}
        return html.by_group(groups, names, html.COLOURS)
    return _by_problem(view, seen, drawn, only)


def _of(names: Any, only: str) -> str:
    """The label that gives a row its colour: the first, or the one that is pointed out."""
    return only if only and only in names else next(iter(names), "") if not only else ""


def _by_problem(view: MapView, seen: Seen, drawn: Map, only: str) -> html.Painted:
    found = checking.load(view.page.workspace, seen.dataset)
    listed = named(found.findings) if found else {}
    group: dict[int, str] = {}
    for name, finding in listed.items():
        if only in ("", name):
            group |= {row: name for row in finding.rows if row not in group}
    groups = [group.get(row, "") for row in drawn.row_ids.tolist()]
    return html.by_group(groups, _problems(view, seen.dataset), html.COLOURS)


def _part(drawn: Map, dataset: Dataset, view: MapView) -> Html | None:
    """That not all rows are on the map, where so."""
    rows = sum(dataset.rows.values())
    if len(drawn.row_ids) == rows:
        return None
    return tag("p", view.t("map.part", rows=len(drawn.row_ids), every=rows), class_="ts-why")


def _rows(workspace: Workspace, dataset: Dataset, drawn: Map) -> pd.DataFrame:
    """The rows on the map, in its order."""
    rows = _read(workspace, dataset.id, dataset.version)
    return rows[np.isin(rows["row_id"], drawn.row_ids)]


@lru_cache(maxsize=2)
def _read(workspace: Workspace, dataset_id: str, version: int) -> pd.DataFrame:
    return load_rows(workspace, load_dataset(workspace, dataset_id, version))


def _look(view: MapView, selection: Selection, way: str, eye: str) -> Updates:
    pick = way if eye == BUNDLED or not eye else way + TUNED
    return {view.page.selection: selection.but(pick=pick)}


def _seen(view: MapView, selection: Selection) -> Seen | None:
    """What is looked at now; None where the data set is gone."""
    with suppress(WorkspaceError):
        return Seen(view.page, selection, load_dataset(view.page.workspace, str(selection.dataset)))
    return None


def _point_out(view: MapView, selection: Selection, only: str) -> Updates:
    seen = _seen(view, selection)
    drawn = seen and maps.load(view.page.workspace, seen.dataset, _eye(seen))
    if not seen or not drawn:
        return {}
    painted = _painted(view, seen, drawn, only or "")
    field = [_part(drawn, seen.dataset, view), html.canvas(drawn, painted, view.t)]
    return {view.canvas: join(field)}


def _follow(view: MapView, selection: Selection, event: gr.EventData) -> Updates:
    """The pointer stands on a point, or a lasso was drawn."""
    sent, seen = event_data(event), _seen(view, selection)
    drawn = seen and maps.load(view.page.workspace, seen.dataset, _eye(seen))
    if not seen or not drawn:
        return {}
    rows = _rows(view.page.workspace, seen.dataset, drawn)
    if sent.get("act") == "hover":
        point = whole(sent.get("point"))
        if point is None or point >= len(rows):
            return {}
        row = rows.iloc[point]
        told = (int(row["row_id"]), row["split"], list(row["labels"]), row["text"])
        return {view.said: html.row(*told, view.t)}
    caught = drawn.within(_corners(sent.get("corners", "")))
    inside = rows[np.isin(drawn.row_ids, caught)]
    labels = Counter(name for names in inside["labels"] for name in names)
    kept = chosen.keep(view.page.workspace, seen.dataset, caught.tolist()) if len(caught) else ""
    return {view.said: html.caught(len(caught), kept, labels, view.t)}


def _corners(written: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """`0.1,0.2 0.3,0.4 …` as (corners, 2). Raises DataError for anything else."""
    try:
        pairs = [[float(value) for value in pair.split(",")] for pair in written.split()]
        corners = np.array(pairs, dtype=float)
    except ValueError:
        corners = np.zeros(0)
    if corners.ndim != 2 or corners.shape[1] != 2 or not np.isfinite(corners).all():
        raise DataError("map.bad_lasso")
    return corners


def _see(view: MapView, selection: Selection, event: gr.EventData) -> Updates:
    sent = event_data(event)
    if sent.get("act") != "see":
        return {}
    return rows_of(view.page, selection, Sought(chosen=sent.get("id", "")))


def _newest(page: Page, dataset: Dataset, eye: str) -> Errand | None:
    asks = {"version": dataset.version, "eye": eye}
    found = errands.list_errands(page.workspace, KIND, dataset.id)
    return next((errand for errand in found if errand.asks == asks), None)


def _begin(page: Page, dataset: Dataset, eye: str) -> Errand | None:
    """None where nothing can be written: looking must be possible all the same."""
    with suppress(OSError):
        asks = {"version": dataset.version, "eye": eye}
        return errands.begin(page.workspace, KIND, dataset.id, asks)
    return None


def _work(view: MapView, dataset: Dataset, eye: str) -> Html:
    """How far the map is, with a way to call it off; or why there is none, with a way to begin."""
    page, t = view.page, view.t
    errand = _newest(page, dataset, eye) or _begin(page, dataset, eye)
    standing = errands.look(page.workspace, errand) if errand else None
    if standing and standing.active:
        return _progress(standing, view)
    why = note("problem", page.say(standing.message)) if standing and standing.message else None
    return join([why, tag("p", t("map.missing")), tag("p", button(t("map.draw"), "draw"))])


def _progress(standing: Standing, view: MapView) -> Html:
    t = view.t
    if standing.state == "waiting" and standing.ahead:
        words = t("map.waits", ahead=standing.ahead)
    elif not standing.total:
        words = t("map.starting")
    else:
        words = t("map.working", percent=100 * standing.done // standing.total)
    share = standing.done / max(1, standing.total)
    filled = bar(share, label=words, role="progressbar")
    stop = tag("p", button(t("map.cancel"), "cancel"))
    return join([tag("p", words, role="status"), filled if standing.total else None, stop])


def _act(view: MapView, selection: Selection, event: gr.EventData) -> Updates:
    """Draw it, or call it off."""
    seen, act = _seen(view, selection), event_data(event).get("act")
    if seen is None:
        return {}
    eye = _eye(seen)
    if act == "draw":
        _begin(view.page, seen.dataset, eye)
    elif act == "cancel":
        errand = _newest(view.page, seen.dataset, eye)
        if errand:
            errands.cancel(view.page.workspace, errand)
    return {view.work: _work(view, seen.dataset, eye)}
