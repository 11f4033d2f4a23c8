"""A file goes in and comes back with answers: every row, its own columns, nothing else changed."""

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data.guarding import unguard
from engine.errors import DataError
from engine.inference.asking import Asking, choose, read_rows
from engine.inference.batch import CHUNK, REVIEWED, Batch, predict_table
from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.token_labels import Span, SpanPredictions
from tests.said import said

SURE = {"sure": 0.95, "likely": 0.7, "doubtful": 0.55}


class Moods:
    """Says “good” as surely as the text's first word tells."""

    def __init__(self, kind="multiclass", labels=("bad", "good"), point=None):
        self.task = make_task(kind, labels)
        self.point = point or OperatingPoint()
        self.asked = []

    def predict(self, texts, questions=()):
        self.asked.append(list(texts))
        good = np.array([SURE.get(text.split()[0], 0.1) for text in texts])
        found = np.column_stack([1 - good, good])
        decided = np.arange(2) == found.argmax(axis=1)[:, None]
        return self.task.at(said(decided, decided, found), self.point)


def run(tmp_path, content, predicts=None, batch=None, name="given.csv", out="out.csv"):
    """What came of a file: its rows as records, and the counts."""
    given = tmp_path / name
    given.write_bytes(content if isinstance(content, bytes) else content.encode())
    predicts = predicts or Moods()
    told = []
    counts = predict_table(
        predicts,
        predicts.task,
        given,
        batch or Batch(Asking(("text",))),
        tmp_path / out,
        lambda *at: told.append(at),
    )
    return SimpleNamespace(rows=read(tmp_path / out), counts=counts, told=told)


def read(path):
    text = path.read_text("utf-8-sig")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestCsv:
    def test_every_row_comes_back_in_its_order_with_its_own_columns(self, tmp_path):
        found = run(tmp_path, "id,text,note\n7,sure thing,a\n8,no,b\n9,doubtful one,c\n")
        assert [row["id"] for row in found.rows] == ["7", "8", "9"]
        assert [row["note"] for row in found.rows] == ["a", "b", "c"]
        assert [row["prediction"] for row in found.rows] == ["good", "bad", "good"]
        assert [float(row["probability: good"]) for row in found.rows] == [0.95, 0.1, 0.55]
        assert [float(row["probability: bad"]) for row in found.rows] == [0.05, 0.9, 0.45]
        assert (found.counts.predicted, found.counts.empty, found.counts.dropped) == (3, 0, 0)

    def test_a_row_without_text_comes_back_and_says_so(self, tmp_path):
        found = run(tmp_path, "id,text\n1,sure\n2,\n3,  \n4,likely\n")
        assert [row["empty"] for row in found.rows] == ["", "text", "text", ""]
        assert [row["prediction"] for row in found.rows] == ["good", "", "", "good"]
        assert (found.counts.predicted, found.counts.empty) == (2, 2)

    def test_no_cell_is_a_formula_and_all_are_what_they_were(self, tmp_path):
        cells = ["=1+1", "+x", "@SUM(A1)", "-2+3", "-5", "＝1", "plain"]
        lines = "".join(f'"{cell}",sure\n' for cell in cells)
        found = run(tmp_path, f"=cell,text\n{lines}", Moods(labels=("bad", "=good")))
        written = (tmp_path / "out.csv").read_text("utf-8-sig")
        risky = (*"=+@＝", "-2+")
        for line in csv.reader(io.StringIO(written, newline="")):
            assert not [cell for cell in line if cell.startswith(risky)]
        assert [unguard(row["'=cell"]) for row in found.rows] == cells
        assert {row["prediction"] for row in found.rows} == {"'=good"}
        again = run(tmp_path, written, name="again.csv", out="2.csv")
        assert [row["'=cell"] for row in again.rows] == [row["'=cell"] for row in found.rows]

    def test_line_breaks_quotes_and_chinese_survive(self, tmp_path):
        cells = ['sure "so"\nand more', "很好，谢谢", "a,b"]
        quoted = "".join('"{}"\n'.format(cell.replace('"', '""')) for cell in cells)
        assert [row["text"] for row in run(tmp_path, f"text\n{quoted}").rows] == cells
        assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")

    def test_a_column_that_is_called_as_ours_is_told_apart(self, tmp_path):
        found = run(tmp_path, "prediction,text\nold,sure\n")
        assert found.rows[0]["prediction"] == "old"
        assert found.rows[0]["prediction (2)"] == "good"

    def test_several_columns_are_read_as_one_text(self, tmp_path):
        moods = Moods()
        run(tmp_path, "a,b\nsure,thing\n,no\n", moods, Batch(Asking(("a", "b"))))
        assert ["sure\nthing", "no"] in [sorted(asked, reverse=True) for asked in moods.asked]

    def test_a_text_file_has_a_text_a_line_and_keeps_empty_ones(self, tmp_path):
        found = run(tmp_path, "sure\n\nno, not so\n", name="given.txt")
        assert [row["text"] for row in found.rows] == ["sure", "", "no, not so"]
        assert [row["prediction"] for row in found.rows] == ["good", "", "bad"]


class TestOrder:
    def test_the_least_sure_come_first_and_those_without_an_answer_last(self, tmp_path):
        content = "id,text\n1,sure\n2,\n3,doubtful\n4,likely\n5,doubtful\n"
        batch = Batch(Asking(("text",)), doubtful_first=True)
        found = run(tmp_path, content, batch=batch)
        assert [row["id"] for row in found.rows] == ["3", "5", "4", "1", "2"]
        assert [row["row"] for row in found.rows] == ["4", "6", "5", "2", "3"]

    def test_the_least_sure_are_told_with_what_was_said_of_them(self, tmp_path):
        rows = ["sure", "doubtful one", "", "likely " + "x" * 400]
        found = run(tmp_path, "text\n" + "\n".join(f'"{row}"' for row in rows))
        first, second, last = found.counts.doubtful
        assert (first.row, first.text, first.said) == (3, "doubtful one", ("good",))
        assert first.doubt == pytest.approx(0.45)
        assert second.text.startswith("likely xxx")
        assert second.text.endswith("…")
        assert last.text == "sure"

    def test_only_so_many_are_told_of_a_long_file(self, tmp_path):
        words = ["sure", "likely"] * CHUNK
        words[-1] = "doubtful"
        found = run(tmp_path, "text\n" + "\n".join(words))
        assert len(found.counts.doubtful) == REVIEWED
        assert found.counts.doubtful[0].row == len(words) + 1
        assert [row["text"] for row in found.rows] == words


class TestWork:
    def test_progress_ends_at_all_rows_and_never_goes_back(self, tmp_path):
        rows = 2 * CHUNK + 10
        told = run(tmp_path, "text\n" + "sure\n" * rows).told
        assert told[0] == (0, rows)
        assert told[-1] == (rows, rows)
        assert told == sorted(told)

    def test_texts_of_like_length_go_together(self, tmp_path):
        moods = Moods()
        run(tmp_path, "text\n" + "".join(f"{'x' * (1 + i % 50)}\n" for i in range(500)), moods)
        spreads = [len(max(a, key=len)) - len(min(a, key=len)) for a in moods.asked]
        assert max(spreads) < 10

    def test_a_failure_leaves_no_file_and_not_half_of_one(self, tmp_path):
        class Breaks(Moods):
            def predict(self, texts, questions=()):
                if len(self.asked) > 2:
                    raise OSError(28, "No space left on device")
                return super().predict(texts)

        with pytest.raises(OSError, match="No space"):
            run(tmp_path, "text\n" + "sure\n" * 500, Breaks())
        assert [path.name for path in tmp_path.iterdir()] == ["given.csv"]

    def test_where_a_person_should_look_is_a_column_and_is_counted(self, tmp_path):
        point = OperatingPoint(None, ((0.4, 0.8), (0.4, 0.8)))
        found = run(tmp_path, "text\nsure\nlikely\ndoubtful\n", Moods(point=point))
        assert [row["review"] for row in found.rows] == ["false", "true", "true"]
        assert found.counts.review == 2

    def test_without_a_band_there_is_no_such_column(self, tmp_path):
        found = run(tmp_path, "text\nsure\n")
        assert "review" not in found.rows[0]
        assert found.counts.review is None


class TestRefusals:
    def test_a_missing_column_is_named_with_those_there_are(self, tmp_path):
        with pytest.raises(DataError) as refused:
            run(tmp_path, "a,b\n1,2\n")
        assert "text" in str(refused.value)
        assert "a, b" in str(refused.value)

    def test_a_column_without_any_text_is_refused(self, tmp_path):
        with pytest.raises(DataError, match="anything to read in text"):
            run(tmp_path, "id,text\n1,\n2, \n")

    def test_the_file_is_called_as_its_owner_calls_it(self, tmp_path):
        given = tmp_path / "given.csv"
        given.write_text("a,b\n1,2\n")
        moods, batch = Moods(), Batch(Asking(("text",)))
        with pytest.raises(DataError, match=r"Mine\.csv"):
            predict_table(
                moods, moods.task, given, batch, tmp_path / "o.csv", print, name="Mine.csv"
            )

    @pytest.mark.parametrize("content", [b"", b"\0\0\0", b"PK\x03\x04" + bytes(range(256)) * 9])
    def test_rubbish_is_refused_in_words(self, tmp_path, content):
        with pytest.raises(DataError):
            run(tmp_path, content)


class TestJson:
    def test_json_comes_back_as_json_lines_with_its_own_values(self, tmp_path):
        rows = [{"text": "sure", "n": 1.5, "tags": ["a"]}, {"text": None, "n": None, "tags": []}]
        found = run(tmp_path, json.dumps(rows), name="given.json", out="out.jsonl")
        assert [row["n"] for row in found.rows] == [1.5, None]
        assert found.rows[0]["tags"] == ["a"]
        assert found.rows[0]["prediction"] == "good"
        assert found.rows[1]["prediction"] is None


class TestOtherTasks:
    def test_several_labels_stand_in_one_cell(self, tmp_path):
        class Both(Moods):
            def predict(self, texts, questions=()):
                found = np.tile([0.9, 0.8], (len(texts), 1))
                return said(found > 1, found > 0.5, found)

        found = run(tmp_path, "text\nx\n", Both("multilabel"))
        assert found.rows[0]["prediction"] == "bad|good"

    def test_mentions_have_their_words(self, tmp_path):
        class Finds:
            task = make_task("tokens", ("person",))

            def predict(self, texts, questions=()):
                spans = [[Span(0, 4, "person", 0.75)] if t[:4] == "Anna" else [] for t in texts]
                return SpanPredictions([[] for _ in texts], spans)

        found = run(tmp_path, "text\nAnna left.\nNobody.\n", Finds())
        (mention,) = json.loads(found.rows[0]["mentions"])
        assert mention == {"text": "Anna", "start": 0, "end": 4, "label": "person", "score": 0.75}
        assert found.rows[1]["mentions"] in ("", "[]")
        assert [row.said for row in found.counts.doubtful] == [("Anna (person)",)]

    def test_questions_are_answered_from_their_own_text(self, tmp_path):
        class Answers:
            task = make_task("qa", ())

            def predict(self, texts, questions):
                words = [f"{q} {t.split()[0]}" for t, q in zip(texts, questions, strict=True)]
                return AnswerPredictions(
                    [[]] * len(words), words, [0.5] * len(words), [0] * len(words)
                )

        content = "text,question\nParis is big,Which?\nRome,\n"
        given = tmp_path / "given.csv"
        given.write_text(content)
        table, _ = read_rows(given)
        asking = choose(table, "qa", None, "given.csv")
        assert asking == Asking(("text",), "question")
        found = run(tmp_path, content, Answers(), Batch(asking))
        assert [row["answer"] for row in found.rows] == ["Which? Paris", ""]
        assert found.rows[1]["empty"] == "question"
        assert found.counts.doubtful[0].text == "Which?\nParis is big"
