"""The view of confusions: its words, its cells, and where a click leads."""

import re

import numpy as np
import pytest

from engine.data.dataset import delete_dataset
from engine.evaluation.confusions import crossed, names, one_against_rest, together, worst
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.tasks.labelled import LabelPredictions
from tests.hand_made import every, one_label, split_rows
from tests.pages import built, clicked, set_to
from tests.said import said
from tests.shaped import HOSTILE, answer_run, entity_run, finish_run, write_dataset
from webui.results import confusion
from webui.state import Selection
from webui.tabs import results
from webui.text import t
from webui.views import confusion as html

LABELS = ("refund", "billing", "other")


def words(key, **params):
    return t(key, "en", **params)


def drawn(rows, scale=html.COUNTS, **changes):
    called, counts = names(rows), crossed(rows, every(rows))
    found = html.Crossed(called, counts, html.ordered(counts, called), **changes)
    return html.matrix(found, scale, words)


def cells(shown):
    """What stands in each cell, line by line."""
    lines = re.findall(r"<tr>(<th.*?)</tr>", shown.split("<tbody>")[1])
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td.*?</td>", line)] for line in lines
    ]


@pytest.fixture
def rows():
    return one_label(LABELS, [0, 0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 0, 2])


def terms(labels=("a", "b", "c")):
    truth = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    decided = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    return split_rows("multilabel", labels, said(truth, decided))


class TestWords:
    def test_the_worst_are_named_and_lead_to_their_rows(self, rows):
        shown = html.worst(worst(rows, every(rows)), words)
        assert "“refund” was taken for “billing”" in shown
        assert "in 3 rows: 75 % of 4 with “refund”" in shown
        assert 'data-truth="refund" data-decided="billing"' in shown

    def test_a_missed_and_a_wrongly_said_label_are_told_apart(self):
        shown = html.worst(worst(terms(), every(terms())), words)
        assert "“b” was missed" in shown
        assert "“a” was taken for “b”" in shown
        assert f'data-truth="b" data-decided="{OTHER}"' in shown

    def test_of_mentions_times_are_counted(self):
        from engine.tasks.token_labels import Span, SpanPredictions

        found = SpanPredictions([[Span(0, 4, "x")], []], [[], [Span(1, 3, "x")]])
        rows = split_rows("tokens", ("x",), found)
        shown = html.worst(worst(rows, every(rows)), words, mentions=True)
        assert "1 time: 100 % of 1 true “x”" in shown
        assert "1 time: 100 % of 1 found as “x”" in shown

    def test_without_a_confusion_that_is_said(self):
        rows = one_label(LABELS, [0, 1], [0, 1])
        assert "Nothing was confused" in html.worst(worst(rows, every(rows)), words)


class TestMatrix:
    def test_counts_and_shares_of_lines_and_columns(self, rows):
        assert cells(drawn(rows)) == [["1", "3", ""], ["1", "1", ""], ["", "", "1"]]
        assert cells(drawn(rows, html.BY_TRUTH))[0] == ["25", "75", ""]
        assert cells(drawn(rows, html.BY_DECIDED))[0] == ["50", "75", ""]

    def test_each_cell_says_what_it_is_and_the_chosen_one_is_marked(self, rows):
        shown = drawn(rows, chosen=("billing", "refund"))
        assert 'title="“refund” was taken for “billing”: 3 (75 %)"' in shown
        assert 'title="“refund” was found: 1 (25 %)"' in shown
        (cell,) = re.findall("<button[^>]*ts-cell-chosen[^>]*>", shown)
        assert 'data-truth="billing" data-decided="refund"' in cell

    def test_nothing_stands_last_and_is_called_nothing(self):
        from engine.tasks.token_labels import SpanPredictions
        from tests.shaped import ENTITY_ROWS, mentions_of

        truth = mentions_of(ENTITY_ROWS)
        rows = split_rows(
            "tokens", ("company", "person", "place"), SpanPredictions(truth, [[]] * 4)
        )
        shown = drawn(rows)
        assert shown.count('scope="row"') == 4
        assert "(nothing)" in shown
        assert [line[-1] for line in cells(shown)] == ["2", "2", "1", ""]

    def test_labels_are_data(self):
        shown = drawn(one_label((HOSTILE, "b"), [0, 0], [0, 1]))
        assert "<img" not in shown
        assert "&lt;img" in shown

    def test_as_many_labels_as_banking77_are_shown_whole(self):
        draw = np.random.default_rng(0)
        labels = [f"intent_number_{place}" for place in range(77)]
        truth = draw.integers(0, 77, 3080)
        decided = np.where(draw.random(3080) < 0.9, truth, draw.integers(0, 77, 3080))
        shown = drawn(one_label(labels, truth, decided))
        assert shown.count('scope="row"') == shown.count('scope="col"') == 77
        assert sum(int(cell or 0) for line in cells(shown) for cell in line) == 3080
        assert len(shown) < 500_000

    def test_of_too_many_labels_those_with_errors_are_shown(self):
        labels = [f"label {place}" for place in range(300)]
        truth = np.arange(300)
        shown = drawn(one_label(labels, truth, np.where(truth == 299, 0, truth)))
        assert shown.count('scope="row"') == html.MOST
        assert "“label 299” was taken for “label 0”" in shown
        assert "Only the 100 labels with the most errors" in shown

    def test_labels_one_by_one_have_their_counts(self):
        rows = terms()
        shown = html.one_by_one(rows.task.labels, one_against_rest(rows, every(rows)), words)
        line = re.search("<tr><td>b</td>(.*?)</tr>", shown)[1]
        assert re.sub("<[^>]*>", " ", line).split() == ["0", "1", "1", "2"]
        assert f'data-truth="{OTHER}" data-decided="b"' in line

    def test_labels_that_are_true_together(self):
        rows = terms()
        shown = html.together(rows.task.labels, together(rows, every(rows)), words)
        assert cells(shown)[0][:2] == ["2", "1"]
        alone = split_rows(
            "multilabel", ("a", "b"), said(np.eye(2, dtype=bool), np.eye(2, dtype=bool))
        )
        shown = html.together(("a", "b"), together(alone, every(alone)), words)
        assert "No row has two labels." in shown


def label_run(workspace, kind="multiclass", labels=LABELS):
    truth, decided = [0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 0, 2]
    rows = [
        {"split": "test", "text": f"text {place}", "labels": [labels[label]]}
        for place, label in enumerate(truth)
    ]
    own = np.eye(len(labels), dtype=bool)
    probabilities = (0.2 + 0.6 * own[decided]).astype(np.float32)
    predictions = LabelPredictions(own[truth], own[decided], probabilities)
    return finish_run(workspace, write_dataset(workspace, kind, labels, rows), predictions)


class TestView:
    def show(self, page, run, **chosen):
        tab = built(results, page)
        selection = Selection(tab="results", run=run.id, view="confusion", **chosen)
        return tab.views["confusion"], results.show(tab, selection), tab

    def test_the_matrix_of_one_label_a_row(self, page, workspace):
        view, shown, _ = self.show(page, label_run(workspace))
        assert "“refund” was taken for “billing”" in shown[view.worst]
        assert cells(shown[view.matrix])[0] == ["1", "2", ""]
        assert set_to(shown[view.beside]) == {"visible": False}

    def test_shares_are_chosen_in_the_address(self, page, workspace):
        view, shown, _ = self.show(page, label_run(workspace), pick="by_truth")
        assert cells(shown[view.matrix])[0] == ["33", "67", ""]

    def test_several_labels_are_told_one_by_one(self, page, workspace):
        view, shown, _ = self.show(page, label_run(workspace, "multilabel"))
        assert "Each label against the rest" in shown[view.more]
        assert "No row has two labels" in shown[view.matrix]

    def test_mentions_have_their_kinds_of_error_and_types_crossed(self, page, workspace):
        view, shown, _ = self.show(page, entity_run(workspace))
        for kind in ("missed", "spurious", "wrong_type", "wrong_boundary"):
            assert f'data-pick="{kind}"' in shown[view.more]
        assert "Which type was taken for which" in shown[view.matrix]

    def test_a_chosen_cell_leaves_the_others_in_sight(self, page, workspace):
        chosen = Filter(truth="refund", decided="billing", least=0.5)
        view, shown, _ = self.show(page, label_run(workspace), filter=chosen)
        assert cells(shown[view.matrix])[0] == ["1", "2", ""]
        assert "all 6 rows of the other filters" in shown[view.worst]
        assert "ts-cell-chosen" in shown[view.matrix]

    def test_another_filter_holds(self, page, workspace):
        view, shown, _ = self.show(page, label_run(workspace), filter=Filter(words="text 1"))
        assert [cell for line in cells(shown[view.matrix]) for cell in line if cell] == ["1"]

    def test_answers_without_labels_have_no_such_view(self, page, workspace):
        tab = built(results, page)
        shown = results.show(tab, Selection(run=answer_run(workspace).id, view="confusion"))
        assert "confusion" not in [name for _, name in set_to(shown[tab.view])["choices"]]

    def test_without_its_data_set_the_counts_stay(self, page, workspace):
        run = label_run(workspace)
        delete_dataset(workspace, run.dataset)
        view, shown, _ = self.show(page, run)
        assert cells(shown[view.matrix])[0] == ["1", "2", ""]

    def test_a_damaged_file_is_a_sentence(self, page, workspace):
        run = label_run(workspace)
        workspace.run(run.id).predictions("test", "best").write_bytes(b"PAR1")
        view, shown, tab = self.show(page, run)
        assert "missing or damaged" in shown[tab.trouble]
        assert set_to(shown[view.frame]) == {"visible": False}

    @pytest.mark.parametrize(
        ("sent", "wanted"),
        [
            ({"act": "cell", "truth": "a", "decided": "b"}, Filter(truth="a", decided="b")),
            (
                {"act": "cell", "truth": NO_LABEL, "decided": "b"},
                Filter(truth=NO_LABEL, decided="b"),
            ),
            ({"act": "kind", "pick": "missed"}, Filter(kind="missed")),
        ],
    )
    def test_a_click_leads_to_the_rows_and_the_rest_of_the_filter_stays(self, page, sent, wanted):
        view = built(results, page).views["confusion"]
        before = Selection(view="confusion", filter=Filter(words="x", truth="c", kind="spurious"))
        after = confusion._act(view, before, clicked(**sent))[page.selection]
        assert (after.view, after.filter, after.leaf) == ("rows", wanted.but(words="x"), 1)

    def test_another_scale_stays_here(self, page):
        view = built(results, page).views["confusion"]
        event = clicked(act="pick", pick="by_decided")
        after = confusion._act(view, Selection(view="confusion"), event)[page.selection]
        assert (after.view, after.pick) == ("confusion", "by_decided")
