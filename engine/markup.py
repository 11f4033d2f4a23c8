"""HTML and SVG as text: the one place that writes a tag, so that every text is escaped.

`tag("b", "<x>")` gives `<b>&lt;x&gt;</b>`. Children are `Html` (already safe) or anything else
(escaped). The page adds its own elements (`webui.html`), the report file its drawings.
"""

import html
from collections.abc import Iterable
from typing import Any

Child = Any
_EMPTY_TAGS = frozenset({"input", "br", "img", "hr", "meta"})


class Html(str):
    """Text that is safe to show as it stands."""

    __slots__ = ()


def escape(value: Child) -> Html:
    """`value` as safe text; what is already Html stays as it is."""
    if isinstance(value, Html):
        return value
    return Html("" if value is None else html.escape(str(value), quote=True))


def join(children: Iterable[Child], between: Child = "") -> Html:
    return Html(escape(between).join(escape(child) for child in children if child is not None))


def tag(name: str, /, *children: Child, **attributes: Any) -> Html:
    """One element. `class_` is class, `data_act` is data-act; None and False leave one out."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY_TAGS:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def _attribute(key: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
