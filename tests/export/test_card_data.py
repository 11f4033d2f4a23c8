"""The head of the model card, as the Hugging Face hub's own library reads it; nothing is asked of
any network."""

from dataclasses import replace

import numpy as np
import pytest
from huggingface_hub import ModelCard

from engine.evaluation import report as reports
from engine.export.card import write_card
from engine.export.card_data import BUNDLED_ID, hub_id, languages, licence
from engine.models.catalogue import ModelInfo
from tests.recipes import complete_recipe
from tests.said import said
from tests.shaped import ANSWER_ROWS, HOSTILE, answer_run, finish_run, write_dataset

LABELS = ("bill", "late", f"{HOSTILE} | `odd`")
MODEL = ModelInfo("bundled", "MiniLM-L6 (22M)", "bert", 512, 22_713_728, None, languages=("en",))


def card_of(workspace, folder, name="Tickets", truth=(0, 1, 2, 1), decided=(0, 1, 0, 0)):
    rows = [{"split": "test", "text": f"text {i}", "labels": [LABELS[i]]} for i in truth]
    dataset = replace(write_dataset(workspace, "multiclass", LABELS, rows), name=name)
    said_of = said(*(np.arange(3) == np.array(of)[:, None] for of in (truth, decided)))
    report = reports.load(workspace.run(finish_run(workspace, dataset, said_of).id))
    recipe = complete_recipe(dataset.id)
    write_card(folder, dataset, recipe, MODEL, report, "labels", ["Where is my parcel?"])
    return report, ModelCard.load(folder / "README.md")


def test_the_hubs_library_reads_scores_and_origin(workspace, tmp_path):
    report, card = card_of(workspace, tmp_path)
    data = card.data
    assert (data.base_model, data.license, data.language) == (BUNDLED_ID, "apache-2.0", "en")
    assert (data.pipeline_tag, data.library_name) == (
        "text-classification",
        "sentence-transformers",
    )
    assert "tunesmith" in data.tags
    first = data.eval_results[0]
    assert (first.metric_type, first.metric_name) == ("f1", "Macro-F1")
    assert first.metric_value == pytest.approx(report.best["macro_f1"], abs=1e-4)
    assert first.dataset_split == "test"
    assert {result.metric_name for result in data.eval_results} >= {"Accuracy"}


def test_odd_names_stay_names(workspace, tmp_path):
    _, card = card_of(workspace, tmp_path, name=f"--- : {HOSTILE}\n'工单'")
    assert card.data.model_name == f"--- : {HOSTILE} '工单'"
    assert HOSTILE not in card.text.split("## What it reads")[0]
    table = [line for line in card.text.splitlines() if line.startswith("| ``")]
    assert all(r"\| `odd`" in line for line in table)
    assert len(table) == 2, "one of the scores, one of the rows"


def test_weak_spots_are_named(workspace, tmp_path):
    _, card = card_of(workspace, tmp_path)
    assert "- `late` was taken for `bill` in 1 of its 2 test texts" in card.text


def test_without_test_rows_no_score_is_claimed(workspace, tmp_path):
    dataset = write_dataset(workspace, "multiclass", LABELS, [])
    report = reports.Report("r-1", dataset.id, 1, "multiclass", LABELS, None, {})
    write_card(tmp_path, dataset, complete_recipe(dataset.id), MODEL, report, "labels", [])
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.eval_results is None
    assert card.data.language is None
    assert "nothing is known of how good it is" in card.text


def test_answers_have_no_labels_and_another_pipeline(workspace, tmp_path):
    run = answer_run(workspace)
    report = reports.load(workspace.run(run.id))
    dataset = write_dataset(workspace, "qa", (), ANSWER_ROWS, "d-2")
    write_card(tmp_path, dataset, complete_recipe(dataset.id), MODEL, report, "span", ["a"])
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.pipeline_tag == "question-answering"
    assert "exact_match" in card.data.metrics
    assert "Labels:" not in card.text


@pytest.mark.parametrize(
    ("texts", "model", "found"),
    [
        (["Where is it?"], MODEL, ("en",)),
        (["订单还没有送到 ok"], MODEL, ("zh",)),
        (["Где мой заказ?"], MODEL, ()),
        (["Where is it?"], replace(MODEL, name="someone/else", languages=()), ()),
        (["Where is it?"], replace(MODEL, languages=("multi",)), ()),
        (["12 34"], MODEL, ()),
        ([], MODEL, ()),
    ],
)
def test_a_language_is_named_where_texts_and_model_tell(texts, model, found):
    assert languages(texts, model) == found


def test_a_folder_of_this_computer_is_not_named():
    assert hub_id(replace(MODEL, name="/home/ann/model", revision=None)) is None
    assert hub_id(replace(MODEL, name="someone/else", revision="abc")) == "someone/else"
    assert licence(replace(MODEL, name="someone/else")) == "unknown"
