"""Samples of token labels and of questions in the browser: preview, another role, save."""

import pytest
from playwright.sync_api import expect

from engine.data.dataset import list_datasets

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def use(visitor, sample):
    visitor.open("/en/?tab=data")
    card = visitor.page.locator("article.ts-card", has_text=sample)
    card.get_by_role("button", name="Use this sample").click()
    expect(visitor.page.locator(".ts-saved-row")).to_have_count(6, timeout=30_000)


def save(visitor, app, sample):
    visitor.page.click("#save-dataset")
    expect(visitor.page.locator(".ts-splits")).to_contain_text("Training", timeout=20_000)
    return next(d for d in list_datasets(app.workspace) if d.name == sample)


def test_entities_are_seen_in_their_text_and_saved(visitor, app):
    page = visitor.page
    use(visitor, "Service notes")
    expect(page.get_by_label("Task")).to_have_value("Entities in the text (token labels)")
    legend = page.locator(".ts-counts")
    expect(legend).to_contain_text("3 types of entities")
    expect(legend.locator("mark")).to_have_count(3)
    types = page.locator(".ts-saved-row mark b")
    assert set(types.all_inner_texts()) <= {"Person", "Place", "Product"}
    expect(page.locator(".js-plotly-plot").first).to_contain_text("Entities of each type")
    page.get_by_label("What the column “entities” is for").select_option("ignore")
    expect(page.locator("#save-dataset")).to_be_disabled(timeout=10_000)
    expect(page.locator(".ts-saved-row")).to_have_count(0)
    page.get_by_label("What the column “entities” is for").select_option("label")
    expect(page.locator(".ts-saved-row")).to_have_count(6, timeout=10_000)
    dataset = save(visitor, app, "Service notes")
    assert (dataset.task, dataset.labels) == ("tokens", ("Person", "Place", "Product"))


def test_questions_are_seen_with_their_answers_and_saved(visitor, app):
    page = visitor.page
    use(visitor, "Questions about small places")
    expect(page.get_by_label("Task")).to_have_value("Question answering")
    expect(page.get_by_label("What the column “question” is for")).to_have_value("question")
    row = page.locator(".ts-saved-row").first
    expect(row).to_contain_text("Answer")
    answer = row.locator("mark").inner_text()
    expect(row.locator("p").last).to_contain_text(answer)
    expect(page.locator(".js-plotly-plot").first).to_contain_text("Length of the training answers")
    page.get_by_label("What the column “question” is for").select_option("ignore")
    expect(page.locator(".ts-saved-row p").first).not_to_contain_text("?", timeout=10_000)
    page.get_by_label("What the column “question” is for").select_option("question")
    expect(page.get_by_label("Task")).to_have_value("Question answering", timeout=10_000)
    dataset = save(visitor, app, "Questions about small places")
    assert (dataset.task, dataset.labels, dataset.roles.question) == ("qa", (), "question")
