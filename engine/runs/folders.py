"""The run folder as a whole: made before its record, gone in one rename.

Knows nothing of states. What is removed is renamed into the trash first, so that nobody ever sees
half of it, and whatever a kill leaves in the trash goes when the next supervisor starts.
"""

import secrets
import shutil
from pathlib import Path

from engine.training.recipe import Recipe
from engine.workspace import RunFolder, Workspace, fsync_folder, write_atomically


def make_folder(workspace: Workspace, run_id: str, recipe: Recipe) -> None:
    """The run's folder with its recipe, safely on disk."""
    write_atomically(workspace.run(run_id).recipe, recipe.to_json())
    fsync_folder(workspace.runs)


def discard_results(workspace: Workspace, folder: RunFolder) -> None:
    """Remove all that training made, but not what tells its story: recipe, events and log."""
    story = (folder.recipe, folder.events, folder.log)
    if folder.root.is_dir():
        for path in folder.root.iterdir():
            if path not in story:
                to_trash(workspace, path)
        empty_trash(workspace)


def to_trash(workspace: Workspace, path: Path) -> None:
    """Out of sight in one step; `empty_trash` frees the space."""
    workspace.trash.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        path.rename(workspace.trash / f"{path.name}.{secrets.token_hex(4)}")


def empty_trash(workspace: Workspace) -> None:
    if workspace.trash.is_dir():
        for path in workspace.trash.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
