"""The page as a whole: tabs of one shape, private listeners, words for every error."""

import inspect
import json
import time
from dataclasses import replace

import gradio as gr
import pytest

from engine.data.importing import Sources, import_dataset
from engine.data.importing import inspect as inspect_file
from engine.errors import DataError, RecipeError
from engine.runs.registry import Registry
from engine.runs.run import Request, Run, State
from engine.text import LANGUAGES, Message, table
from engine.training.settings import BY_NAME
from tests.pages import page_states
from webui import app, header, picker
from webui.page import Page, event_data, listen
from webui.progress import Progress, duration, events_of, progress
from webui.state import TABS, Selection
from webui.tabs import MODULES
from webui.text import t
from webui.views import data as data_view
from webui.views import results, runs

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    from engine.workspace import Workspace

    workspace = Workspace(tmp_path_factory.mktemp("page")).create()
    return {language: app.build_page(workspace, language) for language in LANGUAGES}


@pytest.fixture
def page(workspace):
    with gr.Blocks(), gr.Tabs() as tabs:
        return Page(workspace, "en", Registry(workspace), *page_states(), tabs)


def words(key, **params):
    return t(key, "en", **params)


def test_every_tab_has_the_one_shape():
    assert tuple(MODULES) == TABS
    for module in MODULES.values():
        parameters = {
            name: list(inspect.signature(getattr(module, name)).parameters)
            for name in ("build", "wire", "show", "stamp")
        }
        assert parameters == {
            "build": ["page", "frame"],
            "wire": ["tab"],
            "show": ["tab", "selection"],
            "stamp": ["tab", "selection"],
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_listener_is_offered_to_clients(pages, language):
    listeners = pages[language].get_config_file()["dependencies"]
    assert len(listeners) > 40
    assert {listener["api_visibility"] for listener in listeners} == {"private"}


def test_hidden_progress_costs_the_browser_nothing(pages):
    """Whatever shows progress is looked for in the whole page at each word of the server."""
    listeners = pages["en"].get_config_file()["dependencies"]
    for listener in listeners:
        on = listener["show_progress_on"]
        places = listener["outputs"] if on is None else on
        assert len(places) <= (listener["show_progress"] != "hidden"), listener["api_name"]


def test_both_languages_are_the_same_page_in_other_words(pages):
    english, chinese = (
        [component["type"] for component in pages[language].get_config_file()["components"]]
        for language in LANGUAGES
    )
    assert english == chinese


def test_what_a_page_is_made_of_is_plain(pages):
    """Gradio takes a property for an event where its name stands in quotes in a script, and then
    copies whatever hangs on it at each visit."""
    for component in pages["en"].get_config_file()["components"]:
        named = {k: v for k, v in component["props"].items() if k != "delete_callback"}
        assert not [name for name, value in named.items() if callable(value)], component["id"]


def test_no_field_is_without_a_label(pages):
    unlabelled = [
        component["props"].get("elem_id")
        for component in pages["en"].get_config_file()["components"]
        if component["type"] in ("textbox", "dropdown", "radio", "number", "checkbox", "slider")
        and not component["props"].get("label")
    ]
    assert unlabelled == []


def test_one_primary_button_a_tab_is_in_sight_at_first(pages):
    layout = pages["en"].get_config_file()
    props = {component["id"]: component for component in layout["components"]}

    def primaries(node, hidden):
        component = props[node["id"]]
        hidden = hidden or component["props"].get("visible") is False
        mine = component["type"] in ("button", "uploadbutton")
        own = mine and component["props"].get("variant") == "primary" and not hidden
        return int(own) + sum(primaries(child, hidden) for child in node.get("children") or [])

    tabs = [c for c in layout["components"] if c["type"] == "tabitem"]
    assert len(tabs) == len(TABS)

    def find(node, wanted):
        if node["id"] == wanted:
            return node
        found = (find(child, wanted) for child in node.get("children") or [])
        return next((node for node in found if node), None)

    for tab in tabs:
        assert primaries(find(layout["layout"], tab["id"]), False) <= 1, tab["props"]["label"]


def test_the_options_leave_nothing_loose():
    options = app.page_options()
    assert options["footer_links"] == []
    assert not any(options[name] for name in ("run_history", "show_error", "enable_monitoring"))
    assert all(path.is_file() for path in options["css_paths"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_of_the_engine_is_told_in_the_readers_language(workspace, language):
    def refuse(owner):
        raise DataError("page.cap_not_a_number", found=HOSTILE)

    with gr.Blocks() as blocks:
        page = Page(workspace, language, Registry(workspace), *page_states(), gr.Tabs())
        button = gr.Button()

        class Owner:
            pass

        owner = Owner()
        owner.page = page
        listen(button.click, owner, refuse)
    handler = next(iter(blocks.fns.values())).fn
    with pytest.raises(gr.Error) as caught:
        handler()
    assert not caught.value.print_exception
    assert "&lt;img" in caught.value.message
    assert t("page.cap_not_a_number", language, found="").split("“")[1][1:] in caught.value.message


def test_a_handler_sees_the_event_and_not_its_owner(page):
    def handle(owner, selection, event: gr.EventData):
        return {}

    with gr.Blocks() as blocks:
        button = gr.Button()

        class Owner:
            pass

        owner = Owner()
        owner.page = page
        listen(button.click, owner, handle, [gr.State()])
    signature = inspect.signature(next(iter(blocks.fns.values())).fn)
    assert list(signature.parameters) == ["selection", "event"]


@pytest.mark.parametrize("sent", [None, [], "x", {"act": ["a"], "id": 3}])
def test_what_a_click_sends_is_texts_or_nothing(sent):
    assert event_data(gr.EventData(None, sent)) == {}


def recipe(dataset):
    import numpy as np

    from engine.training.recommend import complete

    return complete({"epochs": 1}, dataset, np.array([9, 12]), None).recipe


@pytest.fixture
def dataset(workspace, tmp_path):
    path = tmp_path / "rows.csv"
    rows = [f"a text with number {i},{('yes', HOSTILE)[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    return import_dataset(workspace, Sources(path))


def test_what_is_gone_is_replaced_by_the_newest(page, dataset):
    run = page.registry.submit(recipe(dataset))
    asked = Selection(tab="runs", dataset="gone-1", run="gone-2", upload="gone-3")
    assert header.existing(page, asked) == Selection("runs", dataset.id, run.id, None)


def test_copying_a_run_turns_to_its_settings(page, dataset):
    run = page.registry.submit(recipe(dataset))
    copied = page.copy(Selection(tab="runs"), run.id)
    assert copied[page.selection] == Selection(tab="train", dataset=dataset.id)
    assert copied[page.copied][0] == run.id
    assert page.recipe(run.id).draft() == {"epochs": 1.0}


def test_a_damaged_recipe_is_told_in_words_and_hides_no_run(page, dataset):
    run = page.registry.submit(recipe(dataset))
    page.workspace.run(run.id).recipe.write_text(json.dumps({"model": "x"}), "utf-8")
    with pytest.raises(Exception, match="cannot be read"):
        page.recipe(run.id)
    line = runs.Line(run, Progress(), "")
    assert words("recipe_gone") in runs.head(line, None, "rows", words, "en")


def test_only_ended_runs_with_a_model_can_be_picked(page, dataset):
    run = page.registry.submit(recipe(dataset))
    folder = page.workspace.run(run.id)
    folder.model.mkdir(parents=True)
    (folder.model / "labels.json").write_text("{}")
    assert picker.picker(page, Selection(run=run.id), picker.has_model) == ([], None)
    page.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    found = picker.picker(page, Selection(), picker.has_model)
    assert found == ([(run.name, run.id)], run.id)


def ended(page, run):
    """With a report, and as stopped."""
    page.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    page.workspace.run(run.id).report.write_text("{}")


def test_until_the_followed_run_ends_the_nearest_stands_in_and_it_is_said(page, dataset):
    with gr.Blocks(), gr.Tabs(), gr.Tab() as frame:
        tab = MODULES["results"].build(page, frame)
    source = page.workspace.dataset(dataset.id, 1).source / "train.csv"
    other = import_dataset(page.workspace, Sources(source))
    near, far, followed = (page.registry.submit(recipe(d)) for d in (dataset, other, dataset))

    def picked(run=followed):
        shown, chosen = picker.show_picker(
            tab, Selection("results", run=run.id), picker.has_report, "results_empty"
        )
        return chosen, shown[tab.run]._constructor_args[0]["info"] if chosen else ""

    assert picked() == (None, "")
    ended(page, near)
    ended(page, far)
    chosen, info = picked()
    assert chosen == near.id, "of the same data set, although the other is newer"
    assert f"“{followed.name}” has not finished" in info
    assert f"Until then you see “{near.name}”" in info
    assert picked(far) == (far.id, ""), "one that was picked stays"
    ended(page, followed)
    assert picked() == (followed.id, "")
    page.workspace.run(followed.id).report.unlink()
    assert f"“{followed.name}” ended without anything to show here" in picked()[1]


def test_the_header_says_long_names_in_full(page, dataset):
    named = replace(dataset, name="a name " * 11)
    shown = header._markup("en", Selection(), named, replace(make_run(State.QUEUED), name="r" * 90))
    assert f'title="{"a name " * 11}"' in shown
    assert f'title="{"r" * 90}"' in shown


def make_run(state, request=None):
    reason = Message("runs.cancelled") if state is State.STOPPED else None
    return Run(
        id="a-run-1", name=HOSTILE, dataset="d-1", dataset_version=1, state=state, reason=reason,
        request=request, created=time.time(), started=time.time(), ended=None, attempt=1,
        batch_limit=None, pid=None, pid_created=None, heartbeat=None,
    )  # fmt: skip


ACTS = {
    State.QUEUED: {"cancel", "copy"},
    State.PREPARING: {"keep", "discard", "copy"},
    State.RUNNING: {"keep", "discard", "copy"},
    State.FINISHED: {"copy", "delete"},
    State.FAILED: {"resume", "copy", "delete"},
    State.STOPPED: {"resume", "copy", "delete"},
    State.INTERRUPTED: {"resume", "copy", "delete"},
}


@pytest.mark.parametrize("state", State)
def test_a_run_offers_what_fits_its_state(state):
    line = runs.Line(
        make_run(state), Progress(phase="training"), "", resumable="resume" in ACTS[state]
    )
    shown = runs.head(line, None, HOSTILE, words, "en")
    offered = {part.split('"')[0] for part in shown.split('data-act="')[1:]}
    assert offered == ACTS[state]
    assert "<img" not in shown
    assert f"ts-state-{state}" in shown


def test_what_throws_work_away_asks_first():
    for state, act in ((State.RUNNING, "discard"), (State.FINISHED, "delete")):
        shown = runs.head(runs.Line(make_run(state), Progress(), ""), None, "d", words, "en")
        button = next(part for part in shown.split("<button") if f'data-act="{act}"' in part)
        assert "data-confirm=" in button


def test_a_stopping_run_offers_no_second_stop():
    run = make_run(State.RUNNING, Request.STOP_AND_KEEP)
    shown = runs.head(runs.Line(run, Progress(), ""), None, "d", words, "en")
    assert 'data-act="keep"' not in shown
    assert 'data-act="discard"' in shown, "who kept may still discard"
    assert shown.count(words("runs.state.stopping")) == 2


def test_only_what_can_go_on_offers_it(page, dataset):
    tab = MODULES["runs"].build(page, None)
    run = page.registry.submit(recipe(dataset))
    run = page.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    resumable = MODULES["runs"]._resumable
    assert resumable(tab, run)
    assert not resumable(tab, replace(run, reason=Message("runs.discarded")))
    assert not resumable(tab, replace(run, dataset="long-gone-1"))


def test_the_queue_says_its_places():
    lines = [runs.Line(make_run(State.QUEUED), Progress(), "")]
    first = runs.run_list(lines, None, {"a-run-1": 0}, words)
    assert 'data-act="up"' not in first
    assert 'data-act="down"' not in first
    shown = runs.run_list(lines, None, {"b": 0, "a-run-1": 1, "c": 2}, words)
    assert 'data-act="up"' in shown
    assert 'data-act="down"' in shown
    assert "queued, 2nd of 3" in shown
    assert "3 runs are waiting" in shown
    assert 'data-act="cancel_all" data-confirm=' in shown


def test_progress_is_the_newest_word_of_the_events(tmp_path):
    path = tmp_path / "events.jsonl"
    assert progress(events_of(path)) == Progress()
    events = [
        {"type": "phase", "phase": "training"},
        {"type": "plan", "steps": 50, "device": "cpu", "precision": "bf16", "notes": []},
        {"type": "evaluation", "step": 10, "metrics": {"macro_f1": 0.5}, "best": True},
        {"type": "step", "step": 20, "eta": 61.0, "rows_per_second": 99.0, "epoch": 0.4},
    ]
    path.write_text("\n".join(map(json.dumps, events)) + "\n")
    found = progress(events_of(path))
    assert (found.share, found.best, found.phase) == (0.4, {"macro_f1": 0.5}, "training")
    assert duration(found.eta) == "1:01"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00"), (59.6, "1:00"), (725, "12:05"), (3800, "1:03:20"), (-1, "0:00")],
)
def test_durations_are_read_at_a_glance(seconds, said):
    assert duration(seconds) == said


def test_a_preview_shows_hostile_cells_letter_by_letter(tmp_path):
    path = tmp_path / "rows.csv"
    rows = [f'"{HOSTILE} {i}","{HOSTILE if i % 2 else "fine"}"' for i in range(40)]
    path.write_text("\n".join([f'"{HOSTILE}",label', *rows]), "utf-8")
    found = inspect_file(Sources(path, names={"train": HOSTILE}))
    shown = "".join(
        (
            data_view.reading(found, words, "en"),
            data_view.preview(found, words, "en"),
            data_view.labels(found, words),
            data_view.remarks(found, "en"),
        )
    )
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_each_column_can_be_given_each_role(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "\n".join(f"text {i},{i % 3}" for i in range(40)), "utf-8")
    shown = data_view.preview(inspect_file(Sources(path)), words, "en")
    assert shown.count("<select") == 2
    for role in data_view.ROLES:
        assert shown.count(f'value="{role}"') >= 2


def test_of_many_columns_those_of_use_are_shown_first(tmp_path):
    path = tmp_path / "rows.csv"
    names = [*(f"c{i}" for i in range(60)), "text", "label"]
    rows = [[*map(str, range(60)), f"a text of number {i}", "ab"[i % 2]] for i in range(20)]
    path.write_text("\n".join(",".join(row) for row in [names, *rows]), "utf-8")
    from engine.data.importing import Plan, Roles

    found = inspect_file(Sources(path), Plan(Roles(("text",), ("label",), None)))
    shown = data_view.preview(found, words, "en")
    assert shown.count("<select") == 30
    assert shown.index('data-column="60"') < shown.index('data-column="0"')
    assert "and 32 more, all ignored" in shown


def test_the_start_button_names_what_is_wrong():
    from webui.views.train import Review, start

    assert start(Review(None, {}), words) == "Start training"
    refused = Message("models.x")
    assert start(Review(None, {}, refusal=refused, problems=(refused,)), words) == (
        "Choose another model"
    )
    wrong = BY_NAME["epochs"].wrong("x", "number").args[0]
    assert start(Review(None, {}, problems=(wrong,)), words) == "Settle the problem above"


def figures(**more):
    scores = {"macro_f1": 0.84, "accuracy": 0.9, "f1": 0.7}
    return {
        "rows": 121,
        **scores,
        "intervals": {name: [0.79, 0.88] for name in scores},
        "per_class": {
            HOSTILE: {
                "precision": 1.0, "recall": 0.5, "f1": 0.66, "support": 3, "predicted": 2,
                "intervals": {name: [0.5, 0.8] for name in ("precision", "recall", "f1")},
            }
        },
        "confusion": [[1]],
        **more,
    }  # fmt: skip


def make_report(task="multiclass", **splits):
    from engine.evaluation.report import Report

    return Report("r-1", "d-1", 1, task, (HOSTILE,), HOSTILE if task == "binary" else None, splits)


def test_the_headline_gives_score_interval_rows_and_the_untrained_model():
    report = make_report(test={"best": figures(), "before": figures(macro_f1=0.12)})
    shown = results.headline(report, "test", words)
    assert "Macro-F1 0.84 (0.79–0.88) on 121 test rows." in shown
    assert "Before training: 0.12." in shown


def test_a_binary_run_is_judged_by_its_positive_label():
    shown = results.headline(make_report("binary", test={"best": figures()}), "test", words)
    assert "F1 of “&lt;img" in shown
    assert "0.70" in shown


def test_results_escape_labels_and_name_what_is_missing():
    report = make_report(test={"best": figures()})
    shown = results.scores(report, "test", words) + results.per_class(report, figures(), words)
    assert "<img" not in shown
    assert "no figures" in results.headline(report, "validation", words)
    assert results.per_class(report, None, words) == ""


def test_a_label_without_rows_has_no_score_instead_of_none():
    (numbers,) = figures()["per_class"].values()
    absent = figures(per_class={"a": numbers | {"support": 0, "precision": 0.0, "f1": 0.0}})
    shown = results.per_class(make_report(test={"best": absent}), absent, words)
    assert shown.count('<td class="ts-number">–</td>') == 3
    assert "0.00" not in shown


def test_no_text_of_the_page_is_without_use():
    from pathlib import Path

    source = "\n".join(p.read_text("utf-8") for p in Path(app.__file__).parent.rglob("*.py"))
    made = ("tab_", "role_", "task_", "split_", "share_", "cap_", "card_", "delimiter_", "phase_")
    made += ("language_", "as_", "rehearsal_", "upload_", "save_", "files_no_", "for_")
    made += ("model_method_", "error_", "legend_", "mark_", "verdict_")
    made += ("missing_", "view_", "bench_")
    names = {key.removeprefix("page.") for key in table() if key.startswith("page.")}
    unused = {n for n in names if f'"{n}"' not in source and f"page.{n}" not in source}
    assert {name for name in unused if not name.startswith(made)} == set()


def test_recipe_errors_carry_all_problems_into_one_message():
    error = RecipeError([Message("recipe.not_a_mapping"), Message("recipe.no_head_to_train")])
    assert len(str(error)) > 60
