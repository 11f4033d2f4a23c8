"""Files on their way to becoming a data set, in `uploads/<id>/`; the page knows them by id only.

`upload.json` keeps the files' names and the plan as changed so far, so a refresh loses nothing.
Knows nothing of Gradio.
"""

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.data.archives import TABLES
from engine.data.dataset import SPLITS, free_name
from engine.data.importing import (
    Inspection,
    Plan,
    Roles,
    Sources,
    SplitPlan,
    forget,
    inspect,
    named,
)
from engine.data.kinds import kind_of
from engine.errors import DataError, WorkspaceError
from engine.remembering import remember
from engine.workspace import Workspace, new_id, write_atomically
from webui.state import checked_id

KEPT_SECONDS = 7 * 86400
"""Uploads nobody saved are cleared when the app starts a week later."""
SUFFIXES = (".txt", ".zip", *TABLES)
_LABELS = "_labels"
"""Behind a split in the name of the file with its labels."""


@dataclass(frozen=True)
class Upload:
    id: str
    sources: Sources
    plan: Plan


def store(workspace: Workspace, sources: Sources) -> str:
    """Keep a copy of the files and return the new upload's id. Raises DataError, before any
    copying, for what is refused."""
    given = {split: (path, sources.name(split)) for split, path in sources.paths().items()}
    given |= {
        f"{split}{_LABELS}": (path, sources.labels_name(split))
        for split, path in sources.labels.items()
    }
    for path, name in given.values():
        kind_of(path, name)
    upload_id = new_id(Path(sources.name("train")).stem)
    folder = workspace.uploads / upload_id
    folder.mkdir(mode=0o700, parents=True)
    names = {key: _copy(path, folder, key, name) for key, (path, name) in given.items()}
    _write(workspace, upload_id, names, Plan())
    return upload_id


def begin(workspace: Workspace, sources: Sources) -> str:
    """Store the files and look at them at once under a name of their own, so that what holds no
    table is refused here, by a DataError, and leaves nothing."""
    upload_id = store(workspace, sources)
    try:
        name_apart(workspace, upload_id)
    except DataError:
        remove(workspace, upload_id)
        raise
    return upload_id


def add(workspace: Workspace, upload_id: str, split: str, file: Path, name: str) -> None:
    """Add the file of another split; the plan then keeps the files as the split.

    A file that does not fit the others is not kept: raises DataError, and all is as before.
    """
    kind_of(file, name)
    record = _read(workspace, upload_id)
    names = record["names"] | {split: _copy(file, workspace.uploads / upload_id, split, name)}
    plan = replace(load(workspace, upload_id).plan, split=SplitPlan("files"))
    _write(workspace, upload_id, names, plan)
    try:
        inspection(workspace, upload_id)
    except DataError:
        write_atomically(_record(workspace, upload_id), json.dumps(record, ensure_ascii=False))
        raise


def load(workspace: Workspace, upload_id: str) -> Upload:
    """Raises WorkspaceError for an upload that is not there (any more)."""
    record = _read(workspace, upload_id)
    folder, names = workspace.uploads / upload_id, record["names"]
    paths = {key: folder / f"{key}{_suffix(name)}" for key, name in names.items()}
    splits = {split: paths.get(split) for split in SPLITS[1:]}
    labels = {split: paths[split + _LABELS] for split in SPLITS if split + _LABELS in paths}
    sources = Sources(paths["train"], **splits, names=names, labels=labels)
    return Upload(upload_id, sources, _plan(record["plan"]))


def save_plan(workspace: Workspace, upload_id: str, plan: Plan) -> None:
    _write(workspace, upload_id, _read(workspace, upload_id)["names"], plan)


def name_apart(workspace: Workspace, upload_id: str) -> None:
    """Name the data set to come so that it is told apart from those there are."""
    name = inspection(workspace, upload_id).plan.name
    free = free_name(workspace, name)
    if free != name:
        save_plan(workspace, upload_id, replace(load(workspace, upload_id).plan, name=free))


def exists(workspace: Workspace, upload_id: str | None) -> bool:
    return bool(checked_id(upload_id)) and _record(workspace, str(upload_id)).is_file()


def remove(workspace: Workspace, upload_id: str) -> None:
    if exists(workspace, upload_id):
        _inspect.forget(lambda asked: asked[1] == upload_id)
        forget(workspace.uploads / upload_id)
        shutil.rmtree(workspace.uploads / upload_id, ignore_errors=True)


def clear_old(workspace: Workspace) -> None:
    for folder in workspace.uploads.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def inspection(workspace: Workspace, upload_id: str) -> Inspection:
    """What saving the upload would give; the last few are kept, as each look reads the file."""
    name = _read(workspace, upload_id)["plan"]["name"]
    return named(_inspect(workspace, upload_id, state(workspace, upload_id)), name)


def state(workspace: Workspace, upload_id: str) -> str:
    """Files and plan: what an inspection depends on, which is not the name."""
    record = _read(workspace, upload_id)
    return json.dumps(record | {"plan": record["plan"] | {"name": ""}})


@remember(1)  # of a large file, it takes half a gigabyte
def _inspect(workspace: Workspace, upload_id: str, _state: str) -> Inspection:
    upload = load(workspace, upload_id)
    return inspect(upload.sources, replace(upload.plan, name=""))


def _copy(file: Path, folder: Path, key: str, name: str) -> str:
    shutil.copyfile(file, folder / f"{key}{_suffix(name)}")
    return name


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if suffix in SUFFIXES else ".txt"


def _record(workspace: Workspace, upload_id: str) -> Path:
    return workspace.uploads / upload_id / "upload.json"


def _read(workspace: Workspace, upload_id: str) -> dict[str, Any]:
    if not exists(workspace, upload_id):
        raise WorkspaceError("page.upload_gone")
    record: dict[str, Any] = json.loads(_record(workspace, upload_id).read_text("utf-8"))
    return record


def _write(workspace: Workspace, upload_id: str, names: dict[str, str], plan: Plan) -> None:
    record = {"names": names, "plan": asdict(plan)}
    write_atomically(_record(workspace, upload_id), json.dumps(record, ensure_ascii=False))


def _plan(record: dict[str, Any]) -> Plan:
    roles, split = record["roles"], record["split"]
    if roles is not None:
        roles = Roles.from_dict(roles)
    return Plan(**record | {"roles": roles, "split": SplitPlan(**split) if split else None})
