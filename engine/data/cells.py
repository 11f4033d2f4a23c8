"""Cells of text columns → the texts of the rows."""

from collections.abc import Sequence

import pandas as pd

from engine.data.labels import spell


def join_texts(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """The text of each row: its text columns in table order, one a line, blank ones left out."""
    parts = [[spell(cell).strip() for cell in table[column].tolist()] for column in columns]
    if len(parts) == 1:
        return parts[0]
    return ["\n".join(filter(None, cells)) for cells in zip(*parts, strict=True)]
