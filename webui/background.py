"""An errand about one version of a data set, as the views of a data set see it."""

from contextlib import suppress
from pathlib import Path

from engine.data.dataset import Dataset
from engine.runs import errands
from engine.runs.errands import Errand, Standing
from engine.workspace import Workspace
from webui.charts import Words
from webui.html import Html, bar, button, join, tag
from webui.progress import duration


def look(workspace: Workspace, kind: str, dataset: Dataset) -> Standing | None:
    """How far the newest one is; None where there has been none."""
    found = _listed(workspace, kind, dataset)
    return errands.look(workspace, found[0]) if found else None


def cancel(workspace: Workspace, kind: str, dataset: Dataset) -> None:
    for errand in _listed(workspace, kind, dataset):
        errands.cancel(workspace, errand)


def forget(workspace: Workspace, kind: str, dataset: Dataset) -> None:
    """What was asked of it before, such as an attempt that failed, is not told any more."""
    for errand in _listed(workspace, kind, dataset):
        errands.remove(workspace, errand)


def changed(path: Path) -> int:
    """Another number whenever a kept result is another one; 0 where there is none."""
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def progress(standing: Standing, words: str, waits: str, t: Words) -> Html:
    """`words` say what is being done, `waits` what it waits for."""
    if standing.state == "waiting":
        said = [tag("p", waits, role="status")]
    else:
        share = standing.done / standing.total if standing.total else 0.0
        told = words
        if share and standing.eta is not None:
            told = f"{words} {t('worth.left', share=share, left=duration(standing.eta))}"
        said = [bar(share, label=words, role="progressbar"), tag("p", told)]
    goes_on = tag("p", t("worth.goes_on"), class_="ts-why")
    return join([*said, goes_on, tag("p", button(t("worth.cancel"), "cancel"))])


def _listed(workspace: Workspace, kind: str, dataset: Dataset) -> list[Errand]:
    """Those of this version, the newest first."""
    found = errands.list_errands(workspace, kind, dataset.id)
    return [errand for errand in found if errand.asks.get("version") == dataset.version]
