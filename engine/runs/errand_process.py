"""The process in which one errand is done: `python -m engine.runs.errand_process WORKSPACE`.

It is told its errand by one line on standard input, as a run's child is, waits for its turn and
does the work at low priority: whoever trains goes first. What takes long to import comes only then.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from filelock import AcquireReturnProxy, FileLock, Timeout

from engine.errors import TunesmithError
from engine.runs import errands
from engine.runs.errands import Errand
from engine.runs.log import clean, redirect_output
from engine.runs.registry import Registry
from engine.text import Message
from engine.workspace import Workspace, write_atomically

Tell = Callable[[int, int], None]
"""Called with how much is done, and of how much."""
Work = Callable[[Workspace, Errand, Tell], Mapping[str, Any]]

_LOOK = 0.3
"""Seconds between two looks whether it is our turn."""
_PAUSE = 0.5
"""Seconds between two words on progress."""
_NICE = 15


def main(root: Path) -> int:
    output = redirect_output()
    workspace = Workspace(root)
    errand_id = sys.stdin.readline().strip()
    if not errand_id:
        return 0
    errand = errands.load(workspace, errand_id)
    _be_modest()
    with _turn(workspace, errand):
        _leave_cards(workspace)
        _do(workspace, errand)
    output.write("\n")
    return 0


class Progress:
    """Writes down how far the work is, not more often than somebody looks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begun = time.monotonic()
        self._told = 0.0
        self._put(0, 0, 0.0)

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not done:
            self._begun = now  # what came before was loading, which says nothing of the rate
        if done and done < total and now - self._told < _PAUSE:
            return
        self._told = now
        self._put(done, total, now - self._begun)

    def _put(self, done: int, total: int, seconds: float) -> None:
        rate = done / seconds if done and seconds > 0 else None
        eta = (total - done) / rate if rate else None
        record = {"done": done, "total": total, "rate": rate, "eta": eta}
        write_atomically(self._path, json.dumps(record))


def predict_file(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    from engine.inference.batch import Batch, predict_table
    from engine.inference.predictor import load_predictor
    from engine.inference.quick import Quick
    from engine.models import hardware

    folder = workspace.errand(errand.id)
    given = next(iter(folder.given.glob("given*")), folder.given)
    predictor = load_predictor(workspace.run(errand.run).model)
    quick = Quick(predictor, hardware.load(workspace))
    batch, out = Batch.from_dict(errand.asks["batch"]), folder.made / errand.asks["out"]
    name = errand.asks["name"]
    return predict_table(quick, predictor.task, given, batch, out, tell, name).to_dict()


def check_robustness(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    from engine.evaluation.robustness import save
    from engine.inference.robustness import check

    save(workspace.run(errand.run), check(workspace, errand.run, tell))
    return {}


def compute_baselines(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    from engine.baselines.making import hold_against

    _, failed = hold_against(workspace, errand.run, tell)
    return {"failed": [message.to_dict() for message in failed]}


def draw_map(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    from engine.data.dataset import load_dataset
    from engine.inference.mapping import draw

    dataset = load_dataset(workspace, errand.run, errand.asks["version"])
    draw(workspace, dataset, errand.asks["eye"], tell)
    return {}


def check_quality(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    from engine.data.dataset import load_dataset
    from engine.quality.checking import check

    found = check(workspace, load_dataset(workspace, errand.run, errand.asks["version"]), tell)
    return {"findings": len(found.findings), "failed": len(found.failed)}


def measure_worth(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    from engine.data.dataset import load_dataset
    from engine.quality.worth import measure

    measure(workspace, load_dataset(workspace, errand.run, errand.asks["version"]), tell)
    return {}


def rank_unlabelled(workspace: Workspace, errand: Errand, tell: Tell) -> Mapping[str, Any]:
    """Those of a file, of the data set's own file, or those ranked before."""
    from engine.data.dataset import load_dataset
    from engine.inference.unlabelled import own_texts, read_texts
    from engine.quality.labelling import pool_of, rank

    dataset = load_dataset(workspace, errand.run, errand.asks["version"])
    given = next(iter(workspace.errand(errand.id).given.glob("*")), None)
    if given is not None:
        texts = read_texts(given, given.name, dataset)
    elif errand.asks.get("again"):
        texts = pool_of(workspace, dataset.id)
    else:
        texts = own_texts(workspace, dataset)
    return {"picks": len(rank(workspace, dataset, texts, tell).picks)}


WORK: dict[str, Work] = {
    "batch": predict_file,
    "robustness": check_robustness,
    "baselines": compute_baselines,
    "map": draw_map,
    "quality": check_quality,
    "worth": measure_worth,
    "next": rank_unlabelled,
}
"""kind of errand → what does it"""


def _do(workspace: Workspace, errand: Errand) -> None:
    folder = workspace.errand(errand.id)
    try:
        result = WORK[errand.kind](workspace, errand, Progress(folder.progress))
    except TunesmithError as error:
        errands.settle(workspace, errand, "failed", error.message)
    except BaseException as error:  # the job boundary: whatever it is, the user is told
        traceback.print_exc()
        errands.settle(workspace, errand, "failed", _why(error, f"errands/{errand.id}/log.txt"))
    else:
        errands.settle(workspace, errand, "finished", result=result)


def _why(error: BaseException, log: str) -> Message:
    words = f"{type(error).__name__}: {error}".replace("\n", " ")
    if isinstance(error, MemoryError) or "memory" in words.lower():
        return Message("errands.out_of_memory")
    if isinstance(error, OSError) and error.errno == 28:
        return Message("errands.disk_full")
    return Message("errands.crashed", {"error": clean(words)[:300], "log": log})


def _be_modest() -> None:
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_NICE)


def _leave_cards(workspace: Workspace) -> None:
    """A run in training has reckoned with the whole memory of its card."""
    if any(run.state.active for run in Registry(workspace).list()):
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


def _turn(workspace: Workspace, errand: Errand) -> AcquireReturnProxy[Any]:
    """The lock of the one that works, as soon as nobody came earlier."""
    lock = FileLock(workspace.errands_lock)
    while True:
        if not errands.ahead(workspace, errand):
            with suppress(Timeout):
                return lock.acquire(timeout=0)
        time.sleep(_LOOK)


if __name__ == "__main__":
    # At once: threads of libraries have been seen to hang a finished process.
    os._exit(main(Path(sys.argv[1])))
