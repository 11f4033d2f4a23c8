"""Where a model decides, set in a real browser: playground, command line and programs obey it."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from engine.cli.main import main
from engine.models.thresholds import read_point
from engine.tasks import make_task
from tests.shaped import label_run
from tests.tiny import tiny_rows, tiny_tokenizer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BINARY = make_task("binary", ("ham", "spam"), "spam")
TEXTS = tiny_rows(600)["text"].tolist()


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """A tiny model with weights by chance, whose answers are sure and unsure in turn."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    from engine.inference.predictor import load_predictor
    from engine.models.folder import save_model
    from engine.models.network import NativeModel
    from engine.training.outputs import OUTPUTS, Reading

    torch.manual_seed(3)
    tokenizer, folder = tiny_tokenizer(), tmp_path_factory.mktemp("deciding") / "model"
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=66, pad_token_id=0, initializer_range=1.0,
        num_labels=2,
    )  # fmt: skip
    output = OUTPUTS["labels"](BINARY, tokenizer, Reading(32))
    network = NativeModel(BertForSequenceClassification(config))
    save_model(network, tokenizer, output.manual, folder)
    return load_predictor(folder), folder


@pytest.fixture(scope="module")
def run(app, predictor):
    """Its run: the truth was drawn from what it says, so that it is as sure as it may be."""
    model, folder = predictor
    said = model.predict(TEXTS)
    spam = np.random.default_rng(0).random(len(TEXTS)) < said.probabilities[:, 1]
    said = replace(said, truth=np.column_stack([~spam, spam]))
    half = len(TEXTS) // 2
    parts = [
        replace(said, truth=said.truth[rows], decided=said.decided[rows],
                probabilities=said.probabilities[rows])
        for rows in (slice(0, half), slice(half, None))
    ]  # fmt: skip
    made = label_run(app.workspace, BINARY, *parts, "mail")
    for file in folder.iterdir():
        file.rename(app.workspace.run(made.id).model / file.name)
    return made


def test_a_point_by_cost_is_what_playground_and_command_line_obey(
    visitor, app, run, predictor, tmp_path, capsys
):
    page, folder = visitor.page, app.workspace.run(run.id).model
    visitor.open(f"/en/?tab=results&run={run.id}&view=decisions")
    expect(page.locator("#save-point")).to_be_enabled()
    page.fill("#price-miss input", "200")
    expect(page.get_by_text(re.compile("by itself"))).to_be_visible()
    page.wait_for_timeout(500)
    page.dblclick("#save-point")
    expect(page.get_by_text("a false alarm costs 5, a miss 200, a human look 2")).to_be_visible()
    expect(page.locator("#save-point")).to_have_text("In use in this model")
    assert read_point(folder).chosen.costs == {"false_alarm": 5, "miss": 200, "look": 2}

    model, _ = predictor
    review = model.as_saved(folder).predict(TEXTS).review
    texts = [TEXTS[np.flatnonzero(review)[0]], TEXTS[np.flatnonzero(~review)[0]]]
    page.get_by_role("button", name="Try the model").click()
    page.locator("#try-text textarea").fill("\n".join(texts))
    page.click("#try-run")
    answers = page.locator(".ts-answer")
    expect(answers).to_have_count(2, timeout=60_000)
    expect(answers.nth(0)).to_contain_text("would go to a person")
    expect(answers.nth(1)).to_contain_text("decided by the model alone")
    shown = page.locator(".ts-answer .ts-verdict").all_inner_texts()

    capsys.readouterr()
    (tmp_path / "mail.txt").write_text("\n".join(texts), "utf-8")
    arguments = ["predict", run.id, str(tmp_path / "mail.txt"), "--json"]
    assert main([*arguments, "--workspace", str(app.workspace.root)]) == 0
    said = json.loads(capsys.readouterr().out)["predictions"]
    assert [row["review"] for row in said] == [True, False]
    assert [row["labels"][0] for row in said] == shown
