"""The view of single rows: order, pages, and what can be done with a row."""

import json
import re
import time

import numpy as np
import pytest

from engine.data.corrections import drafted
from engine.data.dataset import delete_dataset
from engine.evaluation.filters import Filter
from engine.tasks.labelled import LabelPredictions
from tests.hand_made import split_rows
from tests.pages import built, built_view, clicked, set_to
from tests.shaped import HOSTILE, answer_run, entity_run, finish_run, write_dataset
from webui.results import rows
from webui.state import Selection
from webui.tabs import results
from webui.text import t
from webui.trying import ask
from webui.views import rows as html

LABELS = ("a", "b", "c")


def words(key, **params):
    return t(key, "en", **params)


def label_run(workspace, count=50, text="text {}"):
    """Every third row is wrong, the model surest of the last."""
    truth = np.arange(count) % 3
    decided = np.where(truth == 2, 0, truth)
    own = np.eye(3, dtype=bool)
    sure = np.linspace(0.5, 0.9, count)[:, None]
    probabilities = np.where(own[decided], sure, (1 - sure) / 2).astype(np.float32)
    rows_ = [
        {"split": "test", "text": text.format(place), "labels": [LABELS[label]]}
        for place, label in enumerate(truth)
    ]
    predictions = LabelPredictions(own[truth], own[decided], probabilities)
    return finish_run(workspace, write_dataset(workspace, "multiclass", LABELS, rows_), predictions)


def items(shown):
    return shown.split('class="ts-line-item"')[1:]


def numbers(shown):
    """The rows in sight, as the data set counts them."""
    return [int(re.search(r"row ([\d,]+)", item)[1].replace(",", "")) for item in items(shown)]


def show(page, run, number=1, **chosen):
    tab = built(results, page)
    selection = Selection(tab="results", run=run.id, view="rows", leaf=number, **chosen)
    return tab.views["rows"], results.show(tab, selection), tab


class TestPages:
    def test_the_worst_errors_come_first(self, page, workspace):
        view, shown, _ = show(page, label_run(workspace))
        seen = numbers(shown[view.rows])
        assert len(seen) == html.PAGE
        assert seen[:3] == [47, 44, 41]
        assert "1–20 of 50" in shown[view.rows]

    @pytest.mark.parametrize(
        ("sort", "first"),
        [("surest", 49), ("least_sure", 0), ("file", 0), ("longest", 10), ("nonsense", 47)],
    )
    def test_another_order_stands_in_the_address(self, page, workspace, sort, first):
        view, shown, _ = show(page, label_run(workspace), pick=sort)
        assert numbers(shown[view.rows])[0] == first

    def test_a_page_beyond_the_last_is_the_last(self, page, workspace):
        view, shown, _ = show(page, label_run(workspace), pick="file", number=999)
        assert numbers(shown[view.rows]) == list(range(40, 50))
        assert "41–50 of 50" in shown[view.rows]

    def test_a_filter_leaves_fewer_pages(self, page, workspace):
        view, shown, _ = show(page, label_run(workspace), filter=Filter(truth="c", decided="a"))
        assert len(items(shown[view.rows])) == 16
        assert 'data-act="page"' not in shown[view.rows]

    def test_no_row_left_is_a_sentence(self, page, workspace):
        view, shown, _ = show(page, label_run(workspace), filter=Filter(words="nowhere"))
        assert "No row is left" in shown[view.rows]

    @pytest.mark.parametrize(
        ("sent", "pick", "number", "seen"),
        [
            ({"act": "sort", "value": "file"}, "file", 1, "rows"),
            ({"act": "page", "page": "4"}, "worst", 4, "rows"),
            ({"act": "page", "page": "-4"}, "worst", 3, "rows"),
            ({"act": "review"}, "worst", 3, "correct"),
            ({"act": "try", "index": "x"}, "worst", 3, "rows"),
        ],
    )
    def test_what_is_chosen_stands_in_the_selection(self, page, sent, pick, number, seen):
        view = built(results, page).views["rows"]
        before = Selection(tab="results", view="rows", pick="worst", leaf=3)
        after = rows._act(view, before, "", clicked(**sent)).get(page.selection, before)
        assert (after.pick, after.leaf, after.view) == (pick, number, seen)


class TestRows:
    def test_a_row_has_truth_prediction_probabilities_and_confidence(self, page, workspace):
        view, shown, _ = show(page, label_run(workspace, text=HOSTILE + " {}"))
        first = items(shown[view.rows])[0]
        assert "Wrong" in first
        assert "row 47 · 88 % sure · 37 characters" in first
        assert re.search(r"<dt>True</dt><dd>c</dd>.*<b>a</b>", first)
        assert re.findall(r"([\d.]+) %</span></div>", first) == ["88.4", "5.8", "5.8"]
        assert "<img" not in shown[view.rows]

    def test_mentions_have_their_errors_in_their_text_and_a_legend(self, page, workspace):
        view, shown, _ = show(page, entity_run(workspace), filter=Filter(kind="missed"))
        (item,) = items(shown[view.rows])
        assert "True: Orange (company). Found: nothing." in item
        assert "dashed line" in shown[view.rows]
        assert "Correct its" not in item

    def test_answers_have_question_context_and_score(self, page, workspace):
        view, shown, _ = show(page, answer_run(workspace), filter=Filter(outcome="partly"))
        (item,) = items(shown[view.rows])
        assert "Where is Fresno?" in item
        assert "Partly right" in item

    def test_without_the_data_set_a_sentence_stands_there(self, page, workspace):
        run = label_run(workspace)
        delete_dataset(workspace, run.dataset)
        view, shown, tab = show(page, run)
        assert "the data set of this run has been deleted" in shown[tab.trouble]
        assert set_to(shown[view.frame]) == {"visible": False}

    def test_a_hundred_thousand_rows_are_no_trouble(self):
        count = 100_000
        draw = np.random.default_rng(0)
        own = np.eye(20, dtype=bool)
        truth, decided = draw.integers(0, 20, (2, count))
        found = draw.random((count, 20), dtype=np.float32)
        texts = [f"text number {place}" for place in range(count)]
        predictions = LabelPredictions(own[truth], own[decided], found)
        many = split_rows("multiclass", [f"l{i}" for i in range(20)], predictions, {"text": texts})
        every = many.mask(Filter())
        assert many.facts is not None
        start = time.perf_counter()
        shown = html.leaf(2500, int(every.sum()), "worst")
        places = many.order(every, shown.sort)[shown.first : shown.last].tolist()
        assert len([html.item(found, "", words) for found in html.results(many, places)]) == 20
        assert time.perf_counter() - start < 0.5


class TestActs:
    def click(self, page, run, **sent):
        tab = built(results, page)
        selection = Selection(tab="results", run=run.id, view="rows")
        return rows._act(tab.views["rows"], selection, run.id, clicked(**sent)), tab.views["rows"]

    def test_a_row_can_be_tried(self, page, workspace):
        run = answer_run(workspace)
        updates, _ = self.click(page, run, act="try", index="1")
        after = updates[page.selection]
        assert (after.tab, after.trying, after.run) == ("playground", "ask", run.id)
        asked_of, row, _ = updates[page.trial]
        assert asked_of == run.id
        assert row["question"] == "Where is Fresno?"
        assert row.keys() == {"text", "question"}

    def test_without_a_model_there_is_nothing_to_try(self, page, workspace):
        run = label_run(workspace)
        (workspace.run(run.id).model / "labels.json").unlink()
        view, shown, _ = show(page, run)
        assert 'data-act="try"' not in shown[view.rows]

    def test_a_row_that_is_not_there_changes_nothing(self, page, workspace):
        assert self.click(page, label_run(workspace), act="try", index="9999")[0] == {}

    def test_a_label_can_be_corrected_in_place(self, page, workspace):
        run = label_run(workspace)
        updates, view = self.click(page, run, act="right", index="47", given="b")
        (correction,) = drafted(workspace, run.dataset)
        assert (correction.row_id, correction.right) == (47, ("b",))
        assert "1 correction waits" in updates[view.rows]
        assert 'data-keep="fix-47"' in updates[view.rows]
        updates, view = self.click(page, run, act="undo", index="47")
        assert drafted(workspace, run.dataset) == []


class TestTrying:
    def test_a_row_fills_the_boxes_and_is_asked(self, page, monkeypatch, workspace):
        view = built_view(ask, page)
        run = answer_run(workspace)
        (workspace.run(run.id).model / "labels.json").write_text(
            json.dumps({"task": "qa", "labels": [], "positive": None, "max_length": 16})
        )
        monkeypatch.setattr(ask, "_answered", lambda view, run, row, *_, **__: [{"asked": row}])
        wanted = {"text": "a\nb", "question": "why?"}
        nothing = (None, None, 0.5, None)
        taken, filled, answered = ask._try_row(view, (run.id, wanted, 1), *nothing)
        assert (filled[view.text], filled[view.question]) == ("a\nb", "why?")
        assert answered["asked"] == {"text": ("a\nb",), "question": ("why?",)}
        left = taken[view.page.trial]
        assert list(ask._try_row(view, left, *nothing)) == [], "it is asked once"

    def test_a_new_page_asks_nothing(self, page):
        view = built_view(ask, page)
        assert list(ask._again(view, None, "", "", None, None, 0.5, None)) == []
