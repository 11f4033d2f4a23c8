"""What the views of a saved data set share."""

from engine.quality.findings import Finding
from engine.text import Message
from webui.workbench.base import named


def test_findings_are_called_by_their_kind_and_further_ones_counted() -> None:
    kinds = ("copies", "short", "copies", "copies")
    findings = [
        Finding(kind, Message("a"), Message("b"), rows=(i,)) for i, kind in enumerate(kinds)
    ]
    names = named(findings)
    assert list(names) == ["copies", "short", "copies-2", "copies-3"]
    assert names["copies-2"].rows == (2,)
