"""Written answers in a real browser: from a file to a model of one's own that writes."""

import csv
import random
import zipfile

import pytest
from playwright.sync_api import expect

from tests.writer import NAMES, rewriting_rows, writer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

UPLOAD = "input[type=file]:has(+ #upload-file)"
SETTINGS = {"epochs": "30", "learning_rate": "0.003", "answer_length": "16", "beams": "3"}


def question_rows():
    """Who built a bridge, and where it stands."""
    rows = []
    for name in NAMES:
        for place in ("Rome", "Oslo", "Lima", "Kyiv", "Bern"):
            text = f"The bridge of {place} was built by {name} ."
            rows += [(text, "Who built it ?", name), (text, "Where is it ?", place)]
    return rows


def upload(visitor, path, head, rows):
    random.Random(1).shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    visitor.open()
    visitor.page.set_input_files(UPLOAD, path)
    expect(visitor.page.locator(".ts-saved-row")).to_have_count(6, timeout=30_000)


def train(visitor, model):
    """Save the data set and train `model` on it, whose answers are found with three beams."""
    page = visitor.page
    page.click("#save-dataset")
    expect(page.locator(".ts-splits")).to_contain_text("Training", timeout=20_000)
    page.get_by_role("button", name="Train on this data set").click()
    page.get_by_role("button", name="Change").click()
    box = page.locator("#set-model input, #set-model textarea")
    box.fill(str(model))
    box.press("Enter")
    expect(page.locator(".ts-facts-list")).to_contain_text(model.name)
    page.get_by_role("button", name="Advanced settings").click()
    for name, value in SETTINGS.items():
        page.fill(f"#set-{name} textarea, #set-{name} input", value)
    expect(page.locator(".ts-facts-list")).to_contain_text("30 epochs")
    expect(page.locator("#start-training")).to_be_enabled()
    page.wait_for_timeout(500)
    page.click("#start-training")
    page.wait_for_selector(".ts-run .ts-state-finished", timeout=180_000)


def read_results(visitor, headline):
    """Three scores, and the rows with the lowest F1 first."""
    page = visitor.page
    page.get_by_role("button", name="See the results").click()
    expect(page.locator(".ts-headline")).to_contain_text(headline)
    for metric in ("Exact match", "F1 over words", "ROUGE-L"):
        expect(page.locator(".ts-table", has_text="Before training")).to_contain_text(metric)
    page.get_by_role("radio", name="Rows").click()
    expect(page.locator("#rows")).to_contain_text("mean probability of the words")
    items = page.locator("#rows .ts-line-item")
    told = [words.split("F1 over words")[1].strip()[:4] for words in items.all_inner_texts()]
    assert told == sorted(told)
    page.get_by_role("button", name="Try the model").click()


def test_a_text_is_made_of_another(visitor, tmp_path):
    rows, page = rewriting_rows(), visitor.page
    model = writer(tmp_path / "own-writer", [text for row in rows for text in row])
    upload(visitor, tmp_path / "requests.csv", ("input", "target"), rows)
    expect(page.get_by_label("Task")).to_have_value("One text from another (text to text)")
    train(visitor, model)
    read_results(visitor, "ROUGE-L")
    expect(page.locator("#try-question")).to_have_count(0)
    page.click("#try-run")
    expect(page.locator(".ts-empty:visible")).to_contain_text("There is no text yet.")
    page.locator("#try-text textarea").fill("Send the green ticket to Omar .")
    page.locator("#try-text textarea").press("Control+Enter")
    expect(page.locator(".ts-verdict")).to_contain_text("Please give", timeout=60_000)
    expect(page.locator(".ts-answer")).to_contain_text("not whether they are true")
    visitor.tab("Export")
    expect(page.locator("#export-snippet")).to_contain_text("AutoModelForSeq2SeqLM")
    with page.expect_download(timeout=30_000) as download:
        page.click("#download-model")
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert any(name.endswith("model.safetensors") for name in names)


def test_an_answer_is_written(visitor, tmp_path):
    rows, page = question_rows(), visitor.page
    texts = [f"question: {question} context: {text} {said}" for text, question, said in rows]
    model = writer(tmp_path / "own-answerer", texts)
    upload(visitor, tmp_path / "bridges.csv", ("context", "question", "answer"), rows)
    expect(page.get_by_label("Task")).to_have_value("Question answering")
    train(visitor, model)
    read_results(visitor, "F1 over words")
    page.locator("#try-text textarea").fill("The bridge of Oslo was built by Ruth .")
    page.click("#try-run")
    expect(page.locator(".ts-empty:visible")).to_contain_text("There is no question yet.")
    page.locator("#try-question textarea").fill("Who built it ?")
    page.locator("#try-question textarea").press("Enter")
    expect(page.locator(".ts-verdict")).to_be_visible(timeout=60_000)
    assert page.locator(".ts-verdict").inner_text() in NAMES
