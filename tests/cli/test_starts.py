"""Each recipe that comes along, from a file to an answer, with a small model of its kind."""

import json
from pathlib import Path

import pytest

from engine.training.starts import STARTS
from tests.cli.conftest import Call
from tests.families import family_model
from tests.tiny import FILLER, tiny_rows


def rows_of(start: str) -> tuple[str, str]:
    """A file for a recipe, and a text to ask the model about."""
    plain = tiny_rows(90)
    if start == "contract-clauses":
        plain["label"] = ["unfair" if label == "refund" else "fair" for label in plain["label"]]
    if start == "chinese-headlines":
        return tiny_rows(90, multi=True)[["text", "label"]].to_json(orient="records"), "late box"
    if start == "names-in-text":
        words = [text.split() for text in plain["text"]]
        tagged = [[f"{w} {'B-Thing' if w not in FILLER else 'O'}" for w in row] for row in words]
        return "\n\n".join("\n".join(row) for row in tagged), "my parcel is late"
    if start == "answers-from-text":
        rows = [
            {"context": text, "question": "why is it", "answer": text.split()[0]}
            for text in plain["text"]
        ]
        return json.dumps(rows), ""
    return plain[["text", "label"]].to_csv(index=False), "my parcel is late"


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.id)
def test_a_recipe_that_comes_along_trains_and_answers(start, call: Call, tmp_path: Path) -> None:
    family = {"news-topics": "llama", "answers-from-text": "t5", "names-in-text": "xlm-roberta"}
    model = family_model(tmp_path / "model", family.get(start.id, "bert"))
    content, text = rows_of(start.id)
    kind = {"names-in-text": "conll"}.get(start.id, "json" if content[0] in "[{" else "csv")
    file = tmp_path / f"rows.{kind}"
    file.write_text(content, "utf-8")
    dataset = call("import", str(file), "--json").json
    assert dataset["task"] in start.tasks
    quick = [f"model={model}", "epochs=2", "max_length=32", "tracker=none"]
    answer = call(
        "train", str(start.file), "--dataset", dataset["id"], "--set", *quick, "--json"
    ).json
    assert answer["state"] == "finished"
    report = call("report", answer["id"], "--json").json
    assert {"best", "last", "before"} <= report["splits"]["test"].keys()
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps([{"context": text or "my box", "question": "why"}] * 2), "utf-8")
    if not text:
        said = call("predict", answer["id"], str(asked), "--json").json
    else:
        (tmp_path / "asked.txt").write_text(text, "utf-8")
        said = call("predict", answer["id"], str(tmp_path / "asked.txt"), "--json").json
    assert len(said["predictions"]) == (1 if text else 2)
