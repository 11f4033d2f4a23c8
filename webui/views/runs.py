"""The runs tab in HTML: the list, the selected run's head, its log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.runs.run import Request, Run, State
from engine.times import clock
from engine.training.recipe import Recipe
from webui import text
from webui.charts import Words
from webui.html import Html, bar, button, join, note, state_word, tag
from webui.progress import Progress, duration

LOG_LINES = 200
_UNFINISHED = {
    "group_failed": State.FAILED,
    "group_stopped": State.STOPPED,
    "group_interrupted": State.INTERRUPTED,
}


@dataclass(frozen=True)
class Line:
    """One run with what the list shows of it."""

    run: Run
    progress: Progress
    score: str
    """Its headline score on test with interval and rows, or what is known so far; may be empty."""
    resumable: bool = False
    settings: str = ""
    """Of a run in a group: the settings that tell it from the others."""
    value: float | None = None
    """Its headline score on validation, by which the runs of a group are compared."""
    metric: str = ""
    """Which score that is: they can be compared only where it is the same in all."""


def run_list(
    lines: Sequence[Line], chosen: str | None, places: Mapping[str, int], t: Words
) -> Html:
    """Every run a line, the runs of a group together; `places` is the place in the queue by run
    id, from 0."""
    entries: dict[str, list[Line]] = {}
    for line in lines:
        entries.setdefault(line.run.group or f"run {line.run.id}", []).append(line)
    rows = (
        _group(found, chosen, places, t)
        if found[0].run.group
        else _line(found[0], found[0].run.id == chosen, places, t)
        for found in entries.values()
    )
    listed = tag("ul", *rows, class_="ts-runs", aria_label=t("tab_runs"))
    return join([_queue_head(len(places), t), listed])


def _queue_head(queued: int, t: Words) -> Html | None:
    if queued < 2:
        return None
    sure = t("queue_cancel_all_sure", runs=queued)
    cancel = button(t("queue_cancel_all"), "cancel_all", confirm=sure)
    return tag("div", tag("span", t("queue_length", runs=queued)), cancel, class_="ts-head")


def _group(lines: Sequence[Line], chosen: str | None, places: Mapping[str, int], t: Words) -> Html:
    """A group in the order of its queueing, its best run so far marked; it can be folded up."""
    name = str(lines[0].run.group)
    done = sum(not line.run.state.active for line in lines)
    words = [t("group_done", done=done, runs=len(lines))]
    for key, state in _UNFINISHED.items():
        found = sum(line.run.state is state for line in lines)
        words += [t(key, runs=found)] if found else []
    scored = [line for line in lines if line.value is not None]
    alike = len(scored) > 1 and len({line.metric for line in scored}) == 1
    best = max(scored, key=lambda line: line.value or 0.0) if alike else None
    rows = (
        _line(line, line.run.id == chosen, places, t, best=line is best) for line in reversed(lines)
    )
    head = tag(
        "summary", tag("b", name, class_="ts-run-name"), tag("span", join(words, " · ")),
    )  # fmt: skip
    is_open = done < len(lines) or any(line.run.id == chosen for line in lines)
    fold = tag("details", head, tag("ul", *rows), open=is_open, data_keep=name)
    cancel = None
    if done < len(lines):
        sure = t("group_cancel_sure", name=name)
        cancel = button(t("group_cancel"), "cancel_group", id=name, confirm=sure)
    return tag("li", fold, cancel, class_="ts-run-group")


def _line(
    line: Line, chosen: bool, places: Mapping[str, int], t: Words, best: bool = False
) -> Html:
    run = line.run
    title = tag(
        "span",
        tag("b", run.name, class_="ts-run-name"),
        tag("span", line.settings, class_="ts-run-settings") if line.settings else None,
    )
    score = tag(
        "span",
        tag("span", t("group_best"), class_="ts-best") if best else None,
        line.score,
        class_="ts-soft ts-score",
    )
    select = tag(
        "button",
        title,
        state_word(run.state, _state(line, places, t)),
        score,
        type="button",
        class_="ts-run-select",
        data_act="select",
        data_id=run.id,
        aria_pressed="true" if chosen else "false",
    )
    return tag(
        "li",
        select,
        _queue_buttons(run, places, t),
        class_="ts-run ts-chosen" if chosen else "ts-run",
    )


def _queue_buttons(run: Run, places: Mapping[str, int], t: Words) -> Html | None:
    if run.state is not State.QUEUED:
        return None
    place = places.get(run.id, 0)
    up = button(t("queue_up"), "up", id=run.id) if place > 0 else None
    down = button(t("queue_down"), "down", id=run.id) if place < len(places) - 1 else None
    return join([up, down, button(t("queue_cancel"), "cancel", id=run.id)])


def _state(line: Line, places: Mapping[str, int], t: Words) -> str:
    run, progress = line.run, line.progress
    word = t(run.word.key)
    if run.request:
        return word
    if run.state is State.QUEUED:
        return t("runs.queue_place", place=places.get(run.id, 0) + 1, queued=len(places))
    if run.state is State.RUNNING and progress.steps:
        left = t("left", time=duration(progress.eta)) if progress.eta is not None else ""
        return " · ".join(part for part in (f"{word} {100 * progress.share:.0f} %", left) if part)
    return word


def head(line: Line, recipe: Recipe | None, dataset: str, t: Words, language: str) -> Html:
    """Name and state, what it trains, what it says, and what can be done with it."""
    run = line.run
    title = tag(
        "div",
        tag("h2", run.name),
        state_word(run.state, t(run.word.key)),
        class_="ts-title",
    )
    facts = [
        t("fact_data", name=dataset, version=run.dataset_version),
        _model(recipe, t),
        t("fact_started", time=clock(run.started)) if run.started else None,
    ]
    reason = note(_tone(run.state), text.say(run.reason, language)) if run.reason else None
    return tag(
        "section",
        tag("div", title, tag("div", *_actions(line, t), class_="ts-buttons"), class_="ts-head"),
        tag("p", join([fact for fact in facts if fact], " · "), class_="ts-facts"),
        reason,
        *_progress(line, t, language),
    )


def _model(recipe: Recipe | None, t: Words) -> str:
    if recipe is None:
        return t("recipe_gone")
    name = t("model_bundled_short") if recipe.model == "bundled" else recipe.model
    return t("fact_model", model=name, method=t(f"settings.method.{recipe.method}"))


def _tone(state: State) -> str:
    return {State.FAILED: "problem", State.FINISHED: "info"}.get(state, "warning")


def _progress(line: Line, t: Words, language: str) -> list[Html]:
    run, progress = line.run, line.progress
    notes = [note("info", text.say(message, language)) for message in progress.notes]
    if not run.state.active:
        return notes
    phase = t(run.word.key) if run.request else t(f"phase_{progress.phase or 'queued'}")
    facts: list[str] = [tag("b", phase)]
    if progress.steps:
        facts.append(t("step_of", step=progress.step, steps=progress.steps))
    if progress.rows_per_second:
        facts.append(t("rows_per_second", rate=f"{progress.rows_per_second:,.0f}"))
    if progress.eta is not None and progress.phase == "training":
        facts.append(t("left", time=duration(progress.eta)))
    if progress.device:
        numbers = ", ".join(map(str, run.gpus))
        device = t("on_gpu", numbers=numbers) if numbers else progress.device.upper()
        facts.append(f"{device}, {progress.precision}")
    reasons = [tag("p", text.say(reason, language), class_="ts-why") for reason in progress.reasons]
    return [
        tag("p", join(facts, " · "), class_="ts-facts"),
        bar(progress.share, label=t("progress"), role="progressbar"),
        *reasons,
        *notes,
    ]


def _actions(line: Line, t: Words) -> list[Html]:
    """Only what fits the state; what cannot be undone asks first."""
    run = line.run
    copy = button(t("run_copy"), "copy", id=run.id)
    if run.state is State.QUEUED:
        return [button(t("queue_cancel"), "cancel", id=run.id), copy]
    if run.state.active:
        sure = t("run_discard_sure", name=run.name)
        discard = button(t("run_discard"), "discard", kind="ts-danger", id=run.id, confirm=sure)
        if run.request is Request.STOP_AND_KEEP:
            return [discard, copy]
        if run.request:
            return [copy]
        return [button(t("run_stop"), "keep", kind="ts-strong", id=run.id), discard, copy]
    delete = button(
        t("run_delete"),
        "delete",
        kind="ts-danger",
        id=run.id,
        confirm=t("run_delete_sure", name=run.name),
    )
    if not line.resumable:
        return [copy, delete]
    return [button(t("run_resume"), "resume", kind="ts-strong", id=run.id), copy, delete]


def log(content: str, t: Words) -> Html:
    """The last lines of the child's log."""
    lines = content.splitlines()[-LOG_LINES:]
    return tag("pre", "\n".join(lines) if lines else t("log_empty"), class_="ts-log", tabindex="0")
