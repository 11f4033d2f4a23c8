"""Tags that a change puts right: what becomes of the words, of the counts, and what is refused."""

import pytest

from engine.data import changes
from engine.data.changes import Change, make
from engine.data.versions import apply_draft
from engine.data.waiting import spare
from engine.errors import DataError
from tests.shaped import tagged, write_dataset
from tests.versions import SPLITS, labels_of, made_of, many, rows_of


class TestTags:
    @pytest.fixture
    def dataset(self, workspace):
        """Ann is tagged in rows 0 and 2; row 1 has her untagged."""
        rows = [
            tagged("Ann left Rome.", ("Ann", "person"), split=SPLITS[0]),
            tagged("We met Ann Lee.", split=SPLITS[1]),
            tagged("Ann, hello", ("Ann,", "person"), split=SPLITS[2]),
        ]
        rows = [row | {"labels": ["person"] if i != 1 else []} for i, row in enumerate(rows)]
        return write_dataset(workspace, "tokens", ("person", "place"), rows)

    def test_places_are_tagged_anew(self, workspace, dataset):
        places = [[1, 7, 14, "person"], [2, 3, 4, None], [0, 9, 13, "place"]]
        made = made_of(workspace, dataset, make("tag", {"places": places}))
        rows = rows_of(workspace, made)
        assert [list(tags) for tags in rows["tags"].loc[[0, 1, 2]]] == [
            ["B-person", "O", "B-place", "O"],
            ["O", "O", "B-person", "I-person", "O"],
            ["B-person", "O", "O"],
        ]
        assert labels_of(rows) == {0: ["person", "place"], 1: ["person"], 2: ["person"]}
        assert made.reasons[0].text() == "put the tags of 3 places right"
        assert made.counts["validation"] == {"person": 1, "place": 0}
        assert "1 row has another truth" in made.notes[0].text().replace("test row", "row")

    def test_it_is_done_with_what_types_are_called_by_then(self, workspace, dataset):
        changes.put(workspace, dataset.id, make("rename", {"labels": ["person"], "to": "who"}))
        changes.put(workspace, dataset.id, make("tag", {"places": [[1, 7, 10, "person"]]}))
        changes.put(workspace, dataset.id, make("drop_label", {"label": "place"}))
        changes.put(workspace, dataset.id, make("tag", {"places": [[0, 9, 13, "place"]]}))
        rows = rows_of(workspace, apply_draft(workspace, dataset.id))
        assert list(rows["tags"].loc[1]) == ["O", "O", "B-who", "O", "O"]
        assert list(rows["tags"].loc[0]) == ["B-who", "O", "O", "O"]

    def test_rows_of_it_can_be_spared(self, workspace, dataset):
        places = [[1, 7, 10, "person"], [2, 3, 4, None]]
        changes.put(workspace, dataset.id, make("tag", {"places": places}))
        spare(workspace, dataset, [2])
        (left,) = changes.drafted(workspace, dataset.id)
        assert left.asks == {"places": [[1, 7, 10, "person"]]}
        spare(workspace, dataset, [1])
        assert changes.drafted(workspace, dataset.id) == []

    @pytest.mark.parametrize(
        ("place", "told"),
        [
            ([1, 0, 2, "planet"], "“planet” is not a label"),
            ([9, 0, 2, "person"], "1 of the chosen rows is not in version 1"),
            ([1, 0, "x", "person"], "cannot be read"),
            ([1, 0, 2], "cannot be read"),
        ],
    )
    def test_what_cannot_be_is_refused(self, workspace, dataset, place, told):
        reason = make("drop", {"rows": [1]}).reason
        with pytest.raises(DataError, match=told):
            changes.put(workspace, dataset.id, Change("tag", {"places": [place]}, reason))

    def test_texts_without_marks_are_refused(self, workspace):
        dataset = write_dataset(workspace, "multiclass", ("a", "b"), many("ab", 20))
        with pytest.raises(DataError, match="Only texts with marks in them"):
            changes.put(workspace, dataset.id, make("tag", {"places": [[1, 0, 2, "a"]]}))
