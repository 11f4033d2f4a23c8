"""Values of JSON without what no file can hold: half characters (lone surrogates) and NULs."""

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
