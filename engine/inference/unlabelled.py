"""Texts without a label: from a file, or those rows of a data set's own file that had none."""

from pathlib import Path

from engine.data.dataset import Dataset
from engine.data.labels import spell
from engine.errors import DataError
from engine.inference.asking import ask, choose, read_rows
from engine.workspace import Workspace


def read_texts(path: Path, name: str, dataset: Dataset) -> list[str]:
    """The texts of a file; where it has the data set's label columns, of the rows in which they
    are empty. Raises DataError for a file that cannot be read or holds no such text."""
    table, _ = read_rows(path, name)
    labels = [column for column in dataset.roles.label if column in table.columns]
    if labels:
        empty = [all(not spell(cell).strip() for cell in row) for row in table[labels].values]
        table = table[empty]
    if table.empty:
        raise DataError("next.all_labelled", file=name)
    asking = choose(table, dataset.task, dataset.roles, name)
    return list(ask(table, dataset.task, asking)["text"])


def own_texts(workspace: Workspace, dataset: Dataset) -> list[str]:
    """The texts of the rows that were left out of the data set because they had no label."""
    folder = workspace.dataset(dataset.id, 1).source
    found: list[str] = []
    for path in sorted(folder.glob("*")):
        try:
            found += read_texts(path, path.name, dataset)
        except DataError:
            continue
    if not found:
        raise DataError("next.all_labelled", file=dataset.name)
    return found
