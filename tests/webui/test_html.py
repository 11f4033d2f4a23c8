"""The one place that writes HTML: nothing from a file gets out of it as markup."""

import pytest

from webui import html
from webui.html import Html, escape, join, tag

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</td></table><svg onload=alert(1)>",
    "&lt;already&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_letter_by_letter(text):
    shown = tag("b", text, title=text)
    assert not set("<>") & set(shown.removeprefix("<b").removesuffix("</b>").replace(">", "", 1))
    assert shown.count('"') == 2


def test_what_is_html_already_is_not_escaped_twice():
    assert tag("p", tag("b", "a & b")) == "<p><b>a &amp; b</b></p>"
    assert escape(escape("<")) == "&lt;"


def test_attributes_of_none_and_false_are_left_out():
    assert tag("option", "x", selected=False, value=None, disabled=True) == (
        "<option disabled>x</option>"
    )


def test_names_of_attributes_follow_python_keywords():
    assert tag("i", class_="a", data_act="go") == '<i class="a" data-act="go"></i>'


def test_nothing_is_left_out_of_a_join_but_none():
    assert join([None, 0, "<", Html("<br>")], ", ") == "0, &lt;, <br>"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_button_carries_its_data_unbroken(text):
    button = html.button(text, "merge", index=text)
    assert button.count("<") == 2
    assert button.startswith('<button type="button"')


def test_a_bar_stays_within_its_frame():
    assert "width:100.0%" in html.bar(7.3)
    assert "width:0.0%" in html.bar(-1)


def test_a_cell_written_as_text_is_a_text():
    table = html.table(("a",), [("<td>evil</td>",), (tag("td", "good"),)])
    assert "&lt;td&gt;evil" in table
    assert "<td>good</td>" in table
