"""The labels of a saved data set: what is shown of each, and what can be done with it."""

import re
from dataclasses import replace

import pytest

from engine.data import changes, guidance
from engine.data.seeking import Sought
from engine.errors import DataError
from engine.quality import portraits
from engine.quality.portraits import Beside, Portrait
from tests.pages import built_view, clicked
from tests.shaped import HOSTILE, tagged, write_dataset
from webui.state import Selection
from webui.workbench import labels
from webui.workbench.base import Seen

LABELS = ("apple", "pear", "Plum")


def counted(workspace, dataset, counts):
    """The record with counts, as an import leaves it."""
    made = replace(dataset, counts=counts)
    workspace.dataset(dataset.id, 1).record.write_text(made.to_json(), "utf-8")
    return made


def make(workspace, task="multiclass", names=LABELS, sizes=(2, 3, 1)):
    rows = [
        {"split": "train", "text": f"a {name} {i}", "labels": [name]}
        for name, size in zip(names, sizes, strict=True)
        for i in range(size)
    ]
    if task == "multilabel":
        rows.append({"split": "train", "text": "both", "labels": list(names[:2])})
    dataset = write_dataset(workspace, task, names, rows)
    counts = dict(zip(names, sizes, strict=True))
    return counted(workspace, dataset, {"train": counts, "validation": {}, "test": {}})


def show(page, dataset, **chosen):
    view = built_view(labels, page)
    seen = Seen(page, Selection(dataset=dataset.id, bench="labels", **chosen), dataset)
    updates = labels.show(view, seen)
    return updates[view.seeking], updates[view.labels]


def names(shown):
    return re.findall(r'<summary><span class="ts-label-name"><b><bdi>(.*?)</bdi>', shown)


def act(page, dataset, **sent):
    view = built_view(labels, page)
    before = Selection(dataset=dataset.id, bench="labels", leaf=2)
    updates = labels._act(view, before, clicked(**sent))
    return updates.get(page.selection), updates.get(view.labels)


def test_every_label_has_its_rows_share_and_examples(page, workspace):
    _, shown = show(page, make(workspace))
    assert names(shown) == ["pear", "apple", "Plum"]
    first = shown.split("ts-label-item")[1]
    assert re.search(r'">3</span>.*50\.0 %.*3 / 0 / 0', first)
    assert "a pear 0" in first
    assert "once the check of the data is done" in shown
    heads = shown.split("ts-label-heads")[1].split("</div>")[0]
    assert re.search(r">Rows<.*>Share<.*>training / validation / test<", heads)


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(find="PL"), ["apple", "Plum"]),
        (Sought(order="fewest"), ["Plum", "apple", "pear"]),
        (Sought(order="name"), ["apple", "pear", "Plum"]),
        (Sought(order="nonsense"), ["pear", "apple", "Plum"]),
        (Sought(find="kiwi"), []),
    ],
)
def test_labels_are_searched_and_sorted(page, workspace, sought, found):
    _, shown = show(page, make(workspace), sought=sought)
    assert names(shown) == found


def test_five_hundred_labels_come_in_pages(page, workspace):
    many = [f"label {i:03}" for i in range(500)]
    dataset = make(workspace, names=many, sizes=[1] * 500)
    _, shown = show(page, dataset, leaf=20)
    assert names(shown) == many[475:]
    assert "476–500 of 500" in shown
    assert len(shown) < 150_000


def test_portraits_stand_where_they_have_been_made(page, workspace):
    dataset = make(workspace)
    portrait = Portrait((3, 2, 99), (Beside(4, "Plum"),), (Beside(0, "apple"),))
    portraits.keep(workspace, dataset, {"pear": portrait})
    _, shown = show(page, dataset)
    first = shown.split("ts-label-item")[1]
    assert re.search(
        r"Most typical.*a pear 1.*a pear 0.*At the border.*a pear 2.*nearly: Plum", first
    )
    assert re.search(r"carry another label.*a apple 0.*is: apple", first)


def test_names_are_no_html(page, workspace):
    dataset = make(workspace, names=(HOSTILE, "b", "c"))
    guidance.write(workspace, dataset.id, "b", HOSTILE)
    fields, shown = show(page, dataset)
    assert "<img" not in fields + shown


class TestActing:
    def waits(self, workspace, dataset):
        return [(each.kind, each.asks) for each in changes.drafted(workspace, dataset.id)]

    @pytest.mark.parametrize(
        ("sent", "kind", "asks"),
        [
            ({"act": "rename", "value": " Pomme "}, "rename", {"labels": ["apple"], "to": "Pomme"}),
            (
                {"act": "merge", "value": "pear"},
                "rename",
                {"labels": ["apple", "pear"], "to": "pear"},
            ),
            ({"act": "drop"}, "drop_label", {"label": "apple"}),
        ],
    )
    def test_a_label_is_changed_and_the_page_says_so(self, page, workspace, sent, kind, asks):
        dataset = make(workspace)
        _, shown = act(page, dataset, of="apple", **sent)
        assert self.waits(workspace, dataset) == [(kind, asks)]
        apple = shown.split("ts-label-item")[2]
        assert ("will be dropped" if kind == "drop_label" else f"→ {asks['to']}") in apple

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"act": "rename", "value": " "}, "No name"),
            ({"act": "rename", "value": "pear"}, "is a label already"),
            ({"act": "merge", "value": "kiwi"}, "not another label"),
            ({"act": "merge", "value": "apple"}, "not another label"),
            ({"act": "line", "value": "x" * 2000}, "at most 1,000 characters"),
        ],
    )
    def test_what_cannot_be_done_is_told(self, page, workspace, sent, words):
        dataset = make(workspace)
        with pytest.raises(DataError, match=words):
            act(page, dataset, of="apple", **sent)
        assert self.waits(workspace, dataset) == []

    def test_what_happens_to_its_rows_is_said_before_it_is_dropped(self, page, workspace):
        _, shown = show(page, make(workspace, "multilabel"))
        assert "taken off 4 rows. 3 of them have no other label and are taken out" in shown

    def test_what_belongs_to_a_label_is_kept_and_goes_with_its_new_name(self, page, workspace):
        dataset = make(workspace)
        _, shown = act(page, dataset, act="line", of="apple", value=" round\n fruit ")
        assert 'value="round fruit"' in shown
        act(page, dataset, act="rename", of="apple", value="Pomme")
        lines = guidance.lines(workspace, dataset.id)
        assert lines == {"apple": "round fruit", "Pomme": "round fruit"}
        act(page, dataset, act="line", of="apple", value="")
        assert "apple" not in guidance.lines(workspace, dataset.id)

    @pytest.mark.parametrize(
        ("sent", "bench", "sought"),
        [
            ({"act": "rows", "of": "pear"}, "rows", Sought(having="pear")),
            ({"act": "split", "of": "pear", "value": "juice"}, "rows", Sought("juice", "pear")),
            ({"act": "check"}, "problems", Sought()),
            ({"act": "seek", "name": "order", "value": "name"}, "labels", Sought(order="name")),
        ],
    )
    def test_ways_on(self, page, workspace, sent, bench, sought):
        selection, _ = act(page, make(workspace), **sent)
        assert (selection.bench, selection.sought, selection.leaf) == (bench, sought, 1)

    def test_no_page_has_a_number_of_thousands_of_digits(self, page, workspace):
        view, before = built_view(labels, page), Selection(dataset=make(workspace).id)
        assert labels._act(view, before, clicked(act="page", page="9" * 5000)) == {}


def test_types_of_entities_can_be_renamed_and_dropped(page, workspace):
    rows = [tagged("Ann sang", ("Ann", "PER")) | {"labels": ["PER"]}]
    dataset = counted(
        workspace,
        write_dataset(workspace, "tokens", ("PER", "LOC"), rows),
        {"test": {"PER": 4, "LOC": 1}},
    )
    _, shown = show(page, dataset)
    assert "80.0 %" in shown
    assert "Split off" not in shown
    assert "4 marks of this kind are taken off" in shown
    assert "Look at its 1 row<" in shown
    assert "Merge its 1 row into" in shown
    _, shown = act(page, dataset, act="drop", of="PER")
    assert "will be dropped" in shown


def test_data_without_labels_has_no_such_view(workspace):
    assert not labels.applies(write_dataset(workspace, "qa", (), []))
