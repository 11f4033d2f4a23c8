"""A run's model, taken away: as a folder or as one zip file. Needs no torch."""

import shutil
import zipfile
from pathlib import Path

from engine.errors import RunError
from engine.workspace import Workspace


def export_model(workspace: Workspace, run_id: str, to: Path) -> Path:
    """Copy the model folder of `run_id` to the new or empty folder `to`. Raises RunError."""
    source = model_of(workspace, run_id)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise RunError("export.not_empty", folder=str(to))
    try:
        shutil.copytree(source, to, dirs_exist_ok=True)
    except OSError as error:
        raise RunError("export.cannot_write", folder=str(to), reason=error.strerror or "") from None
    return to


def zip_model(workspace: Workspace, run_id: str, to_folder: Path) -> Path:
    """`<run>.zip` in `to_folder` with the model folder inside; stored, as weights do not shrink."""
    source = model_of(workspace, run_id)
    target = to_folder / f"{run_id}.zip"
    temporary = target.with_suffix(".tmp")
    to_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(source.rglob("*")):
            if path.is_file():
                archive.write(path, Path(run_id) / path.relative_to(source))
    temporary.replace(target)
    return target


def model_of(workspace: Workspace, run_id: str) -> Path:
    """The model folder of a run; raises RunError while there is none."""
    folder = workspace.run(run_id).model
    if not (folder / "labels.json").is_file():
        raise RunError("export.no_model", run=run_id)
    return folder
