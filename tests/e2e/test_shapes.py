"""Mentions and answers in a real browser: from single errors to a text of one's own."""

import pytest
from playwright.sync_api import expect

from engine.evaluation import report as reports
from engine.evaluation.predictions import write_predictions
from engine.runs.registry import Registry
from engine.runs.run import State
from engine.tasks.answering import AnswerPredictions
from engine.tasks.token_labels import Span, SpanPredictions
from engine.workspace import Workspace
from tests.recipes import complete_recipe
from tests.shaped import HOSTILE, asked, mentions_of, tagged, write_dataset

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = ("Anna Berg", "Li Wei", "Maria Lopez")
PLACES = ("Paris", "Berlin", "the Gulf of Mexico")


def entity_rows():
    """Names of people and places in a few sentences; a third of them are test rows."""
    rows = []
    for number in range(90):
        split = ("train", "validation", "test")[number % 3]
        person, place = PEOPLE[number % 3], PLACES[number // 3 % 3]
        text = f"{person} moved to {place} in {1900 + number}."
        if number % 10 == 2:
            text = f"{HOSTILE} {text}"
        rows.append(tagged(text, (person, "person"), (place, "place"), split=split))
    return rows


def answer_rows():
    rows = []
    for number in range(60):
        split = ("train", "validation", "test")[number % 3]
        text = f"{HOSTILE} The bridge of {PLACES[number % 3]} was built in {1800 + number}."
        question = f"When was bridge {number} built?"
        rows.append(asked(text, question, str(1800 + number), split=split))
    return rows


@pytest.fixture(scope="module")
def runs(app):
    """Two finished runs with the bundled model. What they said of the test rows is put in their
    place, so that it holds every kind of error."""
    from engine.runs.job import train_run

    workspace: Workspace = app.workspace
    made = {}
    for task, labels, rows in (
        ("tokens", ("person", "place"), entity_rows()),
        ("qa", (), answer_rows()),
    ):
        dataset = write_dataset(workspace, task, labels, rows, f"{task}-1")
        recipe = complete_recipe(
            dataset.id, model="bundled", best_metric="f1", epochs=1.0, learning_rate=3e-4,
            max_length=48, answer_length=8, train_embeddings=False,
        )  # fmt: skip
        registry = Registry(workspace)
        run = registry.submit(recipe, f"{task}-run")
        registry.settle(run, State.STOPPED, None)  # before the app takes it
        assert train_run(workspace, run.id, None, lambda: None).kind == "finished"
        said = {"tokens": wrong_mentions, "qa": wrong_answers}[task](rows)
        test = [i for i, row in enumerate(rows) if row["split"] == "test"]
        write_predictions(workspace.run(run.id).predictions("test", "best"), test, said)
        reports.save(workspace.run(run.id), reports.build_report(workspace.run(run.id), dataset))
        made[task] = run.id
    return made


def wrong_mentions(rows):
    """Each kind of error in turn, then two rows without any."""
    truth = mentions_of([row for row in rows if row["split"] == "test"])
    decided = []
    for number, (person, place) in enumerate(truth):
        missed, spurious = [person], [person, Span(person.end + 1, person.end + 6, "place"), place]
        wrong_type = [person._replace(label="place"), place]
        wrong_boundary = [person, place._replace(end=place.end + 3)]
        kinds = (missed, spurious, wrong_type, wrong_boundary, [person, place], [person, place])
        decided.append(kinds[number % 6])
    return SpanPredictions(truth, decided)


def wrong_answers(rows):
    """Right, partly right and wrong in turn."""
    test = [row for row in rows if row["split"] == "test"]
    given = [
        (row["answers"][0], f"in {row['answers'][0]}", "bridge")[number % 3]
        for number, row in enumerate(test)
    ]
    starts = [row["text"].index(answer) for row, answer in zip(test, given, strict=True)]
    truth = [row["answers"] for row in test]
    return AnswerPredictions(truth, given, [0.5] * len(test), starts)


def test_from_a_confusion_to_its_rows_and_into_the_playground(visitor, runs):
    page = visitor.page
    visitor.open(f"/en/?tab=results&run={runs['tokens']}&view=confusion")
    expect(page.locator("#worst li")).to_have_count(3)
    expect(page.locator("#matrix tbody tr")).to_have_count(3)
    page.locator("#worst .ts-link").first.click()
    items = page.locator("#rows .ts-line-item")
    expect(items).to_have_count(5, timeout=10_000)
    page.wait_for_url("**view=rows&truth=**")
    expect(page.locator("#filters")).to_contain_text("5 of 30 rows")
    page.get_by_role("radio", name="Confusions").click()
    page.locator("#confused").get_by_role("button", name="Wrong boundary").click()
    expect(page.locator("#rows")).to_contain_text("Wrong boundary", timeout=10_000)
    expect(items).to_have_count(5)
    for item in items.all():
        expect(item.locator(".ts-true.ts-strong").first).to_be_visible()
    visitor.reload()
    expect(items).to_have_count(5, timeout=20_000)
    items.first.get_by_role("button", name="Try this text").click()
    expect(page.locator(".ts-mentions tbody tr").first).to_be_visible(timeout=60_000)
    assert "moved to" in page.locator("#try-text textarea").input_value()
    expect(page.locator("#try-question")).to_have_count(0)
    page.locator("#try-text textarea").fill("Li Wei moved to\nBerlin in 1950.")
    page.locator("#try-text textarea").press("Control+Enter")
    expect(page.locator(".ts-answer .ts-kept")).to_contain_text("Berlin", timeout=20_000)
    expect(page.locator(".ts-answer")).to_have_count(1)
    expect(page.locator(".ts-mentions")).to_contain_text("%")
    assert page.evaluate("window.__xss") is None


def test_answers_can_be_looked_at_and_a_question_asked(visitor, runs):
    page = visitor.page
    visitor.open(f"/en/?tab=results&run={runs['qa']}&view=rows")
    expect(page.locator(".ts-headline")).to_contain_text("F1 over words", timeout=20_000)
    items = page.locator("#rows .ts-line-item")
    expect(items).to_have_count(20)
    expect(items.first).to_contain_text("Wrong")
    page.get_by_label("Order").select_option("file")
    page.wait_for_url("**pick=file**")
    expect(items.first.locator(".ts-verdict-right")).to_be_visible()
    items.first.get_by_role("button", name="Try this text").click()
    expect(page.locator(".ts-verdict")).to_be_visible(timeout=60_000)
    assert page.locator("#try-question textarea").input_value().startswith("When was bridge")
    page.locator("#try-text textarea").fill("Fresno was founded in 1872 by a railroad.")
    page.locator("#try-question textarea").fill("When was Fresno founded?")
    page.locator("#try-question textarea").press("Control+Enter")
    expect(page.locator(".ts-answer .ts-kept")).to_contain_text("Fresno", timeout=20_000)
    expect(page.locator(".ts-sure")).to_contain_text("%")
    assert page.evaluate("window.__xss") is None
    visitor.tab("Export")
    expect(page.locator("#export-snippet")).to_contain_text("AutoModelForQuestionAnswering")
