"""The map of a data set: its colours, what lies under the pointer, and what a lasso picks."""

import base64
import json
import re
import time

import gradio as gr
import numpy as np
import pytest

from engine.data import chosen
from engine.data.dataset import load_rows
from engine.data.seeking import Sought
from engine.errors import DataError
from engine.quality import maps
from engine.quality.maps import Map
from engine.runs import errands
from engine.runs.errands import Errand
from engine.workspace import write_atomically
from tests.pages import built_view, clicked
from tests.pairs import two_labels
from webui.state import Selection
from webui.workbench import map as text_map
from webui.workbench.base import Seen


@pytest.fixture
def begun(monkeypatch):
    """Errands are noted, and nobody does them."""
    asked = []

    def begin(workspace, kind, run, asks, file=None):
        errand = Errand(f"map-{len(asked)}", kind, run, asks, time.time())
        write_atomically(workspace.errand(errand.id).record, json.dumps(errand.__dict__))
        asked.append(asks)
        return errand

    monkeypatch.setattr(errands, "begin", begin)
    return asked


@pytest.fixture
def dataset(workspace):
    return two_labels(workspace)


@pytest.fixture
def view(page):
    return built_view(text_map, page)


def selection_of(dataset, **more):
    return Selection(dataset=dataset.id, bench="map", **more)


def draw(workspace, dataset):
    """Every row on a line from left to right."""
    ids = load_rows(workspace, dataset)["row_id"].to_numpy()
    places = np.column_stack([np.linspace(0, 1, len(ids)), np.full(len(ids), 0.5)])
    made = Map(ids, places.astype(np.float32))
    maps.save(maps.path_of(workspace, dataset, maps.BUNDLED), made)
    return ids


def shown(view, dataset, **more):
    return text_map.show(view, Seen(view.page, selection_of(dataset, **more), dataset))


def points(html):
    """Places (points, 2) and codes of what is drawn."""
    packed = base64.b64decode(re.search(r'data-points="([^"]*)"', str(html))[1])
    count = len(packed) // 5
    places = np.frombuffer(packed[: 4 * count], "<u2").reshape(2, count).T / 65535
    return places, np.frombuffer(packed[4 * count :], np.uint8)


def test_it_is_drawn_when_somebody_first_looks(view, dataset, begun):
    updates = shown(view, dataset)
    assert begun == [{"version": 1, "eye": maps.BUNDLED}]
    assert "being drawn" in str(updates[view.work])
    shown(view, dataset)
    assert len(begun) == 1, "looking again begins no second one"


def test_one_that_was_called_off_waits_to_be_asked_for(view, dataset, begun):
    shown(view, dataset)
    cancel = clicked(act="cancel")
    told = text_map._act(view, selection_of(dataset), cancel)[view.work]
    assert "has not been drawn" in str(told)
    assert 'data-act="draw"' in str(told)


def test_every_row_has_the_colour_of_its_label_or_split(view, dataset):
    ids = draw(view.page.workspace, dataset)
    rows = load_rows(view.page.workspace, dataset)
    field = shown(view, dataset)[view.canvas].value
    places, codes = points(field)
    assert np.allclose(places[:, 0], np.linspace(0, 1, len(ids)), atol=1e-4)
    by_label = {tuple(names): code for names, code in zip(rows["labels"], codes, strict=True)}
    assert len(set(by_label.values())) == len(by_label) == 2
    for name, count in rows["labels"].map(lambda names: names[0]).value_counts().items():
        assert f"{name} {count}" in str(field)
    splits = shown(view, dataset, pick="splits")
    assert "may have a wrong label" in shown(view, dataset)[view.said].value
    assert "wrong label" not in splits[view.said].value, "its colours show none"
    _, codes = points(splits[view.canvas].value)
    assert {(split, code) for split, code in zip(rows["split"], codes.tolist(), strict=True)} == {
        (split, ["train", "validation", "test"].index(split)) for split in set(rows["split"])
    }


def test_one_label_can_be_pointed_out(view, dataset):
    draw(view.page.workspace, dataset)
    rows = load_rows(view.page.workspace, dataset)
    name = dataset.labels[0]
    field = text_map._point_out(view, selection_of(dataset), name)[view.canvas]
    _, codes = points(field)
    carried = np.array([name in names for names in rows["labels"]])
    assert (codes[carried] == 0).all()
    assert (codes[~carried] == 255).all()
    assert f"others {(~carried).sum()}" in str(field)


def test_the_text_under_the_pointer_is_shown(view, dataset):
    draw(view.page.workspace, dataset)
    row = load_rows(view.page.workspace, dataset).iloc[3]
    told = text_map._follow(view, selection_of(dataset), clicked(act="hover", point="3"))
    assert row["text"] in str(told[view.said])
    assert row["labels"][0] in str(told[view.said])
    for rubbish in ("-1", "999999", "9" * 5000, "x", ""):
        point = clicked(act="hover", point=rubbish)
        assert text_map._follow(view, selection_of(dataset), point) == {}


def test_a_lasso_picks_rows_for_the_table(view, dataset, page):
    ids = draw(page.workspace, dataset)
    corners = "-0.1,0.4 0.3,0.4 0.3,0.6 -0.1,0.6"
    drawn = clicked(act="lasso", corners=corners)
    told = str(text_map._follow(view, selection_of(dataset), drawn)[view.said])
    inside = ids[np.linspace(0, 1, len(ids)) < 0.3]
    assert f"{len(inside)} rows picked" in told
    key = re.search(r'data-id="([^"]+)"', told)[1]
    assert chosen.rows_of(page.workspace, dataset, key).tolist() == inside.tolist()
    see = clicked(act="see", id=key)
    gone = text_map._see(view, selection_of(dataset), see)[page.selection]
    assert (gone.bench, gone.sought) == ("rows", Sought(chosen=key))
    nothing = clicked(act="lasso", corners="0,0 0.1,0 0.1,0.1")
    told = text_map._follow(view, selection_of(dataset), nothing)[view.said]
    assert "no point inside" in str(told)


@pytest.mark.parametrize("corners", ["x", "1,2 3", "1,2,3 4,5", "nan"])
def test_a_line_that_is_none_is_refused(view, dataset, corners):
    draw(view.page.workspace, dataset)
    with pytest.raises(DataError, match="draw it once more"):
        text_map._follow(view, selection_of(dataset), clicked(act="lasso", corners=corners))


def test_a_text_is_never_code(view, dataset):
    from webui.views import map as html

    words = view.page.t
    assert "<img" not in str(html.row(1, "train", ["<img src=x>"], "<img src=x>", words))
    assert isinstance(view.canvas, gr.HTML)


def test_a_single_group_without_a_colour_of_its_own_has_its_name():
    from webui.views.map import GREY, LEFT_OUT, by_group

    names = {name: name.upper() for name in "abcde"}
    painted = by_group("aabbcd", names, ["red", "green", "blue"])
    assert (painted.names[-1], painted.colours[-1]) == ("D", GREY)
    assert LEFT_OUT not in painted.codes
    assert by_group("abcde", names, ["red", "green", "blue"]).names == ["A", "B", "C"]
