"""What the page offers where a model cannot be had or does not know the language, and that data
and train tab say the same."""

import re

import gradio as gr
import pytest

from engine.data.importing import Sources, import_dataset
from engine.data.importing import inspect as inspect_file
from engine.data.samples import SAMPLES
from engine.data.several_files import sort_out
from engine.errors import ModelError
from engine.models import hardware, hub
from engine.models.catalogue import BUNDLED
from engine.models.hardware import Hardware
from engine.runs.registry import Registry
from engine.text import Message
from engine.training import scripts
from tests.pages import page_states
from webui import form, lookups, model_picker, starting
from webui.page import START, Page
from webui.state import Selection
from webui.tabs import data, train
from webui.workbench import overview as bench_overview

GB = 10**9
MACHINE = Hardware("cpu", "A processor", 4, 16 * GB, None, 3.0, 50.0, "2.13")
FAR = "google-bert/bert-base-chinese"
LARGE = "Qwen/Qwen3-4B-Base"
CHINESE = "chinese-headlines"


@pytest.fixture(autouse=True)
def nothing_but_the_bundled_model(monkeypatch):
    """The hub cannot be reached, and nothing was fetched before."""
    monkeypatch.setattr(hub, "cached_names", lambda: ())
    monkeypatch.setattr(lookups, "_looks", {})
    monkeypatch.setattr("engine.training.footprint.free_memory", lambda hardware: 8 * GB)


@pytest.fixture
def page(workspace):
    hardware.save(workspace, MACHINE)
    with gr.Blocks(), gr.Tabs() as tabs:
        yield Page(workspace, "en", Registry(workspace), *page_states(), tabs)


@pytest.fixture
def training(page):
    with gr.Tab("Train") as frame:
        tab = train.build(page, frame)
    train.wire(tab)
    return tab


@pytest.fixture
def importing(page):
    with gr.Tab("Data") as frame:
        return data.build(page, frame)


def overview(tab):
    """What is shown first of a saved data set."""
    return tab.bench.views["overview"]


def pictures(tab):
    return overview(tab).pictures


def sample(page, name):
    """A sample as a saved data set, and the selection that shows it."""
    file = next(each.file for each in SAMPLES if each.id == name)
    sources = Sources(file)
    saved = import_dataset(page.workspace, sources, inspect_file(sources).plan)
    return saved, Selection(tab="train", dataset=saved.id)


def put(tab, selection, **raw):
    return train._put(tab, selection, form.write({}) | raw)


def acts(shown):
    """act → its data, of every button in a piece of the page."""
    found = re.findall(r"<button[^>]*data-act=\"(\w+)\"([^>]*)>", shown)
    return {act: dict(re.findall(r"data-(\w+)=\"([^\"]*)\"", rest)) for act, rest in found}


def test_a_model_that_cannot_be_had_leaves_two_ways_on(page, training):
    _, selection = sample(page, "news_headlines_zh")
    shown = put(training, selection, model=FAR)
    about = shown[training.model_about]
    assert "HF_HUB_OFFLINE" in about
    assert "Use the bundled model (MiniLM-L6)" in about
    assert acts(about)["choose"] == {"model": BUNDLED}
    assert "models" in acts(about)
    assert shown[training.start].value == "Choose another model"
    assert shown[training.start].interactive


def test_the_start_button_opens_the_list_instead(page, training):
    _, selection = sample(page, "news_headlines_zh")
    raw = form.write({}) | {"model": FAR}
    shown = train._start(training, selection, *(raw[name] for name in training.fields))
    assert shown[training.picker["column"]].visible
    assert page.registry.list() == []


def test_the_bundled_model_is_not_offered_for_what_it_cannot_do(page, training):
    _, selection = sample(page, "small_places")
    answers = put(training, selection, model="google-t5/t5-small")[training.model_about]
    assert "Use the bundled model" in answers, "it finds answers in a text"
    writing = tiny_writing(page)
    shown = put(training, Selection(tab="train", dataset=writing), model="google-t5/t5-small")
    assert "choose" not in acts(shown[training.model_about])
    assert "models" in acts(shown[training.model_about])


def tiny_writing(page):
    path = page.workspace.root / "pairs.csv"
    rows = [f"a long text number {n} about a thing,{n} is the short text of {n}" for n in range(40)]
    path.write_text("\n".join(["text,summary", *rows]), "utf-8")
    sources = Sources(path)
    saved = import_dataset(page.workspace, sources, inspect_file(sources).plan)
    assert saved.task == "text2text"
    return saved.id


def test_what_is_known_of_a_model_is_told_although_it_cannot_be_had(page, training):
    _, selection = sample(page, "support_tickets")
    shown = put(training, selection, model=LARGE)
    assert "4 billion parameters · needs a download" in shown[training.model_about]
    assert "too big" in shown[training.model_about]
    card = shown[training.card]
    assert "Small added layers (LoRA)" in card
    assert "too big" in card
    assert "choose a smaller model" in card
    method = shown[training.fields["method"]]["info"]
    assert "Recommended here: Small added layers (LoRA)." in method


def test_the_change_that_makes_it_fit_is_offered_before_it_is_fetched(page, training, monkeypatch):
    monkeypatch.setattr("engine.training.footprint.free_memory", lambda hardware: 4 * GB)
    _, selection = sample(page, "support_tickets")
    shown = put(training, selection, model="FacebookAI/roberta-large", method="full")
    assert "remedy" in acts(shown[training.card])


def test_nothing_stays_recommended_for_a_model_nothing_is_known_of(page, training):
    _, selection = sample(page, "support_tickets")
    assert put(training, selection)[training.fields["epochs"]]["placeholder"]
    shown = put(training, selection, model="somebody/some-model-4b")
    assert shown[training.fields["epochs"]]["placeholder"] == ""
    assert "Recommended" not in str(shown[training.fields["method"]]["info"])
    assert "Recommended" not in str(shown[training.fields["schedule"]]["choices"])


def test_no_two_methods_in_sight_are_called_the_same(page, training):
    _, selection = sample(page, "support_tickets")
    for chosen in ("", "lora"):
        names = [name for name, _ in put(training, selection, method=chosen)[
            training.fields["method"]
        ]["choices"]]  # fmt: skip
        assert sum("full" in name for name in names) == 1


def test_the_list_says_what_is_here_and_what_must_be_fetched(page, training):
    _, selection = sample(page, "support_tickets")
    shown = model_picker.opened(training, train._look, selection, form.write({}) | {"model": FAR})
    listed = shown[training.picker["models"]]
    rows = dict(re.findall(r"<b>([^<]*)</b>.*?ts-soft\">([^<]*·[^<]*)<", listed))
    assert rows["MiniLM-L6"].startswith("on this computer · 23 million")
    assert rows["BERT base"].startswith("needs a download · ")
    assert "fits" in listed, "although the chosen model is not here"


def test_both_tabs_cut_texts_at_the_same_length(page, training, importing):
    for name in ("support_tickets", "news_headlines_zh", "contract_clauses"):
        _, selection = sample(page, name)
        card = put(training, selection)[training.card]
        said = data.show(importing, selection.but(tab="data"))[pictures(importing).length_why]
        at = re.search(r"cut at (\d+) tokens", card)[1]
        assert f"At {at} tokens nothing is lost." in said


def test_texts_read_in_windows_are_not_said_to_be_cut(page, training, importing):
    for name in ("service_notes", "small_places"):
        _, selection = sample(page, name)
        card = put(training, selection)[training.card]
        shown = data.show(importing, selection.but(tab="data"))
        at = re.search(r"read (\d+) tokens at a time", card)[1]
        assert f"Up to {at} tokens are read at a time" in shown[pictures(importing).length_why]
        assert "nothing is cut" in shown[pictures(importing).length_why]
        marks = [note.text for note in shown[pictures(importing).length_plot].layout.annotations]
        assert f"read at a time: {at}" in marks
    for language in ("en", "zh"):
        windows = {"en": "windows", "zh": "窗口"}[language]
        assert windows in Message("settings.max_length.help").text(language)


def test_a_model_without_the_language_is_told_of_on_both_tabs(page, training, importing):
    _, selection = sample(page, "news_headlines_zh")
    about = put(training, selection)[training.model_about]
    facts = data.show(importing, selection.but(tab="data"))[overview(importing).facts]
    for shown in (about, facts):
        assert "in Chinese, and the chosen model has learnt English only" in shown
        assert acts(shown)["start"] == {"id": CHINESE}
    assert acts(about)["models"]["language"] == "zh"
    assert "start" not in acts(put(training, selection, model=FAR)[training.model_about])
    _, english = sample(page, "support_tickets")
    assert "learnt English only" not in put(training, english)[training.model_about]


def test_the_recipe_for_chinese_is_one_click_away(page, training, importing):
    _, selection = sample(page, "news_headlines_zh")
    event = gr.EventData(None, {"act": "start", "id": CHINESE})
    taken = bench_overview._act(overview(importing), selection, event)
    assert taken[page.selection].tab == "train"
    assert taken[page.copied][0] == START + CHINESE
    values = [starting.UNTOUCHED[name] for name in training.fields]
    asked = taken[page.copied], starting.Began("", selection.dataset, 0)
    for shown in (
        train._follow(training, *asked, taken[page.selection], *values),
        train._follow_remark(training, selection, event),
    ):
        assert shown[training.fields["model"]]["value"] == FAR
        assert shown[training.source]._constructor_args[0]["value"] == START + CHINESE


def test_a_file_being_set_up_tells_of_the_language_too(page, importing):
    from webui import uploads

    file = next(each.file for each in SAMPLES if each.id == "news_headlines_zh")
    upload = uploads.store(page.workspace, sort_out([(file, file.name)]))
    shown = data.show(importing, Selection(upload=upload))
    assert "learnt English only" in shown[importing.draft.remarks]


@pytest.mark.parametrize(
    ("text", "found"),
    [("我们的包裹迟到了", "chinese"), ("荷物が遅れています", "other"), ("Посылка", "other"),
     ("a parcel 包", "latin"), ("Straße", "latin"), ("12:30 !", "latin")],
)  # fmt: skip
def test_the_letters_tell_the_script(text, found):
    assert scripts.script([text]) == found
    assert scripts.foreign(BUNDLED, found) == ("" if found == "latin" else found)
    assert scripts.foreign(FAR, found) == ""


@pytest.mark.parametrize(
    ("name", "shared", "capped"),
    [
        ("support_tickets", "each label alike", "of each label"),
        ("service_notes", "each type of entity alike", "with each type of entity"),
        ("small_places", "by chance, those of one text together", "At most so many rows"),
    ],
)
def test_a_split_is_told_of_in_the_terms_of_the_task(page, importing, name, shared, capped):
    from webui import uploads

    file = next(each.file for each in SAMPLES if each.id == name)
    shown = data.show(
        importing, Selection(upload=uploads.store(page.workspace, sort_out([(file, file.name)])))
    )
    assert shared in shown[importing.draft.fields["kind"]].choices[0][0]
    assert capped in shown[importing.draft.caps].label
    assert ("label" in shown[importing.draft.caps].label) == (name == "support_tickets")


def test_gradio_announces_in_the_language_of_the_page(workspace, monkeypatch):
    from webui import server

    mounted = []
    monkeypatch.setattr(gr, "mount_gradio_app", lambda *_, i18n, **__: mounted.append(i18n))
    for language in ("en", "zh"):
        with gr.Blocks() as blocks:
            server._mount(None, blocks, language, {})
    said = [texts.translations_dict["en"]["common.complete"] for texts in mounted]
    assert said == ["Done", "完成"]


def test_the_learning_rates_named_usual_hold_the_recommended_ones():
    assert "6e-4" in Message("settings.learning_rate.help").text()
    assert "5e-3" in Message("settings.learning_rate.help").text("zh")


def test_the_command_line_is_not_only_for_classifiers():
    from engine.cli.main import make_parser

    assert "classif" not in make_parser().format_help()


def test_a_model_nobody_knows_is_refused_as_before(workspace, page):
    from webui import lengths

    saved, _ = sample(page, "support_tickets")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        lengths.best_known(workspace, saved.id, saved.version, "somebody/some-model")
