"""The train form and the runs around it: faults in their place, other data, the queue, remedies."""

import re
import signal
import time

import psutil
import pytest
from playwright.sync_api import expect

from engine.data.dataset import list_datasets
from engine.data.importing import Sources, import_dataset
from engine.models import hardware
from engine.runs.registry import Registry
from engine.runs.run import Request
from tests.e2e.test_journey import UPLOAD, write_tickets
from tests.tiny import recipe, tiny_dataset, tiny_model
from webui.progress import events_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def dataset(app, tmp_path_factory):
    if hardware.load(app.workspace) is None:
        hardware.save(app.workspace, hardware.probe())
    return tiny_dataset(app.workspace, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny")


def long_recipe(dataset, model):
    return recipe(dataset, model, epochs=1000.0, early_stopping=False)


def until(done):
    for _ in range(600):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("it took longer than a minute")


def open_form(visitor, dataset):
    visitor.open(f"/en/?tab=train&dataset={dataset.id}")
    expect(visitor.page.locator(".ts-facts-list")).to_contain_text("MiniLM", timeout=60_000)


def settled(page):
    """No listener of the form is at work any more, and none sets another off."""
    calls = []

    def note(request):
        if asks_of_form(request):
            calls.append(request.post_data_json["fn_index"])

    page.on("request", note)
    for _ in range(20):
        calls.clear()
        page.wait_for_timeout(2500)
        if not calls:
            break
    page.remove_listener("request", note)
    assert calls == []


def asks_of_form(request):
    """Whether a request carries the whole form."""
    return "queue/join" in request.url and len(request.post_data_json["data"]) > 40


def choose(page, field, option):
    page.locator(field).get_by_role("combobox").click()
    page.get_by_role("option", name=option).click()


def test_faults_stand_at_their_fields_and_the_summary_leads_there(visitor, dataset):
    page = visitor.page
    open_form(visitor, dataset)
    fold = page.get_by_role("button", name="Advanced settings")
    fold.click()
    page.fill("#set-epochs textarea", "many")
    page.fill("#set-seed textarea", "x")
    fault = page.locator("#set-epochs .ts-fault")
    expect(fault).to_contain_text("found “many”", timeout=30_000)
    expect(page.locator("#set-seed .ts-fault")).to_contain_text("found “x”", timeout=30_000)
    box = page.locator("#set-epochs textarea")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(fault.inner_text())
    assert fault.bounding_box()["y"] - box.bounding_box()["y"] < 60
    expect(page.locator(".ts-note-problem")).to_have_text(
        "These fields need another value: epochs · seed"
    )
    expect(page.locator("#start-training")).to_be_disabled()
    settled(page)
    fold.click()
    expect(box).to_be_hidden()
    page.get_by_role("button", name="seed", exact=True).click()
    expect(page.locator("#set-seed textarea")).to_be_focused()
    page.fill("#set-seed textarea", "3")
    page.fill("#set-epochs textarea", "")
    expect(page.locator(".ts-fault")).to_have_count(0, timeout=30_000)
    assert box.get_attribute("aria-describedby") is None
    expect(page.locator("#start-training")).to_be_enabled(timeout=30_000)


def test_a_folded_field_tells_its_fault_when_it_is_opened(visitor, dataset):
    page = visitor.page
    open_form(visitor, dataset)
    page.get_by_role("button", name="Advanced settings").click()
    page.fill("#set-epochs textarea", "many")
    expect(page.locator(".ts-fault")).to_have_count(1, timeout=30_000)
    settled(page)
    visitor.reload()
    way = page.get_by_role("button", name="epochs", exact=True)
    expect(way).to_be_visible(timeout=30_000)
    expect(page.locator("#set-epochs")).to_have_count(0)
    way.click()
    expect(page.locator("#set-epochs textarea")).to_be_focused()
    expect(page.locator("#set-epochs .ts-fault")).to_contain_text("found “many”")


def test_every_fault_of_a_recipe_text_is_listed_below_it(visitor, dataset):
    page = visitor.page
    open_form(visitor, dataset)
    page.get_by_role("button", name="The same as a file or a command").click()
    heights = [
        round(page.locator(button).bounding_box()["height"])
        for button in ("#recipe-use", "#recipe-load", "[data-save]")
    ]
    assert len(set(heights)) == 1, heights
    settled(page)
    page.fill("#recipe-text textarea", "epochs: many\nseed: 1\nepochs: 2\nseeed: 4")
    page.click("#recipe-use")
    wrong = page.locator("#recipe-wrong")
    expect(wrong.locator("li")).to_have_count(3)
    expect(wrong.locator("li").nth(0)).to_contain_text("Line 1: ")
    expect(wrong.locator("li").nth(1)).to_contain_text("Line 3: “epochs” is given a second time")
    expect(wrong.locator("li").nth(2)).to_contain_text("Line 4: ")
    expect(page.locator(".toast-body")).to_have_count(0)
    page.fill("#recipe-text textarea", "epochs: 2\nseed: 7")
    page.click("#recipe-use")
    expect(wrong.locator("li")).to_have_count(0)
    expect(page.locator(".ts-facts-list")).to_contain_text("2 epochs")


def test_another_data_set_puts_aside_what_does_not_fit_it(visitor, app, dataset):
    page = visitor.page
    visitor.open("/en/?tab=data")
    for _ in range(2):
        card = page.locator("article.ts-card", has_text="Service notes")
        card.get_by_role("button", name="Use this sample").click()
        page.click("#save-dataset", timeout=30_000)
        expect(page.locator(".ts-splits")).to_contain_text("Training", timeout=30_000)
    names = page.locator(".ts-chip b").all_inner_texts()
    assert names[:2] == ["Service notes (2)", "Service notes"]
    notes = next(d for d in list_datasets(app.workspace) if d.name == "Service notes")
    open_form(visitor, notes)
    choose(page, "#start-from", "Names in running text")
    expect(page.locator("#start-from")).to_contain_text("finding diseases, people, products")
    settled(page)
    visitor.reload()
    expect(page.locator("#start-from input")).to_have_value(
        "Names in running text: XLM-R with LoRA"
    )
    remark = page.locator("#tab-train .ts-note-info")
    choose(page, "#train-on", "Service notes (2)")
    expect(remark.first).to_contain_text("Kept from the earlier data set: Model to start from")
    choose(page, "#train-on", dataset.name)
    expect(remark.first).to_contain_text("“Names in running text: XLM-R with LoRA” does not fit")
    expect(page.locator("#start-from input")).to_have_value("Recommended settings")
    expect(page.locator("#start-from")).not_to_contain_text("diseases")
    expect(page.locator(".ts-facts-list")).to_contain_text("MiniLM")
    expect(page.locator("#start-training")).to_be_enabled()
    expect(page.locator(".toast-body")).to_have_count(0)


def test_an_upload_and_its_name_are_there_after_a_refresh(visitor, tmp_path):
    page = visitor.page
    visitor.open("/en/?tab=data")
    page.set_input_files(UPLOAD, write_tickets(tmp_path / "Überfällige Tickets 你好.csv"))
    expect(page.locator(".ts-counts")).to_contain_text("4 labels", timeout=30_000)
    page.get_by_label("Name of the data set").fill("Mine")
    settled(page)
    assert "upload=" in page.url
    visitor.reload()
    expect(page.locator(".ts-counts")).to_contain_text("4 labels")
    expect(page.get_by_label("Name of the data set")).to_have_value("Mine")
    page.get_by_role("button", name="Discard").click()


def test_results_and_playground_turn_to_the_followed_run_when_it_ends(
    visitor, app, dataset, model, tmp_path
):
    page, registry = visitor.page, Registry(app.workspace)
    earlier = registry.submit(recipe(dataset, model, epochs=1.0))
    until(lambda: not registry.get(earlier.id).state.active)
    other = tiny_dataset(app.workspace, tmp_path / "other")
    followed = registry.submit(long_recipe(other, model), "a-run-with-" + "a-long-name-" * 5)
    visitor.open(f"/en/?tab=results&run={followed.id}")
    picker = page.locator("#tab-results input[role=combobox]")
    note = page.get_by_text(f"“{followed.name}” has not finished")
    expect(note).to_be_visible()
    expect(page.get_by_text(f"Until then you see “{earlier.name}”")).to_be_visible()
    picker.click()  # to look is not to choose
    page.keyboard.press("Escape")
    page.locator(".ts-brand").click()
    page.wait_for_timeout(1500)
    expect(note).to_be_visible()
    name = page.locator(".ts-context b", has_text="a-run-with")
    expect(name).to_have_attribute("title", followed.name)
    assert name.evaluate("(e) => getComputedStyle(e).textOverflow") == "ellipsis"
    folder = app.workspace.run(followed.id)
    until(lambda: any(event["type"] == "evaluation" for event in events_of(folder.events)))
    registry.request_stop(followed.id, Request.STOP_AND_KEEP)
    expect(picker).to_have_value(followed.name, timeout=60_000)
    expect(page.get_by_text("Until then you see")).to_have_count(0)
    visitor.tab("Playground")
    shown = page.locator("#tab-playground").get_by_label("Run", exact=True)
    expect(shown).to_have_value(followed.name)
    visitor.tab("Results")
    choose(page, "#tab-results", earlier.name)
    expect(page).to_have_url(re.compile(f"run={earlier.id}$"))


def test_waiting_runs_change_places_by_their_buttons(visitor, app, dataset, model):
    page, registry = visitor.page, Registry(app.workspace)
    busy = registry.submit(long_recipe(dataset, model), "busy")
    until(lambda: registry.get(busy.id).started is not None)
    for name in ("alpha", "beta", "gamma"):
        registry.submit(long_recipe(dataset, model), name)

    def row(name):
        return page.locator(".ts-run", has=page.get_by_text(name, exact=True))

    def press(name, button):
        row(name).get_by_role("button", name=button, exact=True).click()

    def expect_order(*names):
        for place, name in zip(("1st", "2nd", "3rd"), names, strict=True):
            expect(row(name)).to_contain_text(f"queued, {place} of 3")
        assert [run.name for run in registry.queued()] == list(names)

    visitor.open(f"/en/?tab=runs&run={busy.id}")
    expect_order("alpha", "beta", "gamma")
    expect(row("alpha").get_by_role("button", name="Up", exact=True)).to_have_count(0)
    expect(row("gamma").get_by_role("button", name="Down", exact=True)).to_have_count(0)
    press("gamma", "Up")
    expect_order("alpha", "gamma", "beta")
    press("gamma", "Up")
    expect_order("gamma", "alpha", "beta")
    press("alpha", "Down")
    expect_order("gamma", "beta", "alpha")
    visitor.reload()
    expect_order("gamma", "beta", "alpha")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel all that wait").click()
    expect(row("gamma")).to_contain_text("stopped")
    registry.request_stop(busy.id, Request.STOP_AND_DISCARD)
    until(lambda: not registry.get(busy.id).state.active)


def test_a_rehearsal_too_big_offers_a_change_that_one_click_applies(visitor, app, tmp_path):
    """The process is ended as the kernel ends one that takes more memory than there is."""
    page, path = visitor.page, tmp_path / "long.csv"
    rows = [f"{'a long text about parcels and money ' * 70} {i},{'ab'[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    if hardware.load(app.workspace) is None:
        hardware.save(app.workspace, hardware.probe())
    open_form(visitor, import_dataset(app.workspace, Sources(path)))
    expect(page.locator(".ts-facts-list")).to_contain_text("The whole model")
    settled(page)
    page.click("#rehearse")
    until(lambda: rehearsing(app))
    for process in rehearsing(app):
        process.send_signal(signal.SIGKILL)
    said = page.locator("#tab-train .ts-note-problem")
    expect(said).to_contain_text("memory", timeout=30_000)
    page.get_by_role("button", name="Apply this change").click()
    expect(said).to_have_count(0)
    expect(page.get_by_label("Only the last layer").first).to_be_checked()
    expect(page.locator(".ts-facts-list")).to_contain_text("Only the last layer")
    expect(page.locator("#start-training")).to_be_enabled()


def rehearsing(app):
    wanted = {"engine.runs.rehearsal_process", str(app.workspace.root.resolve())}
    every = psutil.process_iter(["cmdline"])
    return [process for process in every if wanted <= set(process.info["cmdline"] or [])]
