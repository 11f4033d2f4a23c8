"""The runs of a workspace, their queue and their leases: the one record of what state a run is in.

SQLite in WAL mode, a connection a call, so any number of threads and processes may use it. Every
change is one transaction that holds the write lock from its first look, and a change made on the
strength of an earlier look is a compare-and-set. Knows nothing of processes and of training.

A state moves like this; only the supervisor calls what ends a run that a child had started:

    queued → preparing      start      by the supervisor, with the child's lease
    preparing → running     begin      by the child that holds the lease
    → a terminal state      settle
    → queued                requeue, resume
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from engine.errors import RunError, WorkspaceError
from engine.runs.folders import discard_results, empty_trash, make_folder, to_trash
from engine.runs.names import distinct, new_name
from engine.runs.run import Request, Run, State
from engine.text import Message
from engine.training.recipe import Recipe
from engine.workspace import Workspace, new_id

_BUSY = 30.0
"""Seconds to wait for another's transaction; the longest of ours takes milliseconds."""

Runs = list[Run]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    dataset TEXT NOT NULL,
    dataset_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    request TEXT,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    attempt INTEGER NOT NULL,
    batch_limit INTEGER,
    pid INTEGER,
    pid_created TEXT,
    heartbeat REAL,
    place INTEGER NOT NULL
)
"""

_ADDED = {"devices": "INTEGER NOT NULL DEFAULT 1", "gpus": "TEXT", "group": "TEXT"}
"""Columns that came later; their defaults mean what was done before."""

_INSERT = """
INSERT INTO runs
    (id, name, dataset, dataset_version, state, created, attempt, devices, "group", place)
VALUES (?, ?, ?, ?, 'queued', ?, 1, ?, ?, (SELECT COALESCE(MAX(place), 0) + 1 FROM runs))
"""

_SWAP = """
UPDATE runs SET state = :state, reason = :reason, request = :request, started = :started,
    ended = :ended, attempt = :attempt, batch_limit = :batch_limit,
    pid = :pid, pid_created = :pid_created, heartbeat = :heartbeat, gpus = :gpus
WHERE id = :id AND state = :seen_state AND attempt = :seen_attempt
    AND request IS :seen_request AND pid IS :seen_pid
"""

_QUEUED = "SELECT * FROM runs WHERE state = 'queued' ORDER BY place"

_AT_WORK = "SELECT * FROM runs WHERE state IN ('preparing', 'running')"

_HELD = "SELECT * FROM runs WHERE id = ? AND attempt = ? AND pid = ? AND pid_created = ?"

_BEAT = """
UPDATE runs SET heartbeat = ? WHERE id = ? AND attempt = ? AND pid = ? AND pid_created = ?
"""

_NO_LEASE: dict[str, Any] = {"pid": None, "pid_created": None, "heartbeat": None, "gpus": ()}


class Registry:
    """What can be done to the runs of one workspace. Raises WorkspaceError for an unknown id."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        with self._connection() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(_SCHEMA)
            if _missing(db):
                self._migrate()

    # What users do

    def submit(self, recipe: Recipe, name: str | None = None) -> Run:
        """A new run at the end of the queue; once this returns, no kill can lose it."""
        with self._transaction() as db:
            taken = _names(db)
            wanted = distinct(name or "", taken) or new_name(recipe.dataset, taken)
            return self._insert(db, recipe, wanted, None)

    def submit_group(self, recipes: Sequence[Recipe], name: str | None = None) -> Runs:
        """New runs at the end of the queue, all of them or none, in the order of the recipes and
        under one name."""
        with self._transaction() as db:
            taken = _names(db)
            group = distinct(name or "", taken) or new_name(recipes[0].dataset, taken)
            names = (distinct(f"{group}-{i}", taken) for i in range(1, len(recipes) + 1))
            return [
                self._insert(db, recipe, wanted, group)
                for recipe, wanted in zip(recipes, names, strict=True)
            ]

    def get(self, run_id: str) -> Run:
        with self._connection() as db:
            return _one(db, run_id)

    def list(self) -> Runs:
        """All runs, newest first."""
        return self._select("SELECT * FROM runs ORDER BY created DESC, place DESC")

    def queued(self) -> Runs:
        """The queue, next one first."""
        return self._select(_QUEUED)

    def started(self) -> Runs:
        """The runs a child process is at work on, or should be."""
        return self._select(_AT_WORK)

    def group(self, name: str) -> Runs:
        """The runs of a group, in their order; empty if there is none of that name."""
        return self._select('SELECT * FROM runs WHERE "group" = ? ORDER BY rowid', name)

    def request_stop(self, run_id: str, request: Request) -> Run:
        """Cancel a queued run at once; ask the child of a started one to end.

        Who has asked to keep the best may still ask to discard; not the other way round.
        """
        with self._transaction() as db:
            run = _one(db, run_id)
            if not run.state.active:
                raise RunError("runs.not_active", name=run.name, state=run.state.word)
            if run.request in (request, Request.STOP_AND_DISCARD):
                raise RunError("runs.already_stopping", name=run.name)
            if run.state is State.QUEUED:
                if request is Request.STOP_AND_DISCARD:
                    discard_results(self._workspace, self._workspace.run(run_id))
                _cancel(db, run)
            else:
                _swap(db, run, request=request)
            return _one(db, run_id)

    def cancel_queue(self) -> int:
        """Take all queued runs out of the queue; says how many those were."""
        with self._transaction() as db:
            return sum(_cancel(db, run) for run in _select(db, _QUEUED))

    def stop_group(self, name: str) -> int:
        """Take the queued runs of a group out of the queue and ask the started ones to end and
        keep their best; says how many those were."""
        with self._transaction() as db:
            runs = _select(db, 'SELECT * FROM runs WHERE "group" = ?', name)
            asked = [run for run in runs if run.state.active and run.request is None]
            for run in asked:
                if run.state is State.QUEUED:
                    _cancel(db, run)
                else:
                    _swap(db, run, request=Request.STOP_AND_KEEP)
            return len(asked)

    def resume(self, run_id: str) -> Run:
        """Queue an interrupted, stopped or failed run again; it goes on from its checkpoints."""
        with self._transaction() as db:
            run = _one(db, run_id)
            if run.state.active:
                raise RunError("runs.already_active", name=run.name, state=run.state.word)
            if run.state is State.FINISHED:
                raise RunError("runs.already_finished", name=run.name)
            attempt = run.attempt + 1
            _swap(db, run, state=State.QUEUED, reason=None, ended=None, attempt=attempt)
            _put_last(db, run_id)
            return _one(db, run_id)

    def move(self, run_id: str, place: int) -> None:
        """Put a queued run at `place` of the queue, 0 being next."""
        with self._transaction() as db:
            run = _one(db, run_id)
            if run.state is not State.QUEUED:
                raise RunError("runs.not_queued", name=run.name, state=run.state.word)
            places = {row["id"]: row["place"] for row in db.execute(_QUEUED)}
            order = [other for other in places if other != run_id]
            order.insert(max(0, place), run_id)
            new_places = zip(places.values(), order, strict=True)
            db.executemany("UPDATE runs SET place = ? WHERE id = ?", list(new_places))

    def delete(self, run_id: str) -> None:
        """Remove a run that is not active, with its folder."""
        with self._transaction() as db:
            run = _one(db, run_id)
            if run.state.active:
                raise RunError("runs.delete_active", name=run.name, state=run.state.word)
            to_trash(self._workspace, self._workspace.run(run_id).root)
            db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        empty_trash(self._workspace)

    # What the supervisor and the child do

    def start(self, seen: Run, pid: int, born: str, gpus: tuple[int, ...] = ()) -> bool:
        """Give the lease of a queued run to a process, with these GPUs or the whole machine; False
        if the run is no longer as it was seen, or another one at work holds some of that."""
        now = time.time()
        lease = {"pid": pid, "pid_created": born, "heartbeat": now, "gpus": gpus}
        with self._transaction() as db:
            at_work = _select(db, _AT_WORK)
            if any(not (gpus and run.gpus) or set(gpus) & set(run.gpus) for run in at_work):
                return False
            return _swap(db, seen, state=State.PREPARING, started=now, ended=None, **lease)

    def begin(self, run_id: str, pid: int, born: str) -> Run | None:
        """The child takes up its run; None if the lease is not (or no longer) its own."""
        with self._transaction() as db:
            run = _one(db, run_id)
            if run.state is not State.PREPARING or (run.pid, run.pid_created) != (pid, born):
                return None
            _swap(db, run, state=State.RUNNING, heartbeat=time.time())
            return _one(db, run_id)

    def held(self, run: Run, beat: bool) -> Run | None:
        """The run as it is now if its lease is still the same, and None if it was lost.

        `beat` says at the same time that the holder is alive.
        """
        lease = (run.id, run.attempt, run.pid, run.pid_created)
        if beat:
            with self._transaction() as db:
                db.execute(_BEAT, (time.time(), *lease))
        runs = self._select(_HELD, *lease)
        return runs[0] if runs else None

    def settle(self, seen: Run, state: State, reason: Message | None) -> bool:
        """The end of an attempt; False if the run is no longer as it was seen."""
        end = {"reason": reason, "request": None, "ended": time.time()}
        with self._transaction() as db:
            return _swap(db, seen, state=state, **end, **_NO_LEASE)

    def requeue(self, seen: Run) -> bool:
        """Back to its place in the queue: the child was gone before it had begun."""
        with self._transaction() as db:
            return _swap(db, seen, state=State.QUEUED, started=None, **_NO_LEASE)

    def retry(self, seen: Run, batch_limit: int, reason: Message) -> bool:
        """Once more and next in the queue, with at most `batch_limit` rows in a forward pass."""
        with self._transaction() as db:
            change = {"attempt": seen.attempt + 1, "batch_limit": batch_limit, **_NO_LEASE}
            if not _swap(db, seen, state=State.QUEUED, reason=reason, **change):
                return False
            _put_first(db, seen.id)
            return True

    def tidy(self) -> None:
        """Finish deletions that a kill has cut short."""
        with self._transaction() as db:
            for run in _select(db, "SELECT * FROM runs"):
                if not run.state.active and not self._workspace.run(run.id).root.exists():
                    db.execute("DELETE FROM runs WHERE id = ?", (run.id,))
        empty_trash(self._workspace)

    def _insert(self, db: sqlite3.Connection, recipe: Recipe, name: str, group: str | None) -> Run:
        run_id = new_id(name)
        make_folder(self._workspace, run_id, recipe)
        what = (recipe.dataset, recipe.dataset_version)
        db.execute(_INSERT, (run_id, name, *what, time.time(), recipe.devices, group))
        return _one(db, run_id)

    def _migrate(self) -> None:
        """Bring a registry of an earlier version up to date, in place."""
        with self._transaction() as db:
            for column in _missing(db):  # looked at again, for another process may have been faster
                db.execute(f'ALTER TABLE runs ADD COLUMN "{column}" {_ADDED[column]}')

    def _select(self, query: str, *values: Any) -> Runs:
        with self._connection() as db:
            return _select(db, query, *values)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            with db:  # commits, or rolls back on any exception
                yield db

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(_connect(self._workspace.registry)) as db:
                yield db
        except sqlite3.Error as error:
            raise WorkspaceError("runs.registry_unusable", reason=str(error)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise WorkspaceError("runs.cannot_write", reason=reason) from error


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)
    db = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = FULL")  # a power cut loses nothing that was acknowledged
    return db


def _missing(db: sqlite3.Connection) -> list[str]:
    there = {row["name"] for row in db.execute("PRAGMA table_info(runs)")}
    return [column for column in _ADDED if column not in there]


def _names(db: sqlite3.Connection) -> set[str]:
    """What runs and groups are called: a new one is told from all of them."""
    rows = db.execute('SELECT name FROM runs UNION SELECT "group" FROM runs')
    return {row["name"] for row in rows if row["name"]}


def _cancel(db: sqlite3.Connection, run: Run) -> bool:
    """Out of the queue."""
    reason = Message("runs.cancelled")
    return _swap(db, run, state=State.STOPPED, reason=reason, ended=time.time())


def _select(db: sqlite3.Connection, query: str, *values: Any) -> Runs:
    return [_to_run(row) for row in db.execute(query, values)]


def _one(db: sqlite3.Connection, run_id: str) -> Run:
    runs = _select(db, "SELECT * FROM runs WHERE id = ?", run_id)
    if not runs:
        raise WorkspaceError("runs.unknown", found=str(run_id)[:80])
    return runs[0]


def _swap(db: sqlite3.Connection, seen: Run, **changes: Any) -> bool:
    """Compare-and-set: change the run only if nobody has since it was seen."""
    new = _to_row(replace(seen, **changes))
    old = {f"seen_{name}": value for name, value in _to_row(seen).items()}
    return db.execute(_SWAP, new | old).rowcount == 1


def _put_last(db: sqlite3.Connection, run_id: str) -> None:
    last = "UPDATE runs SET place = (SELECT MAX(place) + 1 FROM runs) WHERE id = ?"
    db.execute(last, (run_id,))


def _put_first(db: sqlite3.Connection, run_id: str) -> None:
    first = "UPDATE runs SET place = (SELECT MIN(place) - 1 FROM runs) WHERE id = ?"
    db.execute(first, (run_id,))


def _to_row(run: Run) -> dict[str, Any]:
    row = {field.name: getattr(run, field.name) for field in fields(run)}
    row["reason"] = json.dumps(run.reason.to_dict()) if run.reason else None
    row["gpus"] = json.dumps(run.gpus) if run.gpus else None
    return row


def _to_run(row: sqlite3.Row) -> Run:
    record = {field.name: row[field.name] for field in fields(Run)}
    record["state"] = State(record["state"])
    record["request"] = Request(record["request"]) if record["request"] else None
    record["reason"] = Message.from_dict(json.loads(record["reason"])) if record["reason"] else None
    record["gpus"] = tuple(json.loads(record["gpus"])) if record["gpus"] else ()
    return Run(**record)
