"""The control panel over the results, and the overview of the rows that it lets through."""

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest

from engine.data.dataset import delete_dataset
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.runs.registry import Registry
from engine.runs.run import State
from tests.pages import built, clicked, set_to
from tests.recipes import complete_recipe
from tests.rows import label_rows, said
from tests.shaped import HOSTILE, answer_run, entity_run
from webui.results import panel
from webui.results.base import filtered, follow
from webui.state import Selection
from webui.tabs import results
from webui.text import t
from webui.views import panel as html

TRUTH, SAID = "aabbcc", "abbacb"
SURE = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4)


def words(key, **params):
    return t(key, "en", **params)


@pytest.fixture
def tab(page):
    return built(results, page)


@pytest.fixture
def run(workspace):
    """A finished run with a leaked text, a hostile one, and a column of its own."""
    registry = Registry(workspace)
    run = registry.submit(complete_recipe("d-1"), "calm-otter")
    texts = ["old news", HOSTILE, "c", "d", "e", "f"]
    columns = {"channel": ["web", "mail", HOSTILE, "web", "mail", "web"]}
    tokens = [3, 4, 5, 6, 7, 8]
    label_rows(
        workspace, said(TRUTH, SAID, SURE), texts=texts, trained=["Old  news"], tokens=tokens,
        name=run.id, **columns,
    )  # fmt: skip
    registry.settle(run, State.FINISHED, None)
    return run.id


def show(tab, run, wanted=None, **chosen):
    return results.show(tab, Selection(tab="results", run=run, filter=wanted or Filter(), **chosen))


def head(tab, shown):
    return unescape(re.sub("<[^>]+>", "|", shown[tab.panel.head]))


def buttons(shown):
    """The filters that the buttons of a piece of the page lead to."""
    found = re.findall(r'data-act="(filter|narrow)" data-filter="([^"]*)"', shown)
    return [(act, Filter.from_query(dict(parse_qsl(unescape(query))))) for act, query in found]


class TestThePanel:
    def test_tells_how_many_rows_are_looked_at_and_what_is_asked_for(self, tab, run):
        assert "All 6 rows" in head(tab, show(tab, run))
        wanted = Filter(outcome="wrong", least=0.5, column="channel", value="mail", longest=7)
        shown = head(tab, show(tab, run, wanted))
        for said_ in ("1 of 6 rows", "Wrong", "Confidence from 50 %", "channel: mail"):
            assert said_ in shown
        assert "Tokens up to 7" in shown
        assert "Clear all" in shown

    def test_a_confusion_is_one_thing(self):
        def told(**wanted):
            return [(chip.words, chip.names) for chip in html.chips(Filter(**wanted), "", words)]

        both = ("truth", "decided")
        assert told(truth="a", decided=OTHER) == [("Missed: a", both)]
        assert told(truth=OTHER, decided="a") == [("Said wrongly: a", both)]
        assert told(truth="a", decided=NO_LABEL) == [
            ("True: a", ("truth",)),
            ("Predicted: No label", ("decided",)),
        ]

    def test_what_the_rows_do_not_have_is_left_aside_and_said(self, tab, run):
        shown = show(tab, run, Filter(truth="a", kind="missed", column="age", value="7"))
        assert "2 of 6 rows" in head(tab, shown)
        left = "have nothing of the kind: Missed, age: 7"
        assert left in head(tab, shown)

    def test_its_fields_say_what_holds(self, tab, run):
        wanted = Filter(truth="a", decided=OTHER, column="channel", value="web")
        shown = show(tab, run, wanted)
        fields = {
            name: set_to(shown[field]) for name, field in tab.panel.fields.items() if field in shown
        }
        assert fields["truth"]["value"] == "a"
        assert ("Another one (missed)", OTHER) in fields["decided"]["choices"]
        assert OTHER not in dict(fields["truth"]["choices"]).values()
        assert ("channel: web (3)", fields["slice"]["value"]) in fields["slice"]["choices"]
        assert fields["kind"]["visible"] is False
        assert fields["shortest"]["label"] == "Tokens from"

    def choose(self, tab, before=None, filled=None, **written):
        given = dict.fromkeys(tab.panel.fields) | {"words": ""} | written
        selection = Selection(tab="results", filter=before or Filter(), shown=40)
        changed = panel._choose(tab.panel, selection, filled, *given.values())
        return changed.get(tab.page.selection), changed

    def test_what_is_chosen_becomes_the_filter(self, tab, run):
        web = "column=channel&value=web+%26+co"
        before = Filter(alert="leaked")
        after, _ = self.choose(tab, before, outcome="wrong", least=50, most=90, slice=web)
        expected = Filter("wrong", least=0.5, most=0.9, column="channel", value="web & co")
        assert after.filter == expected.but(alert="leaked"), "an alert has no field"
        assert after.shown == 10

    def test_a_field_that_is_left_by_a_click_on_clear_all_asks_for_nothing_again(self, tab, run):
        _, changed = self.choose(tab, outcome="wrong", least=95)
        filled = changed[tab.panel.filled]
        assert self.choose(tab, Filter(), filled, outcome="wrong", least=95) == (None, {})
        after, _ = self.choose(tab, Filter(), filled, outcome="wrong", least=95, words="x")
        assert after.filter == Filter(words="x")

    def test_a_number_that_cannot_be_meant_is_emptied_again(self, tab, run):
        after, changed = self.choose(tab, least=120, longest=-3, shortest=4.0)
        assert after.filter == Filter(shortest=4)
        fields = tab.panel.fields
        assert (changed[fields["least"]], changed[fields["longest"]]) == (None, None)

    def test_one_thing_is_dropped_or_all(self, tab, run):
        selection = Selection(filter=Filter(truth="a", decided=OTHER, words="x"))

        def after(**sent):
            return panel._act(tab.panel, selection, clicked(**sent))[tab.page.selection].filter

        assert after(act="drop", names="truth decided") == Filter(words="x")
        assert after(act="drop", names="words nonsense") == selection.filter.but(words="")
        assert after(act="clear") == Filter()

    def test_nothing_is_lost_that_is_being_written(self, tab, run):
        fields = tab.panel.fields
        shown = show(tab, run, Filter(words="d", least=0.5))
        assert not shown.keys() & {fields["least"], fields["most"]}
        assert all("value" not in set_to(shown[fields[name]]) for name in ("shortest", "words"))
        changed = panel._fill(tab.panel, shown[tab.panel.asked], Filter(words="d", most=0.25))
        assert changed == {
            fields["least"]: 50,
            fields["most"]: None,
            tab.panel.filled: Filter(words="d", least=0.5),
        }

    def test_values_of_the_data_are_shown_as_they_are(self, tab, run):
        shown = show(tab, run, Filter(column="channel", value=HOSTILE, words=HOSTILE))
        assert "<img" not in shown[tab.panel.head]
        assert "0 of 6 rows" in head(tab, shown)

    @pytest.mark.parametrize("view", ["curves", "decisions", "correct"])
    def test_other_views_have_none(self, tab, run, view):
        shown = show(tab, run, view=view)
        assert set_to(shown[tab.panel.frame]) == {"visible": False}


class TestAButtonToRows:
    def test_shows_the_rows_it_names_in_the_view_it_names(self, tab, run):
        before = Selection(tab="results", filter=Filter(words="x"), shown=40)
        sent = clicked(act="filter", filter="alert=leaked", view="rows")
        after = follow(tab.panel, before, sent)[tab.page.selection]
        assert (after.filter, after.view, after.shown) == (Filter(alert="leaked"), "rows", 10)

    def test_or_narrows_down_what_is_looked_at(self, tab, run):
        before = Selection(tab="results", view="confusion", filter=Filter(words="x", truth="b"))
        sent = clicked(act="narrow", filter="truth=a&decided=b", view="")
        after = follow(tab.panel, before, sent)[tab.page.selection]
        assert after.filter == Filter(words="x", truth="a", decided="b")
        assert after.view == "confusion"

    @pytest.mark.parametrize("sent", ["", "%%%=&&", "colour=blue", "least=much"])
    def test_rubbish_is_no_filter(self, tab, sent):
        after = follow(tab.panel, Selection(), clicked(act="filter", filter=sent))
        assert after[tab.page.selection].filter == Filter()

    def test_a_listener_sets_the_filter_in_the_same_way(self, tab):
        after = filtered(tab.page, Selection(shown=40), Filter(truth="a"), "rows")
        assert after[tab.page.selection] == Selection(
            "results", view="rows", filter=Filter(truth="a")
        )


class TestTheOverview:
    def over(self, tab):
        return tab.views["overview"]

    def test_says_first_what_to_know_with_a_way_to_the_rows(self, tab, run):
        shown = show(tab, run)[self.over(tab).alerts]
        assert "1 of the 6 test texts stands in the training data too." in shown
        assert ("filter", Filter(alert="leaked")) in buttons(shown)
        assert all(wanted for _, wanted in buttons(shown)), "none leads to all rows"

    def test_scores_of_the_filtered_rows_stand_beside_those_of_all(self, tab, run):
        shown = show(tab, run, Filter(outcome="right"))[self.over(tab).scores]
        assert "These 3 rows" in shown
        assert shown.index("These 3 rows") < shown.index("Best checkpoint")
        assert "These" not in show(tab, run)[self.over(tab).scores]

    def test_labels_are_those_of_the_filtered_rows_and_lead_on(self, tab, run):
        shown = show(tab, run, Filter(truth="a"))[self.over(tab).per_class]
        assert buttons(shown) == [
            ("narrow", Filter(truth="a")),
            ("narrow", Filter(decided="a")),
            ("narrow", Filter(decided="b")),
        ]

    def test_confidence_is_counted_by_outcome(self, tab, run):
        figure = set_to(show(tab, run)[self.over(tab).confidence])["value"]
        counts = {bars.name: dict(zip(bars.x, bars.y, strict=True)) for bars in figure.data}
        assert {place for place, rows in counts["Wrong"].items() if rows} == {82.5, 62.5, 42.5}
        assert sum(counts["Right"].values()) == 3
        shown = show(tab, run, Filter(outcome="wrong"))
        assert "(3 rows)" in set_to(shown[self.over(tab).confidence])["value"].layout.title.text

    def test_no_row_left_is_a_sentence(self, tab, run):
        shown = show(tab, run, Filter(words="nowhere"))
        assert "No row is left" in shown[self.over(tab).scores]
        for card in (self.over(tab).classes, self.over(tab).sure):
            assert set_to(shown[card]) == {"visible": False}

    def test_without_the_data_set_all_but_the_texts_stays(self, tab, run, workspace):
        delete_dataset(workspace, "d-1")
        shown = show(tab, run, Filter(outcome="wrong", words="c"))
        assert "3 of 6 rows" in head(tab, shown)
        assert set_to(shown[tab.panel.fields["words"]])["visible"] is False
        assert "These 3 rows" in shown[self.over(tab).scores]

    def test_a_damaged_file_leaves_the_scores(self, tab, run, workspace):
        workspace.run(run).predictions("test", "best").write_bytes(b"PAR1")
        shown = show(tab, run, Filter(outcome="wrong"))
        assert "missing or damaged" in shown[tab.trouble]
        assert set_to(shown[tab.panel.frame]) == {"visible": False}
        assert "Macro-F1" in shown[self.over(tab).scores]
        assert "account" not in shown[self.over(tab).per_class]

    def test_mentions_and_answers_filter_too(self, tab, workspace):
        shown = show(tab, entity_run(workspace).id, Filter(kind="missed"))
        assert "1 of 4 rows" in head(tab, shown)

    def test_answers_have_no_labels_to_filter_by(self, tab, workspace):
        shown = show(tab, answer_run(workspace).id, Filter(outcome="partly", truth="a"))
        assert "1 of 3 rows" in head(tab, shown)
        assert set_to(shown[tab.panel.fields["truth"]])["visible"] is False
