"""Labels with hardly any rows, and labels with nearly all."""

from collections import Counter

from engine.quality.finders import shares
from tests.quality.made import material


def made(counts, **more):
    labels = [name for name, rows in counts.items() for _ in range(rows)]
    texts = [f"text number {i}" for i in range(len(labels))]
    return material(texts, labels, ["train"] * len(texts), **more)


def test_labels_of_like_size_give_no_card():
    assert shares.find(made({"a": 100, "b": 60, "c": 12})) == []


def test_a_label_with_few_rows_can_be_dropped():
    (finding,) = shares.find(made({"refund": 60, "delivery": 50, "greeting": 3}))
    assert finding.what.text() == ("1 label has fewer than 10 rows to learn from: greeting (3).")
    assert [(fix.kind, fix.asks) for fix in finding.fixes] == [
        ("drop_label", {"label": "greeting"})
    ]
    assert len(finding.rows) == 3


def test_where_one_label_would_be_left_none_is_dropped():
    (finding,) = shares.find(made({"refund": 50, "greeting": 6}))
    assert finding.fixes == ()


def test_many_rare_labels_are_named_but_not_dropped_one_by_one():
    counts = {"a": 100, "b": 90} | {f"rare {i}": 2 for i in range(12)}
    (finding,) = shares.find(made(counts))
    assert finding.fixes == ()
    assert finding.what.text().startswith("12 labels have fewer than 10 rows")
    assert finding.what.text().endswith("….")


def test_types_of_entities_are_counted_by_mentions():
    texts = [f"Ann met Bob {i}" for i in range(40)]
    counts = [Counter(Person=2, Place=i == 0) for i in range(40)]
    found = shares.find(
        material(texts, [("Person",)] * 40, ["train"] * 40, task="tokens", counts=counts)
    )
    assert found[0].what.text() == (
        "1 type of entity has fewer than 10 mentions to learn from: Place (1)."
    )


def test_one_label_with_nearly_all_rows_is_said_once():
    (finding,) = shares.find(made({"ok": 950, "broken": 50}))
    assert "95 % of the rows" in finding.what.text()
    assert "Whoever always answers “ok” is right in 95 %" in finding.why.text()


def test_very_uneven_labels_are_said():
    (finding,) = shares.find(made({"a": 400, "b": 300, "c": 11}))
    assert finding.what.text() == "“a” has 400 rows to learn from and “c” 11: 36 times as many."
    assert finding.fixes == ()


def test_rows_without_labels_are_no_label():
    labels = [()] * 950 + [("x",)] * 30 + [("y",)] * 20
    texts = [f"text {i}" for i in range(1000)]
    assert shares.find(material(texts, labels, ["train"] * 1000, task="multilabel")) == []
