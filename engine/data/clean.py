"""Values of JSON without what no file can hold: half characters (lone surrogates) and NULs."""

import datetime as dt
import re
from typing import Any

_DEEPEST = 6
"""Lists in lists, as annotations nest them; what lies deeper is never shown or saved."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(value: Any, depth: int = 0) -> Any:
    """`value` with all its strings put right."""
    if isinstance(value, str):
        value = value if value.isascii() else _SURROGATE.sub("\ufffd", value)
        return value.replace("\0", "")
    if depth >= _DEEPEST:
        return value
    if isinstance(value, list | tuple):
        return [clean(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item, depth + 1) for key, item in value.items()}
    return value


def plain(value: Any) -> Any:
    """A value of Parquet or of a workbook as JSON knows it: dates, decimals and bytes as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value)
