"""The recipes that come along can be read, fit the tasks they name, and say so."""

import pytest

from engine.tasks import TASKS
from engine.text import table, translate
from engine.training.recommend import offered
from engine.training.settings import BY_NAME
from engine.training.starts import STARTS, starts_for


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.id)
def test_a_recipe_to_start_from_is_whole(start):
    draft = start.draft()
    assert draft["model"]
    assert set(draft) <= set(BY_NAME)
    for task in start.tasks:
        metrics = offered(BY_NAME["best_metric"], TASKS[task](("a", "b")), None)
        assert draft.get("best_metric", metrics[0]) in metrics
    for language in ("en", "zh"):
        assert table()[start.title][language]
        assert len(translate(start.about, language)) > 20


def test_every_task_has_a_recipe_to_start_from():
    assert all(starts_for(task) for task in TASKS)


def test_no_recipe_file_is_forgotten():
    folder = STARTS[0].file.parent
    assert {path.stem for path in folder.glob("*.yaml")} == {start.id for start in STARTS}
