"""Looking a model up never makes the page wait, and is done once."""

import threading

import pytest

from engine.errors import ModelError
from engine.models import hub
from engine.models.catalogue import find_model
from tests.tiny import tiny_model
from webui import lookups


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(lookups, "_looks", {})
    hub.forget()


@pytest.fixture
def slow_hub(monkeypatch):
    """A hub that answers when told to, counting how often it was asked."""
    answer, asked = threading.Event(), []

    def ask(name):
        asked.append(name)
        assert answer.wait(10)
        if name.endswith("/gone"):
            raise ModelError("models.not_found", name=name)
        return find_model("bundled")

    monkeypatch.setattr(hub, "find", ask)
    monkeypatch.setattr(lookups, "PATIENCE", 0.05)
    yield answer, asked
    answer.set()


def wait_for_answers(number):
    before, calm = lookups.finished(), threading.Event()
    for _ in range(500):
        if lookups.finished() >= number:
            return
        calm.wait(0.01)
    raise AssertionError(f"{before} answers")


def test_a_slow_hub_is_waited_for_in_the_background(slow_hub):
    answer, asked = slow_hub
    before = lookups.finished()
    for _ in range(3):
        with pytest.raises(lookups.LookingUp, match="Looking"):
            lookups.find("org/slow")
    answer.set()
    wait_for_answers(before + 1)
    assert lookups.find("org/slow").family == "bert"
    assert asked == ["org/slow"]


def test_why_a_model_cannot_be_had_is_kept_until_it_is_asked_for_again(slow_hub):
    answer, asked = slow_hub
    answer.set()
    for _ in range(2):
        with pytest.raises(ModelError, match="no model “org/gone”"):
            lookups.find("org/gone")
    assert len(asked) == 1
    lookups.again("org/gone")
    with pytest.raises(ModelError, match="no model"):
        lookups.find("org/gone")
    assert len(asked) == 2


def test_what_lies_here_is_read_at_once_and_anew(tmp_path):
    folder = tiny_model(tmp_path / "mine")
    assert lookups.find(f" {folder} ").family == "bert"
    assert lookups.find("bundled").parameters == 22_713_728
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match="no readable config"):
        lookups.find(str(folder))


def test_what_is_no_name_is_refused_at_once():
    with pytest.raises(ModelError, match="neither a folder"):
        lookups.find("not a name")
