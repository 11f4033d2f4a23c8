"""A run from recipe to model folder, for each kind of head and method, and its ends."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.data.pins import Pin, add
from engine.errors import ModelError, RunError
from engine.evaluation.pins import read_outcomes
from engine.evaluation.predictions import read_predictions
from engine.evaluation.report import load
from engine.export.model_zip import export_model
from engine.inference.predictor import load_predictor
from engine.runs import job
from engine.runs.job import train_run
from engine.tasks import make_task
from engine.text import Message
from engine.training.events import EventLog
from engine.training.outcome import Request
from engine.workspace import Workspace
from tests.tiny import recipe, start, tiny_dataset, tiny_model

TEXTS = ["my parcel is late", "money back please", "password locked again today", "why"]


LABELLED = make_task("multiclass", tuple("abc"))
"""Any task over labels reads their predictions files."""


def never() -> None:
    return None


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def trained(workspace: Workspace, tmp_path: Path, model: Path, multi: bool = False, **changes):
    dataset = tiny_dataset(workspace, tmp_path / "source", multi)
    start(workspace, "run-1", recipe(dataset, model, **changes))
    outcome = train_run(workspace, "run-1", None, never)
    return workspace.run("run-1"), outcome, EventLog(workspace.run("run-1").events).read()


def test_a_run_learns_and_leaves_everything_behind(workspace, tmp_path, model):
    folder, outcome, events = trained(workspace, tmp_path, model, epochs=6.0)
    assert outcome.kind == "finished"
    assert [e["phase"] for e in events if e["type"] == "phase"] == [
        "preparing",
        "tokenising",
        "training",
        "evaluating",
        "saving",
        "comparing",
    ]
    assert events[-1]["type"] == "end"
    report = load(folder)
    assert report.splits["test"]["best"]["macro_f1"] > 0.9
    assert report.splits["test"]["before"]["macro_f1"] < report.splits["test"]["best"]["macro_f1"]
    assert {"best", "last", "before"} == set(report.splits["test"])
    assert not folder.checkpoints.exists()


def test_a_run_is_scored_on_the_pins_of_its_data_set_at_its_end(workspace, tmp_path, model):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    good = add(workspace, dataset.id, Pin("parcel late courier", ("delivery",)))
    bad = add(workspace, dataset.id, Pin("parcel late courier box", ("refund",)))
    same = add(workspace, dataset.id, Pin("my money back", other="the cash back"))
    start(workspace, "run-1", recipe(dataset, model, epochs=6.0))
    assert train_run(workspace, "run-1", None, never).kind == "finished"
    outcomes = read_outcomes(workspace.run("run-1"))
    assert {pin.id: outcomes[pin.id].holds for pin in (good, bad, same)} == {
        good.id: True,
        bad.id: False,
        same.id: True,
    }
    assert outcomes[bad.id].said == ("delivery",)


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("head", ["pooled", "native"])
@pytest.mark.parametrize("method", ["full", "lora", "head"])
def test_the_saved_model_says_what_the_predictions_file_says(
    workspace, tmp_path, model, method, head, multi
):
    folder, outcome, _ = trained(workspace, tmp_path, model, multi, method=method, head=head)
    assert outcome.kind == "finished"
    _, predictions = read_predictions(folder.predictions("test", "best"), LABELLED)
    dataset = json.loads(
        (workspace.datasets)
        .joinpath(next(workspace.datasets.iterdir()).name, "v1", "dataset.json")
        .read_text()
    )
    import pandas as pd

    rows = pd.read_parquet(workspace.dataset(dataset["id"], 1).rows)
    texts = rows[rows["split"] == "test"]["text"].tolist()
    predictor = load_predictor(folder.model)
    said = predictor.predict(texts)
    np.testing.assert_allclose(said.probabilities, predictions.probabilities, atol=1e-6)
    assert (said.decided == predictions.decided).all()


@pytest.mark.parametrize("family", ["roberta", "llama"])
@pytest.mark.parametrize("head", ["pooled", "native"])
def test_other_families_train_and_reload(workspace, tmp_path, family, head):
    other = tiny_model(tmp_path / "other", family)
    folder, outcome, _ = trained(workspace, tmp_path, other, method="lora", head=head)
    assert outcome.kind == "finished"
    predictor = load_predictor(folder.model)
    together = predictor.predict(TEXTS).probabilities
    alone = np.vstack([predictor.predict([text]).probabilities for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)  # padding changes nothing


@pytest.mark.parametrize("head", ["pooled", "native"])
def test_the_readme_of_the_model_runs_elsewhere_and_says_the_same(
    workspace, tmp_path, model, elsewhere, head
):
    folder, _, _ = trained(workspace, tmp_path, model, head=head)
    code = (folder.model / "README.md").read_text("utf-8").split("```python\n")[1].split("```")[0]
    code = code.replace("A text to read", TEXTS[0])
    done = elsewhere.run("-c", code, cwd=folder.model)
    assert done.returncode == 0, done.stderr
    answer, *lines = (line.split(": ") for line in done.stdout.splitlines())
    said = {label: float(probability) for label, probability in lines}
    predictor = load_predictor(folder.model)
    expected = dict(
        zip(predictor.labels, predictor.predict(TEXTS[:1]).probabilities[0], strict=True)
    )
    assert said == pytest.approx(expected, abs=2e-4)
    assert answer == ["Answer", max(expected, key=expected.get)]


def test_a_stop_that_keeps_leaves_a_usable_model(workspace, tmp_path, model):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model, epochs=50.0))
    log = EventLog(workspace.run("run-1").events)

    def after_two_evaluations() -> Request | None:
        seen = sum(event["type"] == "evaluation" for event in log.read())
        return Request.STOP_AND_KEEP if seen >= 2 else None

    outcome = train_run(workspace, "run-1", None, after_two_evaluations)
    assert outcome.kind == "stopped"
    assert outcome.message is not None
    assert outcome.message.text().startswith("Stopped by you at step")
    assert load_predictor(workspace.run("run-1").model).predict(TEXTS).probabilities.shape == (4, 3)


def cut_off(workspace, monkeypatch, at: int) -> None:
    """Train the run until step `at`, where its process dies."""
    original = job.Trainer._step

    def die(self) -> float:
        if self.progress.step == at:
            raise KeyboardInterrupt
        return original(self)

    with monkeypatch.context() as patch:
        patch.setattr(job.Trainer, "_step", die)
        with pytest.raises(KeyboardInterrupt):
            train_run(workspace, "run-1", None, never)


def test_a_run_cut_off_after_an_evaluation_goes_on_from_there(
    workspace, tmp_path, model, monkeypatch
):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model, epochs=3.0, evaluate_every=4))
    cut_off(workspace, monkeypatch, at=7)
    cut_off(workspace, monkeypatch, at=14)
    assert train_run(workspace, "run-1", None, never).kind == "finished"
    events = EventLog(workspace.run("run-1").events).read()
    assert [e["step"] for e in events if e["type"] == "resumed"] == [4, 12]
    assert not any(e["type"] == "note" for e in events)


def test_a_run_cut_off_before_its_first_checkpoint_says_that_it_begins_again(
    workspace, tmp_path, model, monkeypatch, caplog
):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model))
    cut_off(workspace, monkeypatch, at=3)
    with caplog.at_level("INFO", logger="engine"):
        assert train_run(workspace, "run-1", None, never).kind == "finished"
    assert "beginning again" in caplog.text
    events = EventLog(workspace.run("run-1").events).read()
    (said,) = [Message.from_dict(e["message"]).text() for e in events if e["type"] == "note"]
    assert said.startswith("There was no whole checkpoint to go on from")
    assert "began again" in said


def test_a_stop_that_discards_trains_no_further(workspace, tmp_path, model):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model))
    outcome = train_run(workspace, "run-1", None, lambda: Request.STOP_AND_DISCARD)
    assert outcome.kind == "discarded"
    assert not workspace.run("run-1").model.exists()


def test_a_diverging_run_stops_and_keeps_what_was_good(workspace, tmp_path, model, monkeypatch):
    """The loss becomes NaN after the first epoch."""
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model, epochs=4.0))
    original = job.Trainer._step

    def explode(self) -> float:
        loss = original(self)
        return float("nan") if self.progress.step > self.steps_an_epoch + 2 else loss

    monkeypatch.setattr(job.Trainer, "_step", explode)
    outcome = train_run(workspace, "run-1", None, never)
    assert outcome.kind == "stopped"
    assert "out of control" in outcome.message.text()
    assert load(workspace.run("run-1")).splits["test"]["best"]["rows"] > 0


def test_divergence_before_any_evaluation_fails_and_says_so(
    workspace, tmp_path, model, monkeypatch
):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model))
    monkeypatch.setattr(job.Trainer, "_step", lambda self: float("inf"))
    outcome = train_run(workspace, "run-1", None, never)
    assert outcome.kind == "failed"
    assert "before the model was any good" in outcome.message.text()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "out_of_memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp] not enough memory: you tried"),
            "out_of_memory",
        ),
        (OSError(28, "No space left on device"), "failed"),
    ],
)
def test_a_lack_of_memory_or_disk_has_its_own_words(
    workspace, tmp_path, model, monkeypatch, error, kind
):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model))

    def fail(self) -> float:
        raise error

    monkeypatch.setattr(job.Trainer, "_step", fail)
    outcome = train_run(workspace, "run-1", None, never)
    assert outcome.kind == kind
    assert EventLog(workspace.run("run-1").events).read()[-1]["outcome"] == kind


def test_a_model_that_cannot_be_used_fails_with_its_reason(workspace, tmp_path):
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, "no/such-model"))
    outcome = train_run(workspace, "run-1", None, never)
    assert outcome.kind == "failed"
    assert "HF_HUB_OFFLINE keeps the app from going online" in outcome.message.text()


def test_a_smaller_forward_pass_trains_the_same_weights(workspace, tmp_path, model):
    """An out-of-memory retry halves the micro-batch, not the batch: the result stays."""
    dataset = tiny_dataset(workspace, tmp_path / "source")
    chosen = recipe(dataset, _without_dropout(model, tmp_path / "still"))
    probabilities = []
    for run, limit in (("whole", None), ("halves", 4)):
        start(workspace, run, chosen)
        assert train_run(workspace, run, limit, never).kind == "finished"
        _, predictions = read_predictions(workspace.run(run).predictions("test", "last"), LABELLED)
        probabilities.append(predictions.probabilities)
    np.testing.assert_allclose(*probabilities, atol=1e-3)


def test_a_predictor_needs_a_finished_model(tmp_path):
    with pytest.raises(ModelError, match="no finished model"):
        load_predictor(tmp_path)


def _without_dropout(model: Path, folder: Path) -> Path:
    shutil.copytree(model, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_the_shortest_run_still_learns(workspace, tmp_path, model):
    """The average takes in the last step, however few there are."""
    folder, outcome, _ = trained(
        workspace, tmp_path, model, epochs=0.05, warmup=0.0, learning_rate=0.05
    )
    assert outcome.kind == "finished"
    last, before = (
        read_predictions(folder.predictions("test", weights), LABELLED)[1]
        for weights in ("last", "before")
    )
    assert np.abs(last.probabilities - before.probabilities).max() > 0.01


def test_weights_that_do_not_fit_are_refused(workspace, tmp_path, model):
    from safetensors.torch import load_file, save_file

    shutil.copytree(model, tmp_path / "foreign")
    file = tmp_path / "foreign" / "model.safetensors"
    renamed = {f"foo.{key}": value for key, value in load_file(file).items()}
    save_file(renamed, file, metadata={"format": "pt"})
    for head in ("pooled", "native"):
        dataset = tiny_dataset(workspace, tmp_path / head)
        start(workspace, f"run-{head}", recipe(dataset, tmp_path / "foreign", head=head))
        outcome = train_run(workspace, f"run-{head}", None, never)
        assert outcome.kind == "failed"
        assert "do not fit together" in outcome.message.text()


def test_the_next_best_checkpoints_are_kept_as_models(workspace, tmp_path, model):
    folder, outcome, events = trained(
        workspace, tmp_path, model, epochs=6.0, keep_best=3, method="lora", learning_rate=2e-3
    )
    assert outcome.kind == "finished"
    evaluations = [e for e in events if e["type"] == "evaluation"]
    ranked = sorted(evaluations, key=lambda e: (-e["metrics"]["macro_f1"], e["step"]))
    steps = [e["step"] for e in ranked[:3]]
    report = load(folder)
    assert {f"step-{step}" for step in steps[1:]} == report.splits["test"].keys() - {
        "best", "last", "before",
    }  # fmt: skip
    for step in steps[1:]:
        said = load_predictor(folder.kept(step)).predict(TEXTS)
        assert said.probabilities.shape == (4, 3)
        _, test = read_predictions(folder.predictions("test", f"step-{step}"), LABELLED)
        assert len(test) == report.splits["test"][f"step-{step}"]["rows"]
    last = evaluations[-1]["step"]
    assert report.steps == {"best": steps[0], "last": last}
    for step in steps:
        exported = export_model(workspace, "run-1", tmp_path / f"step-{step}", step)
        source = folder.model if step == steps[0] else folder.kept(step)
        assert weights_of(exported) == weights_of(source)
    with pytest.raises(RunError, match=f"No checkpoint of step 1 was kept.*best is.*{steps[0]}"):
        export_model(workspace, "run-1", tmp_path / "other", 1)


def weights_of(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("named", [True, False])
def test_the_score_that_picks_the_best_is_followed_and_stands_for_the_run(
    workspace, tmp_path, model, named
):
    chosen = ("best_metric",) if named else ()
    folder, _, events = trained(
        workspace, tmp_path, model, best_metric="balanced_accuracy", chosen=chosen
    )
    followed = [name for e in events if e["type"] == "plan" for name in e["scores"]]
    assert followed[0] == ("balanced_accuracy" if named else "macro_f1")
    assert {"macro_f1", "accuracy"} <= set(followed)
    assert load(folder).headline == followed[0]
    readme = (folder.model / "README.md").read_text("utf-8")
    first = readme.split("95 % intervals:\n\n")[1]
    assert first.startswith("- Balanced accuracy" if named else "- Macro-F1")


def test_the_loss_picks_the_best_but_stands_for_no_run(workspace, tmp_path, model):
    folder, _, _ = trained(workspace, tmp_path, model, best_metric="loss", chosen=("best_metric",))
    assert load(folder).headline == "macro_f1"
