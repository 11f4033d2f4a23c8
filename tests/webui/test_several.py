"""Fields with several values: what is read out of them, and what the page says and starts."""

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from engine.data.importing import Sources, import_dataset
from engine.models import hardware
from engine.models.hardware import Hardware
from engine.runs.registry import Registry
from engine.runs.run import Request, State
from tests.pages import page_states
from webui import form, groups, several
from webui.page import Page
from webui.state import Selection
from webui.tabs import MODULES
from webui.text import t
from webui.views import runs as runs_view

FRESH = form.write({})
MACHINE = Hardware("cpu", "CPU", 4, 16 << 30, None, 0.0, 100.0, "2")


def values_of(name: str, raw: Any) -> list[Any]:
    found, problems = several.forms(FRESH | {name: raw})
    assert problems == ()
    return [each[name] for each in found]


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        ("1e-4, 2e-4", ["1e-4", "2e-4"]),
        ("1e-4,2e-4", ["1e-4", "2e-4"]),
        ("1e-4; 2e-4 ;", ["1e-4", "2e-4"]),
        ("1e-4；2e-4", ["1e-4", "2e-4"]),
        ("0.1，0.2", ["0.1", "0.2"]),
        ("1, 2", ["1", "2"]),
        ("1,2,3", ["1", "2", "3"]),
        ("0.1; 0,2", ["0.1", "0,2"]),
        ("2e-4", ["2e-4"]),
        ("1e-4, 1e-4", ["1e-4"]),
        ("", [""]),
        (" ; ", [" ; "]),
    ],
)
def test_numbers_are_separated_by_semicolons_or_commas(raw: str, values: list[str]) -> None:
    assert values_of("learning_rate", raw) == values


@pytest.mark.parametrize(
    ("name", "raw", "one"),
    [
        ("warmup", "0,1", "0.1"),
        ("learning_rate", "1,5e-4", "1.5e-4"),
        ("max_length", "1,024", "1024"),
        ("batch_size", "1，024", "1024"),
    ],
)
def test_a_comma_that_may_belong_to_the_number_is_asked_about(
    name: str, raw: str, one: str
) -> None:
    found, (problem,) = several.forms(FRESH | {name: raw})
    assert len(found) == 1
    assert f"“{raw}” may be one number or several. Write {one} for one" in problem.text()
    assert one in problem.text("zh")


def test_whole_numbers_with_a_single_comma_are_two() -> None:
    assert values_of("seed", "0,1") == ["0", "1"]
    assert values_of("seed", "13,42") == ["13", "42"]


def test_lists_of_names_are_separated_by_semicolons_only() -> None:
    assert values_of("lora_modules", "query, value") == ["query, value"]
    assert values_of("lora_modules", "query; query, value") == ["query", "query, value"]


def test_texts_and_weights_have_one_value() -> None:
    assert values_of("model", "C:/a, b; c") == ["C:/a, b; c"]
    assert values_of("own_weights", "a: 1, b; c: 2") == ["a: 1, b; c: 2"]


def test_ticked_values_stand_in_for_the_single_choice() -> None:
    found, _ = several.forms(FRESH | {"method": "head", "several_method": ["lora", "full"]})
    assert [each["method"] for each in found] == ["lora", "full"]
    assert all(each.keys().isdisjoint(several.TICKED) for each in found)
    assert values_of("method", "head") == ["head"]


def test_too_many_runs_are_told_and_not_made() -> None:
    found, (problem,) = several.forms(FRESH | {"seed": ";".join(map(str, range(101)))})
    assert len(found) == 1
    assert "make 101 runs; at most 100" in problem.text()


def test_what_a_browser_has_stored_is_taken_as_far_as_it_fits() -> None:
    stored = {
        "epochs": "3", "seed": 5, "gone": "x", "several_method": ["lora", "gone", 3],
        "several_dora": ["on"], "several_loss": ["gone"], "several_model": ["org/name"],
    }  # fmt: skip
    assert several.kept(stored) == {
        "epochs": "3",
        "several_method": ["lora"],
        "several_dora": ["on"],
        "several_model": ["org/name"],
    }


@pytest.fixture
def page(workspace: Any) -> Page:
    hardware.save(workspace, MACHINE)
    with gr.Blocks(), gr.Tabs() as tabs:
        return Page(workspace, "en", Registry(workspace), *page_states(), tabs)


@pytest.fixture
def selection(workspace: Any, tmp_path: Any) -> Selection:
    path = tmp_path / "rows.csv"
    rows = [f"a text with number {i},{'ab'[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    return Selection("train", import_dataset(workspace, Sources(path)).id)


def build(page: Page, name: str) -> Any:
    with gr.Blocks(), gr.Tabs(), gr.Tab() as frame:
        return MODULES[name].build(page, frame)


def filled(tab: Any, **raw: Any) -> list[Any]:
    values = FRESH | raw
    return [values[name] for name in tab.fields]


def test_the_form_says_how_many_runs_it_makes_and_queues_them(
    page: Page, selection: Selection
) -> None:
    train, tab = MODULES["train"], build(page, "train")
    values = filled(tab, learning_rate="1e-4, 2e-4", seed="0,1,2", epochs="1")
    shown = train._review(tab, selection, *values)
    assert "6 runs: learning rate 2 × seed 3, about 0:" in shown[tab.card]
    assert shown[tab.start].value == "Start 6 runs"
    assert shown[tab.several].label == "Compare several values (6 runs)"
    assert "learning_rate=[0.0001, 0.0002]" in shown[tab.editor["about"]]
    assert "- 0.0001\n- 0.0002" in shown[tab.editor["text"]]
    train._start(tab, selection, *values)
    train._start(tab, selection, *values)  # a double click
    queued = page.registry.queued()
    assert len(queued) == 6
    assert len({run.group for run in queued}) == 1
    assert [page.recipe(run.id).seed for run in queued] == [0, 1, 2] * 2


def test_one_value_starts_one_run_as_ever(page: Page, selection: Selection) -> None:
    train, tab = MODULES["train"], build(page, "train")
    values = filled(tab, seed="1", several_method=["full"])
    shown = train._review(tab, selection, *values)
    assert shown[tab.start].value == "Start training"
    for _ in range(2):
        train._start(tab, selection, *values)
    (run,) = page.registry.list()
    assert (run.group, page.recipe(run.id).chosen) == (None, ("method", "seed"))


def test_problems_of_every_run_are_told_once(page: Page, selection: Selection) -> None:
    train, tab = MODULES["train"], build(page, "train")
    values = filled(tab, seed="0;1", batch_size="8; 0; many", max_length="9999")
    shown = train._review(tab, selection, *values)
    assert shown[tab.start].value == "Settle the problem above"
    for sentence in ("found 0", "found “many”", "9999 tokens is more than"):
        assert shown[tab.faults].count(sentence) == 1
    with pytest.raises(Exception, match="found “many”"):
        train._start(tab, selection, *values)
    assert page.registry.list() == []


def test_fields_of_use_in_any_of_the_runs_are_shown(page: Page, selection: Selection) -> None:
    train, tab = MODULES["train"], build(page, "train")
    shown = train._review(tab, selection, *filled(tab, several_method=["full", "lora"]))
    assert shown[tab.fields["lora_rank"]]["visible"]
    alone = train._review(tab, selection, *filled(tab, several_method=["full"]))
    assert not alone[tab.fields["lora_rank"]]["visible"]
    assert not alone[tab.fields["several_dora"]]["visible"]


def queue_group(page: Page, selection: Selection) -> list[Any]:
    train, tab = MODULES["train"], build(page, "train")
    values = filled(tab, several_method=["lora", "full"], seed="0;1")
    train._start(tab, selection, *values)
    return page.registry.queued()


def test_a_group_is_shown_together_with_its_differences(page: Page, selection: Selection) -> None:
    runs = queue_group(page, selection)
    assert groups.settings_by_run(page, runs) == {
        run.id: f"method {method} · seed {seed}"
        for run, (method, seed) in zip(
            runs, [("LoRA", 0), ("LoRA", 1), ("full", 0), ("full", 1)], strict=True
        )
    }
    tab = build(page, "runs")
    page.registry.request_stop(runs[0].id, Request.STOP_AND_KEEP)
    listed = MODULES["runs"].show(tab, selection)[tab.list]
    assert listed.count("<details") == 1
    assert "1 of 4 done · 1 stopped" in listed
    places = [listed.index(f">{run.name}<") for run in runs]
    assert places == sorted(places)
    assert "queued, 3rd of 3" in listed


def test_a_damaged_recipe_hides_no_run_of_a_group(page: Page, selection: Selection) -> None:
    runs = queue_group(page, selection)
    page.workspace.run(runs[0].id).recipe.write_text("{", "utf-8")
    assert runs[0].id not in groups.settings_by_run(page, runs)
    tab = build(page, "runs")
    assert runs[0].name in MODULES["runs"].show(tab, selection)[tab.list]


class Click:
    """What a button of the list sends."""

    def __init__(self, act: str, run: str = "") -> None:
        self._data = {"act": act, "id": run}


def test_the_list_moves_and_cancels(page: Page, selection: Selection) -> None:
    runs, tab, act = queue_group(page, selection), build(page, "runs"), MODULES["runs"]._act
    one, two, three, four = (run.id for run in runs)

    def order() -> list[str]:
        return [run.id for run in page.registry.queued()]

    act(tab, selection, Click("down", one))
    assert order() == [two, one, three, four]
    act(tab, selection, Click("up", four))
    assert order() == [two, one, four, three]
    act(tab, selection, Click("up", two))
    assert order() == [two, one, four, three]
    page.registry.submit(page.recipe(one), "other")
    act(tab, selection, Click("cancel_group", str(runs[0].group)))
    assert [run.name for run in page.registry.queued()] == ["other"]
    act(tab, selection, Click("cancel_all"))
    assert order() == []


def test_a_group_says_of_each_run_how_it_ended(page: Page, selection: Selection) -> None:
    from webui.progress import Progress

    first, *others = queue_group(page, selection)
    runs = [replace(run, state=State.STOPPED) for run in others]
    runs.append(replace(first, state=State.INTERRUPTED))
    shown = runs_view.run_list([runs_view.Line(r, Progress(), "") for r in runs], None, {}, page.t)
    assert page.t("group_interrupted", runs=1) in shown
    assert page.t("group_stopped", runs=len(others)) in shown
    assert page.t("group_failed", runs=1) not in shown


def test_the_best_of_a_group_is_marked_by_its_validation_score(
    page: Page, selection: Selection
) -> None:
    from webui.progress import Progress

    def words(key: str, **params: Any) -> str:
        return t(key, "en", **params)

    runs = [replace(run, state=State.FINISHED) for run in queue_group(page, selection)]
    lines = [
        runs_view.Line(run, Progress(), f"score {i}", value=value)
        for i, (run, value) in enumerate(zip(runs, (0.7, 0.9, None, 0.8), strict=True))
    ]
    shown = runs_view.run_list(lines, None, {}, words)
    assert shown.count(words("group_best")) == 1
    assert shown.index(words("group_best")) < shown.index("score 1")
    assert shown.index(words("group_best")) > shown.index("score 2")
    assert "Cancel the group" not in shown
    alone = runs_view.run_list(lines[:1], None, {}, words)
    assert words("group_best") not in alone
    apart = [replace(line, metric=metric) for line, metric in zip(lines, "abab", strict=True)]
    assert words("group_best") not in runs_view.run_list(apart, None, {}, words)
