"""Choosing a model in a real browser: the list, its filters, a folder, a name typed by hand."""

import time

import pytest
from playwright.sync_api import expect

from engine.models import hardware
from engine.runs.registry import Registry
from tests.tiny import recipe, tiny_dataset, tiny_model

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_model_is_found_and_chosen(visitor, app, tmp_path):
    dataset = tiny_dataset(app.workspace, tmp_path / "data")
    folder = tiny_model(tmp_path / "my-own-model")
    use_before(app, dataset, folder)
    page = visitor.page
    visitor.open("/en/?tab=train")
    about, models = page.locator("#tab-train"), page.locator(".ts-models")
    expect(page.locator(".ts-facts-list")).to_contain_text("MiniLM-L6", timeout=30_000)
    expect(page.locator(".ts-facts-list")).to_contain_text("GB free · fits", timeout=60_000)
    page.get_by_role("button", name="Change").click()
    expect(models).to_contain_text("MPNet base", timeout=20_000)
    expect(models.locator("li").nth(1)).to_contain_text("my-own-model")
    page.get_by_label("Language", exact=True).select_option("zh")
    expect(models).not_to_contain_text("MPNet base")
    expect(models).to_contain_text("Chinese BERT")
    expect(page.get_by_label("Good for", exact=True)).to_have_value("classification")
    row = models.get_by_role("button", name="my-own-model")
    row.focus()
    page.keyboard.press("Enter")
    expect(models).to_have_count(0, timeout=10_000)
    expect(about).to_contain_text("my-own-model")
    expect(page.locator("#start-training")).to_have_text("Start training", timeout=10_000)
    expect(page.locator("#start-training")).to_be_enabled()
    page.wait_for_timeout(3000)  # the browser keeps the form once the page has answered
    visitor.reload()
    expect(page.locator(".ts-facts-list")).to_contain_text("my-own-model", timeout=20_000)
    a_name_typed_by_hand(page)


def use_before(app, dataset, folder):
    """A short run of this model, to its end."""
    if hardware.load(app.workspace) is None:
        hardware.save(app.workspace, hardware.probe())
    registry = Registry(app.workspace)
    run = registry.submit(recipe(dataset, folder, epochs=1.0))
    for _ in range(600):
        if not registry.get(run.id).state.active:
            return
        time.sleep(0.1)
    raise AssertionError("the run did not end")


def a_name_typed_by_hand(page):
    """What cannot be had gives the reason and what to do; the list is a click away."""
    page.get_by_role("button", name="Change").click()
    box = page.locator("#set-model input, #set-model textarea")
    box.fill("somebody/some-model")
    box.press("Enter")
    expect(page.locator(".ts-note-problem")).to_contain_text("HF_HUB_OFFLINE", timeout=10_000)
    page.get_by_role("button", name="Close the list").click()
    expect(page.locator(".ts-models")).to_have_count(0)
    expect(page.locator("#start-training")).to_have_text("Choose another model")
    page.locator("#start-training").click()
    expect(page.locator(".ts-models")).to_be_in_viewport(timeout=10_000)
    page.get_by_role("button", name="Use the bundled model").click()
    expect(page.locator(".ts-facts-list")).to_contain_text("MiniLM-L6", timeout=10_000)
    expect(page.locator("#start-training")).to_be_enabled(timeout=10_000)
