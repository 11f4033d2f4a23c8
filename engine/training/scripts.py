"""Whether a model knows the language of texts, as far as their letters tell.

Knows nothing of page and command line.
"""

from collections.abc import Iterable
from functools import lru_cache

from engine.data.dataset import first_texts, load_dataset
from engine.data.importing import Inspection
from engine.models.known import languages_of
from engine.workspace import Workspace

LAST_LATIN = 0x24F
"""Of Unicode's blocks of Latin letters in common use."""
KANA = (0x3040, 0x30FF)
HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
FEW = 0.05
"""Share of kana from which on texts in Han characters are Japanese."""
MOSTLY = 0.5
TEXTS = 200
"""Of these the letters are looked at,"""
CHARACTERS = 500
"""of each so many."""


def foreign(model: str, found: str) -> str:
    """The script `found` in texts, where the list says of a model that it knows English and
    nothing else; empty where it may know their language."""
    english = languages_of(model) == ("en",)
    return found if english and found != "latin" else ""


def script(texts: Iterable[str]) -> str:
    """What most letters are: latin, chinese or other."""
    letters = [ord(letter) for text in texts for letter in text[:CHARACTERS] if letter.isalpha()]
    count = max(1, len(letters))
    if not letters or sum(letter <= LAST_LATIN for letter in letters) / count >= MOSTLY:
        return "latin"
    kana = sum(KANA[0] <= letter <= KANA[1] for letter in letters) / count
    han = sum(first <= letter <= last for letter in letters for first, last in HAN) / count
    return "chinese" if han >= MOSTLY and kana < FEW else "other"


def of_dataset(workspace: Workspace, dataset_id: str, version: int, model: str) -> str:
    """`foreign` of a saved data set."""
    return foreign(model, _saved(workspace, dataset_id, version))


def of_upload(inspection: Inspection, model: str) -> str:
    """`foreign` of a file that is being set up."""
    rows = inspection.prepared
    return "" if rows.empty else foreign(model, script(rows["text"].head(TEXTS)))


@lru_cache(maxsize=8)
def _saved(workspace: Workspace, dataset_id: str, version: int) -> str:
    return script(first_texts(workspace, load_dataset(workspace, dataset_id, version), TEXTS))
