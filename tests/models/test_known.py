"""The proposed models: well formed, plausible, in both languages; and what one can choose from."""

import pytest

from engine.models import choices, hub
from engine.models.catalogue import BUNDLED, DECODERS, ENCODER_DECODERS, ENCODERS, find_model
from engine.models.choices import Choice, all_choices, matching
from engine.models.known import FILE, KINDS, MULTI, TASKS, KnownModel, known_models
from engine.tasks import TASKS as APP_TASKS
from engine.text import LANGUAGES
from tests.tiny import tiny_model

FAMILIES = {"encoder": ENCODERS, "decoder": DECODERS, "encoder_decoder": ENCODER_DECODERS}
SHARED_LAYERS = {"albert"}


def name(model: KnownModel) -> str:
    return model.id


@pytest.fixture(autouse=True)
def no_hub_cache(monkeypatch):
    monkeypatch.setattr(hub, "cached_names", lambda: ())


def test_there_are_enough_and_none_twice():
    ids = [model.id for model in known_models()]
    assert 20 <= len(ids) <= 40
    assert len(set(ids)) == len(ids)
    assert ids[0] == BUNDLED
    assert len({model.title for model in known_models()}) == len(ids)


@pytest.mark.parametrize("model", known_models(), ids=name)
class TestEveryKnownModel:
    def test_its_words_are_ones_the_app_knows(self, model):
        assert model.kind in KINDS
        assert model.family in FAMILIES[model.kind]
        assert model.tasks
        assert set(model.tasks) <= set(TASKS)
        assert model.languages
        assert all(code == MULTI or len(code) == 2 for code in model.languages)
        assert model.licence
        assert isinstance(model.gated, bool)

    def test_it_is_proposed_only_for_what_its_kind_can_be_trained_for(self, model):
        able = {task.use for task in APP_TASKS.values() if model.kind in task.outputs}
        assert set(model.tasks) <= able

    def test_it_says_when_to_choose_it_in_every_language(self, model):
        assert model.when.keys() == LANGUAGES.keys()
        assert all(8 < len(line) < 120 for line in model.when.values())
        assert model.when["en"] != model.when["zh"]

    def test_its_numbers_fit_together(self, model):
        """Parameters from the shape: embeddings, and a layer's attention and feed-forward part."""
        shape = model.shape
        matrices = (3 if shape.gated else 2) * shape.width * shape.inner
        layers = 1 if model.family in SHARED_LAYERS else shape.layers
        expected = shape.embedding_parameters + layers * (4 * shape.width**2 + matrices)
        assert 0.72 < model.parameters / expected < 1.35
        assert 128 <= model.max_length <= 131_072


def test_the_bundled_entry_says_what_the_files_say():
    entry, found = known_models()[0], find_model(BUNDLED)
    assert (entry.parameters, entry.shape, entry.family, entry.max_length) == (
        found.parameters,
        found.shape,
        found.family,
        found.max_length,
    )


def names(found: list[Choice]) -> list[str]:
    return [choice.name for choice in found]


def test_what_is_on_this_computer_comes_first(tmp_path, monkeypatch):
    folder = tiny_model(tmp_path / "mine")
    monkeypatch.setattr(hub, "cached_names", lambda: ("FacebookAI/xlm-roberta-base",))
    found = all_choices([str(folder), "somebody/else", BUNDLED])
    assert names(found)[:3] == [BUNDLED, str(folder), "FacebookAI/xlm-roberta-base"]
    assert [choice.here for choice in found[:4]] == [True, True, True, False]
    assert found[1].title == "mine"
    assert found[1].info.family == "bert"
    assert names(found).count("FacebookAI/xlm-roberta-base") == 1
    assert "somebody/else" in names(found)


def test_a_folder_that_is_gone_stays_with_the_reason(tmp_path):
    found = next(c for c in all_choices([str(tmp_path / "gone")]) if c.title == "gone")
    assert found.refusal is not None
    assert found.info is None


def test_a_family_that_cannot_be_trained_stays_with_the_reason(monkeypatch):
    monkeypatch.setattr(choices, "describe", find_model_refusing)
    found = next(c for c in all_choices() if c.name == "google-t5/t5-small")
    assert "cannot be tuned here" in found.refusal.text()


def find_model_refusing(name, config, folder, parameters):
    from engine.models.catalogue import describe

    family = "resnet" if config["model_type"] == "t5" else config["model_type"]
    return describe(name, {"model_type": family}, folder, parameters)


def test_filters_keep_what_fits_and_what_is_not_known(tmp_path):
    folder = tiny_model(tmp_path / "mine")
    every = all_choices([str(folder)])
    chinese = matching(every, language="zh")
    assert "google-bert/bert-base-chinese" in names(chinese)
    assert "FacebookAI/xlm-roberta-base" in names(chinese)
    assert "FacebookAI/roberta-base" not in names(chinese)
    assert str(folder) in names(chinese)
    writing = matching(every, task="text_to_text")
    assert "google-t5/t5-small" in names(writing)
    assert BUNDLED not in names(writing)
    assert matching(every) == every
    assert {"en", "zh", "fr"} <= set(choices.languages(every))
    assert MULTI not in choices.languages(every)


@pytest.mark.parametrize("task", ["classification", "tokens", "question_answering"])
def test_what_is_chosen_at_first_is_in_the_list(task):
    assert names(matching(all_choices(), task=task))[0] == BUNDLED


def table() -> str:
    """The proposed models as docs/models.md lists them."""
    head = "| model | id | family | parameters | longest text | good for | languages | licence |"
    rows = [head, "|---|---|---|---|---|---|---|---|"]
    for model in known_models():
        gated = " (gated)" if model.gated else ""
        tasks = ", ".join(model.tasks).replace("_", " ")
        cells = (
            model.title,
            f"`{model.id}`",
            model.family,
            f"{model.parameters / 1e6:,.0f} M",
            f"{model.max_length:,}",
            tasks,
            ", ".join(model.languages),
            model.licence + gated,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def test_the_documentation_lists_every_known_model():
    page = (FILE.parents[1] / "docs" / "models.md").read_text("utf-8")
    assert table() in page, f"put this into docs/models.md:\n{table()}"
