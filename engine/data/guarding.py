"""Cells of an exported CSV that a spreadsheet would take for a formula, made harmless.

A spreadsheet runs what begins with `=`, `+`, `-` or `@` (also in their full-width forms, or after a
tab or a line break), as OWASP describes under "CSV injection". An apostrophe before it makes it
text. Plain numbers stay as they are; reading such a file takes the apostrophe away again.
"""

import re

_STARTS = "=+\\-@\t\r\n＝＋－＠"
_FORMULA = re.compile(f"[{_STARTS}]")
_GUARDED = re.compile(f"'+[{_STARTS}]")
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d+)*|\.\d+)([eE][-+]?\d+)?%?")


def guard(cell: str) -> str:
    """`cell` with an apostrophe before it where a spreadsheet might run it."""
    risky = _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky or _GUARDED.match(cell) else cell


def unguard(cell: str) -> str:
    """What `guard` was given."""
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell
