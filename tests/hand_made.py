"""Rows of a split made by hand: no run, no files."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from engine.evaluation.predicted import Columns, Said
from engine.evaluation.rows import SplitRows
from engine.tasks import make_task
from tests.said import said


def split_rows(kind, labels, predictions, cells=None):
    """As `read_rows` gives them; `cells` is column → values of the data set."""
    told = Said(np.arange(len(predictions)), predictions, None)
    columns = None if cells is None else Columns(pa.table(cells))
    report = SimpleNamespace(run="r", dataset="d", dataset_version=1)
    return SplitRows(None, report, "test", make_task(kind, labels), told, columns)


def one_label(labels, truth, decided, cells=None):
    """Rows with one label each, by their places."""
    own = np.eye(len(labels), dtype=bool)
    return split_rows("multiclass", labels, said(own[truth], own[decided]), cells)


def every(rows):
    return np.ones(len(rows), dtype=bool)
