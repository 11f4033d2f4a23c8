"""How rows look on the data tab: entities marked in their text, answers under their question."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from engine.data.importing import Plan, Roles, Sources, inspect
from engine.tasks import TASKS
from webui import charts, lengths, plans
from webui.text import t as translate
from webui.views import data as view
from webui.views.entities import TINTS, Marked, entities, marked_text
from webui.views.looks import LOOKS

ROW = Marked(
    "Ann Berg saw Rome",
    (0, 4, 9, 13),
    (3, 8, 12, 17),
    ("B-PER", "I-PER", "O", "B-LOC"),
)
HOSTILE = "<img src=x onerror=alert(1)>"


def words(key, **params):
    return translate(key, "en", **params)


def plain(html):
    return re.sub("<[^>]+>", "|", str(html))


@pytest.fixture
def notes(tmp_path):
    def write(text="Ann saw {i}", name="PER"):
        rows = [{"text": text.format(i=i), "entities": [[0, 3, name]]} for i in range(30)]
        path = tmp_path / "notes.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        return inspect(Sources(path))

    return write


@pytest.fixture
def questions(tmp_path):
    rows = [
        {
            "context": f"The tower {i} is {i + 20} metres high. " * 40,
            "question": f"How high is {i}?",
        }
        | {"answer": f"{i + 20} metres"}
        for i in range(30)
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return inspect(Sources(path))


def test_every_shape_has_a_look():
    assert {task.shape for task in TASKS.values()} == set(LOOKS)


def test_entities_are_runs_of_tags():
    assert list(entities(ROW)) == [(0, 8, "PER"), (13, 17, "LOC")]
    touching = Marked("北京", (0, 1), (1, 2), ("B-L", "B-L"))
    assert list(entities(touching)) == [(0, 1, "L"), (1, 2, "L")]


def test_the_type_stands_beside_the_words_and_no_text_is_lost():
    shown = marked_text(ROW, ("LOC", "PER"), 900)
    assert plain(shown) == "||Ann Berg||PER|| saw ||Rome||LOC||"
    assert "ts-tint-1" in shown
    assert "ts-tint-0" in shown


def test_a_long_text_is_cut_but_never_inside_an_entity():
    shown = plain(marked_text(ROW, ("LOC", "PER"), 6))
    assert shown.startswith("||Ann Berg||PER||")
    assert "Rome" not in shown
    assert shown.endswith("…")


def test_more_types_than_tints_come_round_again():
    types = tuple(f"T{i}" for i in range(TINTS + 2))
    row = Marked("a", (0,), (1,), (f"B-T{TINTS + 1}",))
    assert "ts-tint-1" in marked_text(row, types, 9)


@pytest.fixture(scope="module")
def colours():
    """Class of a tint, also in the dark → its colours; and those of the page as a whole."""
    css = (Path(view.__file__).parents[2] / "assets" / "app.css").read_text("utf-8")
    rules = re.findall(r"^((?:\.dark )?\.ts-tint-\d|:root|\.dark) \{(.*?)\}", css, re.M | re.S)
    return {name: dict(re.findall(r"--ts-([\w-]+): (#\w{6})", body)) for name, body in rules}


def contrast(one, other):
    """As WCAG 2.1 has it."""

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lines = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * lines[0] + 0.7152 * lines[1] + 0.0722 * lines[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tint", range(TINTS))
@pytest.mark.parametrize("theme", ["", ".dark "])
def test_every_tint_can_be_read_in_both_themes(colours, tint, theme):
    page = colours[theme.strip() or ":root"]
    own = colours[f".ts-tint-{tint}"] | colours[f"{theme}.ts-tint-{tint}"]
    assert contrast(page["text"], own["tint"]) >= 4.5
    for ground in (page["surface"], own["tint"]):
        assert contrast(own["tint-name"], ground) >= 4.5
        assert contrast(own["tint-edge"], ground) >= 3, "a line, not a letter"


@pytest.mark.parametrize("tint", range(TINTS))
def test_bars_of_a_type_have_the_colour_of_its_marks(colours, tint):
    types = [f"type {i}" for i in range(TINTS)]
    counts = {"train": dict.fromkeys(types, 5) | {types[tint]: 9}, "test": {types[tint]: 1}}
    figure = charts.label_counts(counts, words, "entities")
    assert figure.layout.yaxis.ticktext[0] == types[tint]
    drawn = [bars for bars in figure.data if bars.x[0] is not None]
    edge = colours[f".ts-tint-{tint}"]["tint-edge"]
    red, green, blue = (int(edge[i : i + 2], 16) for i in (1, 3, 5))
    assert {bars.marker.line.color[0] for bars in drawn} == {f"rgb({red},{green},{blue})"}
    assert len({bars.marker.color[0] for bars in drawn}) == 2, "a shade for each split"


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_words_and_types_can_be_read_on_every_tint():
    """WCAG AA: a contrast of 4.5 to 1."""
    css = (Path(view.__file__).parents[2] / "assets" / "app.css").read_text("utf-8")
    text = re.findall(r"--ts-text: (#\w{6})", css)
    found = re.findall(
        r"^(\.dark )?\.ts-tint-\d \{ --ts-tint: (#\w{6});.*--ts-tint-name: (#\w{6})", css, re.M
    )
    assert len(found) == 2 * TINTS
    for dark, ground, name in found:
        for colour in (name, text[bool(dark)]):
            light, deep = sorted(map(_luminance, (ground, colour)), reverse=True)
            assert (light + 0.05) / (deep + 0.05) >= 4.5


def test_the_preview_of_marked_texts(notes):
    inspection = notes()
    shown = view.preview(inspection, words, "en")
    assert "How the rows are read" in shown
    assert plain(shown).count("Ann||PER|| saw") == 6
    assert "tags or entities" in shown
    legend = plain(view.labels(inspection, words))
    assert "1 type of entity" in legend
    assert "PER| |30" in legend


def test_what_comes_from_the_file_is_no_markup(notes):
    inspection = notes(f"{HOSTILE} {{i}}", HOSTILE)
    shown = view.preview(inspection, words, "en") + view.labels(inspection, words)
    assert "<img" not in shown


def test_the_preview_of_questions_shows_the_answer_in_its_text(questions):
    shown = view.preview(questions, words, "en")
    text = plain(shown)
    assert "How high is 0?" in text
    assert text.count("|Answer| |") == 6
    assert '<mark class="ts-entity ts-tint-0">20 metres</mark>' in shown
    assert " …" in text
    assert "labels" not in view.labels(questions, words)


def test_rows_of_labels_need_no_second_look(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "\n".join(f"some text {i},{'ab'[i % 2]}" for i in range(30)))
    assert "How the rows are read" not in view.preview(inspect(Sources(path)), words, "en")


@pytest.mark.parametrize(
    ("name", "number"),
    [("a.jsonl", "|Line of the file|"), ("a.json", "|Row of the file, counted from 1|")],
)
def test_rows_left_out_are_told_by_their_place_in_the_file(tmp_path, name, number):
    rows = [{"text": f"some text {i}", "label": "ab"[i % 2]} for i in range(30)]
    rows[1]["text"] = ""
    lines = "\n".join(map(json.dumps, rows))
    path = tmp_path / name
    path.write_text(lines if name == "a.jsonl" else json.dumps(rows))
    shown = plain(view.reading(inspect(Sources(path)), words, "en"))
    assert "30 rows read" in shown
    assert "1 row left out" in shown
    assert "29 rows will be saved" in shown
    assert number in shown
    assert "|2|" in shown


def test_repairs_are_told_in_a_fold_of_their_own(notes):
    inspection = notes("Anna saw {i}")
    shown = view.reading(inspection, words, "en")
    assert "30 marks put right: see how" in shown
    assert "“Ann” cuts a word and was widened to “Anna”" in shown
    assert "widened" not in view.remarks(inspection, "en")


def test_the_charts_count_entities_and_words_of_answers(notes, questions):
    inspection = notes()
    figure = LOOKS["spans"].chart(inspection.counts, lambda: np.zeros(0), words)
    assert figure.layout.title.text == "Entities of each type"
    assert sum(trace.x[0] for trace in figure.data if trace.x[0] is not None) == 30
    counts = lengths.answer_words(questions.prepared)
    assert counts.tolist() == [2] * questions.rows["train"]
    figure = LOOKS["answers"].chart(questions.counts, lambda: counts, words)
    assert dict(zip(figure.data[0].x, figure.data[0].y, strict=True))[2] == len(counts)
    assert charts.answer_lengths(np.zeros(0, dtype=np.int32), words).data


def test_a_question_role_is_given_to_one_column_and_the_task_guessed_anew(questions):
    names = [column.name for column in questions.columns]
    plan = plans.with_role(questions, Plan(task="qa"), names.index("answer"), "question")
    assert plan == Plan(Roles(("context",), (), None, "answer"))
    plan = plans.with_role(questions, Plan(), names.index("question"), "ignore")
    assert plan.roles == Roles(("context",), ("answer",))
