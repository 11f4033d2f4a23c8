"""kill -9 at random moments, then resume: the weights are those of a run never interrupted."""

import hashlib
import random
import time
from pathlib import Path

import pytest

from engine.training.events import EventLog
from tests.tiny import recipe, start, tiny_dataset, tiny_model
from tests.warm import Started

SCRIPT = Path(__file__).parent / "resuming_process.py"

pytestmark = pytest.mark.slow


def steps_seen(log: EventLog) -> int:
    return max((e["step"] for e in log.read() if e["type"] == "checkpoint"), default=0)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.safetensors"))
    }


@pytest.mark.parametrize(
    ("method", "optimizer"), [("full", "adamw"), ("lora", "adamw"), ("full", "adamw_8bit")]
)
def test_killed_and_resumed_ends_with_the_same_weights(
    workspace, tmp_path, trainers, method, optimizer
):
    def launch(run_id: str) -> Started:
        return trainers.start(SCRIPT, workspace.root, run_id, cwd=tmp_path)

    model = tiny_model(tmp_path / "model", width=64)  # 8-bit moments begin at 4096 numbers
    dataset = tiny_dataset(workspace, tmp_path / "source")
    chosen = recipe(
        dataset, model, method=method, optimizer=optimizer, epochs=3.0, lora_dropout=0.1
    )
    for run_id in ("calm", "killed"):
        start(workspace, run_id, chosen)
    assert launch("calm").wait() == 0

    log = EventLog(workspace.run("killed").events)
    pause = random.Random(method + optimizer)
    for kill in range(3):
        process = launch("killed")
        goal = steps_seen(log) + 3
        deadline = time.monotonic() + 60
        while steps_seen(log) < goal and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(pause.random() * 0.05)
        process.kill()
        process.wait()
        assert steps_seen(log) >= 3 * (kill + 1), "the run did not get further between two kills"
    assert launch("killed").wait() == 0

    assert sum(event["type"] == "resumed" for event in log.read()) >= 1
    calm, killed = workspace.run("calm"), workspace.run("killed")
    assert digest(killed.model) == digest(calm.model) != {}
    for split, weights in (("test", "best"), ("test", "last"), ("validation", "best")):
        one, two = (f.predictions(split, weights).read_bytes() for f in (calm, killed))
        assert one == two
