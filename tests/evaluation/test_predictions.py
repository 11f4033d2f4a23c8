"""What is written to a predictions file is what is read from it."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from engine.errors import WorkspaceError
from engine.evaluation.predictions import read_predictions, write_predictions
from engine.tasks import make_task
from tests.said import said

TASK = make_task("multilabel", tuple("abcd"))


@pytest.mark.parametrize("rows", [0, 1, 57])
def test_predictions_come_back_as_they_were_written(tmp_path: Path, rows: int) -> None:
    rng = np.random.default_rng(rows)
    probabilities = rng.random((rows, 4))
    truth, decided = rng.random((rows, 4)) < 0.3, probabilities > 0.5
    path = tmp_path / "predictions" / "test.best.parquet"
    write_predictions(path, range(100, 100 + rows), said(truth, decided, probabilities))
    row_ids, read = read_predictions(path, TASK)
    assert row_ids.tolist() == list(range(100, 100 + rows))
    assert read.truth.shape == (rows, 4)
    assert (read.truth == truth).all()
    assert (read.decided == decided).all()
    assert (read.probabilities == probabilities.astype(np.float32)).all()
    assert [file.name for file in path.parent.iterdir()] == [path.name], "no temporary file left"


def test_the_file_has_the_documented_columns(tmp_path: Path) -> None:
    path = tmp_path / "test.best.parquet"
    one = np.array([[True, False]])
    write_predictions(path, [3], said(one, one, [[0.9, 0.1]]))
    schema = pq.read_schema(path)
    assert {name: str(schema.field(name).type) for name in schema.names} == {
        "row_id": "int64",
        "truth": "list<element: int32>",
        "decided": "list<element: int32>",
        "probabilities": "fixed_size_list<element: float>[2]",
    }


@pytest.mark.parametrize("content", [None, b"", b"PAR1 not really PAR1"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "test.best.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"“test\.best\.parquet” is missing or damaged"):
        read_predictions(path, TASK)
