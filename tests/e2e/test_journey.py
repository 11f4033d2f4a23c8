"""The whole way in a real browser: from a file to a model one can try and take away."""

import json
import random
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CURVE = """(name) => [...document.querySelectorAll('.js-plotly-plot')]
    .flatMap((plot) => plot.data || []).filter((trace) => trace.name === name)
    .map((trace) => trace.x.length)[0] || 0"""
"""Points of the curve with that name."""

UPLOAD = "input[type=file]:has(+ #upload-file)"
WORDS = {
    "delivery": "parcel courier late tracking depot shipped driver address doorstep".split(),
    "refund": "money back return refund cancel reimburse credit returned".split(),
    "billing": "invoice charged card payment twice receipt amount bank".split(),
}


def write_tickets(path: Path) -> Path:
    """144 rows: two text columns, an id, labels of which one is written in two ways."""
    chance = random.Random(7)
    rows = ["id;subject;message;topic"]
    for number in range(144):
        label = list(WORDS)[number % 3]
        some = chance.sample(WORDS[label], 4)
        written = "Refund " if label == "refund" and number % 24 == 1 else label
        text = f"Hello, about the {some[0]} and the {some[1]}: please {some[2]} number {number}"
        rows.append(f"{9000 + number};{some[3]} question {number};{text};{written}")
    path.write_text("\n".join(rows), "utf-8")
    return path


def test_from_a_file_to_a_model_in_a_zip(visitor, tmp_path):
    visitor.open()
    visitor.page.set_input_files(UPLOAD, write_tickets(tmp_path / "t.csv"))
    look_at_the_data_and_save_it(visitor)
    choose_settings_and_start(visitor)
    watch_the_run(visitor)
    read_the_results_and_try_the_model(visitor)
    change_the_text_and_ask_why(visitor.page)
    visitor.tab("Export")
    expect(visitor.page.locator("#export-snippet")).to_contain_text("import", timeout=10_000)
    with visitor.page.expect_download(timeout=30_000) as download:
        visitor.page.click("#download-model")
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert any(name.endswith("model.safetensors") for name in names)
    assert any(name.endswith("README.md") for name in names)


def look_at_the_data_and_save_it(visitor):
    """Look at the roles, change one, merge the labels that look the same."""
    page = visitor.page
    roles = page.locator(".ts-preview select")
    expect(roles).to_have_count(4, timeout=20_000)
    assert [roles.nth(i).input_value() for i in range(4)][2:] == ["text", "label"]
    expect(page.locator(".ts-reading")).to_contain_text("144 rows read")
    page.get_by_label("What the column “id” is for").select_option("ignore")
    page.get_by_label("What the column “subject” is for").select_option("text")
    expect(page.locator("th.ts-role-text")).to_have_count(2)  # both changes are shown
    expect(page.locator("th.ts-role-ignore")).to_have_count(1)
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Merge into").click()
    expect(page.locator(".ts-counts")).to_contain_text("3 labels")
    visitor.reload()  # nothing of this is lost
    expect(page.locator(".ts-counts")).to_contain_text("3 labels")
    expect(page.get_by_label("What the column “subject” is for")).to_have_value("text")
    page.click("#save-dataset")
    expect(page.locator(".ts-splits")).to_contain_text("Training", timeout=20_000)
    page.get_by_role("button", name="Train on this data set").click()


def choose_settings_and_start(visitor):
    """The card says what will run; a refresh keeps the form; a double click starts one run."""
    page = visitor.page
    expect(page.locator(".ts-facts-list")).to_contain_text("MiniLM", timeout=20_000)
    page.get_by_label("Quick").check()
    page.get_by_role("button", name="Advanced settings").click()
    page.fill("#set-epochs textarea, #set-epochs input", "6")
    expect(page.locator(".ts-facts-list")).to_contain_text("6 epochs", timeout=10_000)
    page.wait_for_timeout(500)
    visitor.reload()
    expect(page.locator(".ts-facts-list")).to_contain_text("6 epochs", timeout=10_000)
    expect(page.get_by_label("Quick")).to_be_checked()
    expect(page.locator("#start-training")).to_have_text("Start training")
    page.dblclick("#start-training")


def watch_the_run(visitor):
    """The curve grows, and is back after a refresh."""
    page = visitor.page
    expect(page.locator(".ts-run")).to_have_count(1, timeout=20_000)
    page.wait_for_function(f"({CURVE})('Training') >= 2", timeout=60_000)
    before = page.evaluate(CURVE, "Training")
    visitor.reload()
    page.wait_for_function(f"({CURVE})('Training') >= {before}", timeout=5_000)
    expect(page.locator(".ts-run.ts-chosen")).to_have_count(1)
    page.wait_for_function(f"({CURVE})('Training') > {before}", timeout=30_000)
    page.wait_for_selector(".ts-run .ts-state-finished", timeout=90_000)
    assert page.evaluate(CURVE, "Validation") >= 2


def read_the_results_and_try_the_model(visitor):
    page = visitor.page
    page.get_by_role("button", name="See the results").click()
    headline = page.locator(".ts-headline")
    expect(headline).to_contain_text("Macro-F1", timeout=20_000)
    expect(headline).to_contain_text("Before training")
    page.get_by_role("button", name="Try the model").click()
    page.locator(".ts-example").first.click()
    expect(page.locator(".ts-answer .ts-bar-line")).to_have_count(3, timeout=60_000)
    box = page.locator("#try-text textarea")
    box.fill("where is my parcel, the courier is late")
    box.press("Shift+Enter")
    box.press_sequentially("I want my money back")
    box.press("Control+Enter")
    expect(page.locator(".ts-answer")).to_have_count(2, timeout=20_000)
    expect(page.locator(".ts-verdict").first).to_have_text("delivery")


def change_the_text_and_ask_why(page):
    """The answer follows the keys, says what changed and why, and what another model says."""
    box = page.locator("#try-text textarea")
    box.fill("my parcel is late")
    expect(page.locator(".ts-answer")).to_have_count(1)
    box.press("Control+Enter")
    expect(page.locator(".ts-try-said")).to_contain_text("keeps this text to compare with")
    box.press("End")
    box.press_sequentially(", refund my money", delay=20)
    expect(page.locator(".ts-try-said")).to_contain_text("the change against “my parcel is late”")
    expect(page.locator(".ts-bar-line .ts-up").first).to_be_visible()
    box.press("Control+Shift+Enter")
    expect(page.locator("#why-words mark bdi").first).to_be_visible()
    expect(page.locator("#why-similar li")).to_have_count(5)
    page.locator("#try-others input").click()
    page.get_by_role("option", name="The model before training").click()
    expect(page.locator(".ts-other .ts-bar-line")).to_have_count(3, timeout=60_000)
    expect(page.locator(".ts-other")).to_contain_text("Says ")
    box.fill("")
    box.press("ArrowUp")
    expect(box).to_have_value("my parcel is late, refund my money")
    box.press("ArrowUp")
    expect(box).to_have_value("my parcel is late")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")


HOSTILE = [
    "<img src=x onerror=window.__xss=1>",
    "${window.__xss=1}",
    "{{constructor.constructor('window.__xss=1')()}}",
    "</script><script>window.__xss=1</script>",
    r"$\href{javascript:window.__xss=1}{x}$",
    '"><svg onload=window.__xss=1>',
]


def test_labels_texts_and_names_are_data_wherever_they_stand(visitor, tmp_path):
    page = visitor.page
    column = "<b onmouseover=window.__xss=1>text"
    rows = [
        json.dumps({column: f"{HOSTILE[i % 6]} row {i}", "${alert(1)}": HOSTILE[i % 6]})
        for i in range(60)
    ]
    file = tmp_path / "<img src=x onerror=window.__xss=1>.jsonl"
    file.write_text("\n".join(rows), "utf-8")
    visitor.open()
    page.set_input_files(UPLOAD, file)
    expect(page.locator(".ts-preview")).to_contain_text(column, timeout=20_000)
    expect(page.locator(".ts-counts")).to_contain_text(HOSTILE[0])
    page.click("#save-dataset")
    page.get_by_role("button", name="Train on this data set").click(timeout=20_000)
    page.get_by_label("Only the last layer").check()
    page.get_by_role("button", name="Advanced settings").click()
    page.fill("#set-epochs textarea, #set-epochs input", "1")
    page.fill("#set-max_length textarea, #set-max_length input", "${window.__xss=1}")
    expect(page.locator("#start-training")).to_be_disabled(timeout=10_000)
    page.fill("#set-max_length textarea, #set-max_length input", "16")
    expect(page.locator("#start-training")).to_be_enabled(timeout=10_000)
    page.click("#start-training")
    page.wait_for_selector(".ts-run.ts-chosen .ts-state-finished", timeout=90_000)
    for name in ("Results", "Playground", "Export", "Data", "Train"):
        visitor.tab(name)
        page.wait_for_timeout(600)
    visitor.tab("Playground")
    page.locator(".ts-example").first.click()
    expect(page.locator(".ts-answer").first).to_contain_text("onerror", timeout=60_000)
    assert page.evaluate("window.__xss") is None
    assert page.evaluate("document.querySelectorAll('img[src=x], svg[onload]').length") == 0


def test_a_file_without_a_table_is_refused_in_words(visitor, app, tmp_path):
    page = visitor.page
    visitor.open()
    rubbish = tmp_path / "picture.csv"
    rubbish.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    page.set_input_files(UPLOAD, rubbish)
    expect(page.locator(".toast-body")).to_be_visible(timeout=20_000)
    expect(page.locator(".toast-body")).to_contain_text("picture.csv” is a picture")
    assert "Error" not in page.locator(".toast-body").inner_text()
    expect(page.get_by_text("Error", exact=True).filter(visible=True)).to_have_count(0)
    assert not list(app.workspace.uploads.glob("*/upload.json"))
    expect(page.get_by_role("button", name="Upload a file")).to_be_enabled()


def test_what_is_typed_into_the_data_form_stays(visitor, tmp_path):
    page = visitor.page
    visitor.open()
    page.set_input_files(UPLOAD, write_tickets(tmp_path / "t.csv"))
    expect(page.locator(".ts-counts")).to_contain_text("4 labels", timeout=20_000)
    page.get_by_label("Training %").click()
    for number in ("70", "15", "15"):
        page.keyboard.press("Control+a")
        page.keyboard.type(number, delay=60)
        page.keyboard.press("Tab")
    page.wait_for_timeout(2500)
    shares = [f"{name} %" for name in ("Training", "Validation", "Test")]
    assert [page.get_by_label(share).input_value() for share in shares] == ["70", "15", "15"]
    save, remarks = page.locator("#save-dataset"), page.locator(".ts-note-problem")
    expect(save).to_have_text("Save data set")
    page.get_by_label("Test %").fill("-5")
    expect(remarks).to_contain_text("is not a share", timeout=10_000)
    page.get_by_label("Test %").fill("5")
    expect(remarks).to_contain_text("70 + 15 + 5 = 90", timeout=10_000)
    expect(page.locator(".ts-counts")).to_contain_text("4 labels")
    expect(save).to_be_disabled()
    page.get_by_label("I have separate files").check()
    expect(save).to_have_text("Add the missing files", timeout=10_000)
    page.get_by_label("Share the rows out").check()
    expect(remarks).to_contain_text("= 90", timeout=10_000)
    page.get_by_label("Test %").fill("15")
    expect(save).to_be_enabled(timeout=10_000)
    page.get_by_role("button", name="Merge into").click()
    expect(page.locator(".ts-counts")).to_contain_text("3 labels", timeout=10_000)
    expect(page.locator(".toast-body")).to_have_count(0)


def test_language_and_theme_are_kept_and_the_view_with_them(visitor):
    page = visitor.page
    visitor.open("/en/?tab=results&split=validation")
    view = page.url.partition("?")[2]
    assert "tab=results" in view
    assert "split=validation" in view
    visitor.leave(page.get_by_role("link", name="简体中文").click)
    assert page.url == f"{visitor.address}/zh/?{view}"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    expect(page.locator("button[role=tab][aria-selected=true]:visible")).to_have_text("结果")
    page.get_by_role("button", name="明 / 暗").click()
    expect(page.locator("body.dark")).to_have_count(1)
    visitor.reload()
    expect(page.locator("body.dark")).to_have_count(1)
    visitor.open("/")
    assert "/zh/" in page.url
    page.get_by_role("button", name="明 / 暗").click()
    expect(page.locator("body.dark")).to_have_count(0)


def test_an_address_of_things_that_are_gone_opens_the_page(visitor):
    visitor.open("/en/?tab=runs&run=long-gone-1&dataset=../../etc&upload=never-was")
    selected = visitor.page.locator("button[role=tab][aria-selected=true]:visible")
    expect(selected).to_contain_text("Runs")
