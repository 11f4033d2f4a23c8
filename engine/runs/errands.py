"""Errands: what takes a while and is no training, such as predicting a whole file.

Each is done in a process of its own, one at a time and at low priority, and is a folder of the
workspace: what it was asked, how far it is, how it ended. So the page holds nothing of it, and a
refresh or a restart of the app loses nothing. This is the side that asks; `errand_process` does it.
"""

import errno
import json
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import WorkspaceError
from engine.runs import machine
from engine.runs.folders import to_trash
from engine.runs.launcher import launch
from engine.text import Message
from engine.workspace import ErrandFolder, Workspace, new_id, write_atomically

COMMAND = (sys.executable, "-P", "-X", "faulthandler", "-m", "engine.runs.errand_process")
KEPT_SECONDS = 7 * 86400
"""Errands that ended longer ago are cleared when the next one begins or the app starts."""
STARTING = 10.0
"""Seconds in which an errand may not have a process yet without being dead."""
_BEGINNING = threading.Lock()


@dataclass(frozen=True)
class Errand:
    """What is to be done, as `errand.json` holds it."""

    id: str
    kind: str
    """One of `errand_process.WORK`."""
    run: str
    """The run whose model it is about, or the data set."""
    asks: Mapping[str, Any]
    created: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Standing:
    """How far an errand is."""

    state: str
    """waiting, running, finished, failed, cancelled, or interrupted where its process died"""
    done: int = 0
    total: int = 0
    rate: float | None = None
    """Of what is counted, a second."""
    eta: float | None = None
    """Seconds left."""
    ahead: int = 0
    """Errands that are done before a waiting one."""
    message: Message | None = None
    """Why it failed or was interrupted."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """What a finished one tells of what it made."""

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running")


def begin(
    workspace: Workspace,
    kind: str,
    run: str,
    asks: Mapping[str, Any],
    file: tuple[Path, str] | None = None,
) -> Errand:
    """Start an errand, on a file (with its name) where it works on one. Asked for the very same
    while it is still being done, this is no second one. Raises WorkspaceError for a full disk."""
    asks = json.loads(json.dumps(asks))  # as it will be read back
    with _BEGINNING:
        for errand in list_errands(workspace, kind, run):
            if errand.asks == asks and look(workspace, errand).active:
                return errand
        clear_old(workspace)
        errand = Errand(new_id(kind), kind, run, asks, time.time())
        folder = workspace.errand(errand.id)
        try:
            _prepare(folder, errand, file)
        except OSError as error:
            shutil.rmtree(folder.root, ignore_errors=True)
            if error.errno != errno.ENOSPC:
                raise
            raise WorkspaceError("errands.disk_full") from None
    child = launch(workspace, COMMAND, folder.log)
    write_atomically(folder.process, json.dumps({"pid": child.pid, "born": child.born}))
    child.hand_over(errand.id)
    threading.Thread(target=child.wait, name="errand", daemon=True).start()
    return errand


def _prepare(folder: ErrandFolder, errand: Errand, file: tuple[Path, str] | None) -> None:
    folder.root.mkdir(mode=0o700, parents=True)
    if file:
        folder.given.mkdir(mode=0o700)
        shutil.copyfile(file[0], folder.given / file[1])
    write_atomically(folder.record, json.dumps(asdict(errand), ensure_ascii=False))


def load(workspace: Workspace, errand_id: str) -> Errand:
    """Raises WorkspaceError for an errand that is not there (any more)."""
    try:
        return Errand(**json.loads(workspace.errand(errand_id).record.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise WorkspaceError("errands.gone") from None


def list_errands(
    workspace: Workspace, kind: str | None = None, run: str | None = None
) -> list[Errand]:
    """All of a kind, or about a run, the newest first."""
    found = []
    for path in workspace.errands.glob("*/errand.json"):
        with suppress(WorkspaceError):
            found.append(load(workspace, path.parent.name))
    wanted = [e for e in found if kind in (None, e.kind) and run in (None, e.run)]
    return sorted(wanted, key=_place, reverse=True)


def look(workspace: Workspace, errand: Errand) -> Standing:
    """How far an errand is; one whose process died without a word was interrupted."""
    folder = workspace.errand(errand.id)
    process = _read(folder.process)
    lives = machine.alive(process.get("pid"), process.get("born"))
    end = _read(folder.end)
    progress = {name: _read(folder.progress).get(name) for name in ("done", "total", "rate", "eta")}
    counted = {name: value for name, value in progress.items() if value is not None}
    if end:
        message = Message.from_dict(end["message"]) if end.get("message") else None
        return Standing(end["state"], **counted, message=message, result=end.get("result", {}))
    if not lives and (process or time.time() - errand.created > STARTING):
        return Standing("interrupted", **counted, message=Message("errands.died"))
    if folder.progress.is_file():
        return Standing("running", **counted)
    return Standing("waiting", ahead=len(ahead(workspace, errand)))


def ahead(workspace: Workspace, errand: Errand) -> list[Errand]:
    """Those that were begun earlier and have not ended yet."""
    earlier = [e for e in list_errands(workspace) if _place(e) < _place(errand)]
    return [e for e in earlier if not workspace.errand(e.id).end.is_file() and _lives(workspace, e)]


def cancel(workspace: Workspace, errand: Errand) -> None:
    """End its process, and no other; one that has ended stays as it is."""
    folder = workspace.errand(errand.id)
    process = _read(folder.process)
    machine.end(process.get("pid"), process.get("born"))
    if not folder.end.is_file() and folder.root.is_dir():
        settle(workspace, errand, "cancelled")
        shutil.rmtree(folder.made, ignore_errors=True)


def again(workspace: Workspace, errand: Errand) -> Errand:
    """Start one that did not come to its end anew, in its place."""
    given = [(path, path.name) for path in workspace.errand(errand.id).given.glob("*")]
    new = begin(workspace, errand.kind, errand.run, errand.asks, *given[:1])
    remove(workspace, errand)
    return new


def remove(workspace: Workspace, errand: Errand) -> None:
    """Forget an errand and what it made."""
    cancel(workspace, errand)
    to_trash(workspace, workspace.errand(errand.id).root)


def clear_old(workspace: Workspace) -> None:
    for errand in list_errands(workspace):
        end = workspace.errand(errand.id).end
        ended = end.stat().st_mtime if end.is_file() else errand.created
        if time.time() - ended > KEPT_SECONDS and not look(workspace, errand).active:
            shutil.rmtree(workspace.errand(errand.id).root, ignore_errors=True)


def settle(
    workspace: Workspace,
    errand: Errand,
    state: str,
    message: Message | None = None,
    result: Mapping[str, Any] | None = None,
) -> None:
    """Write down how an errand ended."""
    said = message.to_dict() if message else None
    record = {"state": state, "message": said, "result": result or {}}
    write_atomically(workspace.errand(errand.id).end, json.dumps(record, ensure_ascii=False))


def _lives(workspace: Workspace, errand: Errand) -> bool:
    process = _read(workspace.errand(errand.id).process)
    return machine.alive(process.get("pid"), process.get("born"))


def _place(errand: Errand) -> tuple[float, str]:
    return errand.created, errand.id


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return record
    except (OSError, ValueError):
        return {}
