"""Alert cards in HTML: what is the case, why it matters, and the button to the rows it means."""

from collections.abc import Sequence

from engine.evaluation.alerts import Alert
from webui.charts import Words
from webui.html import Html, fold, join, tag
from webui.views.panel import filter_button

SHOWN = 3
"""Alerts in sight; more are a click away."""


def alerts(found: Sequence[Alert], rows: int, t: Words) -> Html:
    """The cards in their order; a word where there is nothing to say of the rows."""
    title = tag("h3", t("alerts.title"))
    if not found:
        return join([title, tag("p", t("alerts.none", rows=rows))])
    cards = [_card(alert, t) for alert in found]
    left = cards[SHOWN:]
    more = fold(t("alerts.more", alerts=len(left)), *left) if left else None
    return join([title, *cards[:SHOWN], more])


def _card(alert: Alert, t: Words) -> Html:
    words = tag(
        "div",
        tag("h4", t(alert.what.key, **alert.what.params)),
        tag("p", t(alert.why.key, **alert.why.params)),
    )
    go = None
    if alert.filter and alert.rows:
        go = filter_button(t("alerts.show", rows=alert.rows), alert.filter, view="rows")
    return tag("article", words, go, class_="ts-alert")
