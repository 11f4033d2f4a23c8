"""A run's model, taken away: as a folder or as one zip file. Needs no torch."""

import shutil
import zipfile
from pathlib import Path

from engine.errors import RunError
from engine.evaluation.report import kept_weights
from engine.training.events import EventLog, steps_of
from engine.workspace import Workspace


def export_model(workspace: Workspace, run_id: str, to: Path, step: int | None = None) -> Path:
    """Copy the model folder of `run_id` to the new or empty folder `to`; with `step` that of the
    checkpoint of this step, where it was kept. Raises RunError."""
    source = model_of(workspace, run_id, step)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise RunError("export.not_empty", folder=str(to))
    try:
        shutil.copytree(source, to, dirs_exist_ok=True)
    except OSError as error:
        raise RunError("export.cannot_write", folder=str(to), reason=error.strerror or "") from None
    return to


def zip_model(workspace: Workspace, run_id: str, to_folder: Path, step: int | None = None) -> Path:
    """`<run>.zip` in `to_folder` with the model folder inside; stored, as weights do not shrink."""
    source = model_of(workspace, run_id, step)
    target = to_folder / f"{run_id}{f'-step-{step}' if step else ''}.zip"
    temporary = target.with_suffix(".tmp")
    to_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(source.rglob("*")):
            if path.is_file():
                archive.write(path, Path(run_id) / path.relative_to(source))
    temporary.replace(target)
    return target


def model_of(workspace: Workspace, run_id: str, step: int | None = None) -> Path:
    """The model folder of a run, or of the checkpoint of one step: the best, which is that of the
    run, or one of the next best. Raises RunError."""
    run = workspace.run(run_id)
    if not (run.model / "labels.json").is_file():
        raise RunError("export.no_model", run=run_id)
    best = None if step is None else steps_of(EventLog(run.events).read()).get("best")
    if step == best:
        return run.model
    kept = kept_steps(workspace, run_id)
    if step not in kept:
        found = sorted([best, *kept]) if best is not None else kept
        raise RunError("export.no_step", step=step, kept=found, best=best)
    return run.kept(step)


def kept_steps(workspace: Workspace, run_id: str) -> list[int]:
    """Steps of the next best checkpoints that were kept as models."""
    return [int(name[5:]) for name in kept_weights(workspace.run(run_id))]
