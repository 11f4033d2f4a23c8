"""The figures: what they draw of plain records, and that no label can speak Plotly."""

import numpy as np
import pytest

from engine.data.statistics import length_marks
from engine.tasks import make_task
from webui import charts
from webui.text import t as translate

EVENTS = [
    {"type": "plan", "steps": 40, "rows": 100},
    {"type": "before", "loss": 1.8, "metrics": {"macro_f1": 0.12, "accuracy": 0.2}, "rows": 61},
    *(
        {"type": "step", "step": s, "loss": 2 / s, "learning_rate": 1e-4, "epoch": s / 10}
        for s in range(1, 41)
    ),
    {"type": "evaluation", "step": 20, "loss": 0.9, "metrics": {"macro_f1": 0.7}, "best": True},
    {"type": "evaluation", "step": 40, "loss": 1.1, "metrics": {"macro_f1": 0.6}, "best": False},
]


def words(key, **params):
    return translate(key, "en", **params)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_the_loss_is_drawn_for_training_and_validation():
    found = traces(charts.loss_curve(EVENTS, words))
    assert list(found["Training"].x) == list(range(1, 41))
    assert list(found["Validation"].y) == [0.9, 1.1]


def test_the_scores_start_at_the_untrained_model_and_mark_the_best_checkpoint():
    found = traces(charts.score_curve(EVENTS, words))
    assert list(found["Macro-F1"].y) == [0.12, 0.7, 0.6]
    assert (list(found["Best checkpoint"].x), list(found["Best checkpoint"].y)) == ([20], [0.7])
    assert list(found["Macro-F1 before training"].y) == [0.12, 0.12]
    assert list(found["Macro-F1 before training"].x) == [0, 40]


def of_task(task, headline=None):
    """The same events of a run of another task."""
    followed = task.followed(headline)
    scores = {name: said.to_dict() for name, said in followed.items()}
    numbers = {"macro_f1": "macro_f1"} | dict.fromkeys(followed, "macro_f1")
    return [
        event
        | ({"scores": scores} if event["type"] == "plan" else {})
        | (
            {"metrics": {name: event["metrics"][old] for name, old in numbers.items()}}
            if "metrics" in event
            else {}
        )
        for event in EVENTS
    ]


def test_the_score_a_recipe_names_is_drawn_first():
    task = make_task("multiclass", ("a", "b"))
    found = traces(charts.score_curve(of_task(task, "balanced_accuracy"), words))
    assert list(found)[:3] == ["Balanced accuracy", "Macro-F1", "Accuracy"]
    assert "Balanced accuracy before training" in found


@pytest.mark.parametrize(
    ("task", "drawn"),
    [
        (make_task("tokens", ("x",)), ["Entity F1", "Entity precision", "Entity recall"]),
        (make_task("qa", ()), ["F1 over words", "Exact match"]),
        (make_task("binary", ("ham", "spam"), "spam"), ["F1 of “spam”", "Macro-F1", "Accuracy"]),
        (make_task("multiclass", ("a", "b")), ["Macro-F1", "Accuracy"]),
    ],
)
def test_each_task_has_its_own_scores_drawn_the_headline_first(task, drawn):
    found = traces(charts.score_curve(of_task(task), words))
    assert list(found)[: len(drawn)] == drawn
    assert list(found[f"{drawn[0]} before training"].y) == [0.12, 0.12]
    assert list(found["Best checkpoint"].y) == [0.7]


def test_a_positive_label_cannot_speak_html_in_the_legend():
    task = make_task("binary", ("<b>", "x"), "<b>")
    names = traces(charts.score_curve(of_task(task), words))
    assert not [name for name in names if "<" in name]


def test_a_run_without_a_single_event_draws_empty_axes():
    for draw in (charts.loss_curve, charts.score_curve, charts.rate_curve):
        assert draw([], words).layout.title.text


def test_a_long_run_is_thinned_and_keeps_its_newest_step():
    many = [{"type": "step", "step": s, "loss": 1.0, "learning_rate": 1.0} for s in range(12_345)]
    drawn = traces(charts.loss_curve(many, words))["Training"].x
    assert len(drawn) <= charts.MOST_POINTS
    assert drawn[-1] == 12_344


def test_counts_are_stacked_by_split_the_most_frequent_label_first():
    counts = {"train": {"a": 1, "b": 5}, "test": {"b": 2}}
    figure = charts.label_counts(counts, words)
    assert list(figure.layout.yaxis.ticktext) == ["b", "a"]
    assert list(traces(figure)["Training"].x) == [5, 1]
    assert list(traces(figure)["Test"].x) == [2, 0]


def test_lengths_carry_their_marks_and_the_cut():
    counts = np.arange(1, 101)
    figure = charts.token_lengths(counts, length_marks(counts), 64, False, words)
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["cut at: 64", "90 %: 90", "95 %: 95", "99 %: 99"]


@pytest.mark.parametrize(
    ("counts", "cut"),
    [(range(1, 101), 64), ([20] * 90 + [21] * 5 + [22] * 5, 21), ([5] * 99 + [4000], 512)],
)
def test_marks_of_lengths_stand_apart_however_near_they_are(counts, cut):
    counts = np.array(counts)
    figure = charts.token_lengths(counts, length_marks(counts), cut, False, words)
    labels, lines = figure.layout.annotations, figure.layout.shapes
    assert len(labels) == len(lines) >= 2
    heights = [label.y for label in labels]
    assert np.diff(heights).max() < -0.08
    assert [line.y1 for line in lines] == heights
    assert [line.x0 for line in lines] == sorted(line.x0 for line in lines)
    assert {label.xanchor for label in labels} == {"left"}
    assert lines[-1].x0 <= 0.7 * figure.layout.xaxis.range[1]
    bars = max(figure.data[0].y) / figure.layout.yaxis.range[1]
    assert bars < heights[-1] - 0.04


def test_marks_at_the_same_length_share_one_label():
    counts = np.full(50, 1200)
    figure = charts.token_lengths(counts, length_marks(counts), 1200, False, words)
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["90–99 %: 1,200", "cut at: 1,200"]


@pytest.mark.parametrize("counts", [[], [1], [3, 3, 3]])
def test_few_lengths_are_drawn_too(counts):
    counts = np.array(counts, dtype=int)
    assert charts.token_lengths(counts, length_marks(counts), 16, True, words).data


@pytest.mark.parametrize(
    "label", ["<b>x</b>", "<a href='javascript:alert(1)'>x</a>", r"$\href{javascript:alert(1)}{x}$"]
)
def test_a_label_cannot_speak_html_or_tex(label):
    shown = charts.plain(label)
    assert "<" not in shown
    assert "$" not in shown


def test_a_long_label_is_cut():
    assert len(charts.plain("x" * 500)) == charts.LONGEST_NAME


@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_leave_colours_to_the_page_and_speak_its_language(language):
    figure = charts.score_curve(EVENTS, lambda key, **params: translate(key, language, **params))
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None
    assert figure.layout.title.text == translate("chart_scores", language)
