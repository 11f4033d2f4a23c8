"""Where every file lives. Nothing else builds a path; nothing here reads or writes content."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from engine.errors import WorkspaceError

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_ID = 80


@dataclass(frozen=True)
class DatasetFolder:
    """One immutable version of a data set: `datasets/<id>/v<k>/`."""

    root: Path

    @property
    def record(self) -> Path:
        return self.root / "dataset.json"

    @property
    def rows(self) -> Path:
        return self.root / "rows.parquet"

    @property
    def source(self) -> Path:
        return self.root / "source"


@dataclass(frozen=True)
class RunFolder:
    """Everything one run leaves behind: `runs/<id>/`."""

    root: Path

    @property
    def recipe(self) -> Path:
        return self.root / "recipe.json"

    @property
    def events(self) -> Path:
        return self.root / "events.jsonl"

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def model(self) -> Path:
        return self.root / "model"

    def kept(self, step: int) -> Path:
        """The model folder of one of the next best checkpoints."""
        return self.root / "kept" / f"step-{int(step)}"

    @property
    def report(self) -> Path:
        return self.root / "report.json"

    @property
    def pins(self) -> Path:
        """Which of its data set's pins the model holds to."""
        return self.root / "pins.json"

    @property
    def robustness(self) -> Path:
        return self.root / "robustness.json"

    def predictions(self, split: str, weights: str) -> Path:
        """`split`: validation or test; `weights`: best, last, before (the untrained model),
        step-<n>, one of the next best checkpoints, or the name of a simple alternative."""
        return self.root / "predictions" / f"{split}.{weights}.parquet"


@dataclass(frozen=True)
class ErrandFolder:
    """What is known of one errand, and what it was given and has made: `errands/<id>/`."""

    root: Path

    @property
    def record(self) -> Path:
        return self.root / "errand.json"

    @property
    def process(self) -> Path:
        return self.root / "process.json"

    @property
    def progress(self) -> Path:
        return self.root / "progress.json"

    @property
    def end(self) -> Path:
        return self.root / "end.json"

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    @property
    def given(self) -> Path:
        """The folder of the file it works on."""
        return self.root / "given"

    @property
    def made(self) -> Path:
        """The folder of the file it makes."""
        return self.root / "made"


DEFAULT_WORKSPACE = Path(__file__).parent.parent.resolve() / "workspace"
"""Where page and command line keep their own unless told."""


@dataclass(frozen=True)
class Workspace:
    """The one folder that holds all of a user's data sets and runs."""

    root: Path

    def create(self) -> "Workspace":
        """Make the folders that are missing, readable by their owner only."""
        holds = (self.datasets, self.runs, self.errands, self.cache, self.uploads, self.trash)
        for folder in (self.root, *holds):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    @property
    def registry(self) -> Path:
        return self.root / "registry.db"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def errands(self) -> Path:
        return self.root / "errands"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def trash(self) -> Path:
        return self.root / "trash"

    @property
    def mlflow_store(self) -> Path:
        return self.root / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        return self.root / "mlflow-artifacts"

    @property
    def trackio(self) -> Path:
        return self.root / "trackio"

    @property
    def wandb(self) -> Path:
        return self.root / "wandb"

    @property
    def app_lock(self) -> Path:
        """Held by the one app of this workspace; `app_address` says where it answers."""
        return self.root / "app.lock"

    @property
    def app_address(self) -> Path:
        return self.root / "app.json"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the one process that starts and settles runs (the app, or a command line)."""
        return self.root / "supervisor.lock"

    @property
    def errands_lock(self) -> Path:
        """Held by the one errand that is at work."""
        return self.root / "errands.lock"

    @property
    def hardware(self) -> Path:
        return self.cache / "hardware.json"

    def baseline(self, key: str) -> Path:
        """What a simple alternative says of a data set's test rows."""
        return self.cache / "baselines" / f"{_checked(key)}.parquet"

    def map(self, key: str) -> Path:
        """Where the texts of a data set stand on its map."""
        return self.cache / "maps" / f"{_checked(key)}.parquet"

    def chosen(self, dataset_id: str, key: str) -> Path:
        """Ids of the rows of a data set that somebody chose by hand."""
        return self.cache / "chosen" / _checked(dataset_id) / f"{_checked(key)}.txt"

    def quality(self, dataset_id: str) -> Path:
        """What was found in a data set, and what its texts look like to the bundled encoder."""
        return self.cache / "quality" / _checked(dataset_id)

    def findings(self, dataset_id: str, version: int) -> Path:
        return self.quality(dataset_id) / f"v{int(version)}.json"

    def portraits(self, dataset_id: str, version: int) -> Path:
        """What the texts of each label look like."""
        return self.quality(dataset_id) / f"v{int(version)}.portraits.json"

    def worth(self, dataset_id: str, version: int) -> Path:
        """What simple models reach on a version of a data set."""
        return self.quality(dataset_id) / f"worth-v{int(version)}.json"

    def next_texts(self, dataset_id: str) -> Path:
        """Which unlabelled texts to label next."""
        return self.quality(dataset_id) / "next.json"

    def unlabelled(self, dataset_id: str) -> Path:
        """The texts these were chosen from."""
        return self.quality(dataset_id) / "unlabelled.json"

    def passed(self, dataset_id: str) -> Path:
        """Those that were skipped."""
        return self.quality(dataset_id) / "passed.json"

    def vectors(self, dataset_id: str) -> Path:
        return self.quality(dataset_id) / "vectors.npz"

    def tensorboard(self, run_id: str) -> Path:
        return self.root / "tensorboard" / _checked(run_id)

    def dataset(self, dataset_id: str, version: int) -> DatasetFolder:
        return DatasetFolder(self.datasets / _checked(dataset_id) / f"v{int(version)}")

    def corrections(self, dataset_id: str) -> Path:
        """One file for each correction that is to go into the next version of a data set."""
        return self.datasets / _checked(dataset_id) / "corrections"

    def confirmed(self, dataset_id: str) -> Path:
        """What was said of doubtful rows of a data set without changing them."""
        return self.datasets / _checked(dataset_id) / "confirmed.jsonl"

    def changes(self, dataset_id: str) -> Path:
        """One file for each change of many rows that is to go into the next version."""
        return self.datasets / _checked(dataset_id) / "changes"

    def guidance(self, dataset_id: str) -> Path:
        """One file for each label that somebody wrote down what belongs to it."""
        return self.datasets / _checked(dataset_id) / "guide"

    def pins(self, dataset_id: str) -> Path:
        """One file for each pin, of all versions of a data set."""
        return self.datasets / _checked(dataset_id) / "pins"

    def run(self, run_id: str) -> RunFolder:
        return RunFolder(self.runs / _checked(run_id))

    def errand(self, errand_id: str) -> ErrandFolder:
        return ErrandFolder(self.errands / _checked(errand_id))


def new_id(name: str) -> str:
    """An id that starts like `name` and is unique: `support-tickets-3f9c2a`."""
    slug = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:40].strip("-")
    return f"{slug or 'x'}-{secrets.token_hex(3)}"


def fsync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` survive a power cut (a no-op on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: str) -> None:
    """Readers see the old content or the new, never half of it, whatever is killed when."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    fsync_folder(path.parent)


def _checked(identifier: str) -> str:
    if len(identifier) > _MAX_ID or not _ID.fullmatch(identifier):
        raise WorkspaceError("common.bad_id", found=identifier[:_MAX_ID])
    return identifier
