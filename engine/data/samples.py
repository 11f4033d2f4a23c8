"""The sample data sets that come with the app. Name and description are texts of the table."""

from dataclasses import dataclass
from pathlib import Path

SAMPLES_FOLDER = Path(__file__).parent.parent.parent / "assets" / "samples"


@dataclass(frozen=True)
class Sample:
    """One sample file with its data card."""

    id: str
    file: Path
    name: str
    """Key of its name in the translation table."""
    about: str
    """Key of one sentence about it."""

    @property
    def card(self) -> Path:
        """The data card (Markdown)."""
        return self.file.with_suffix(".md")


def _sample(file_name: str) -> Sample:
    file = SAMPLES_FOLDER / file_name
    return Sample(file.stem, file, f"data.sample_{file.stem}", f"data.sample_{file.stem}_about")


SAMPLES = (
    _sample("support_tickets.csv"),
    _sample("contract_clauses.csv"),
    _sample("news_headlines_zh.jsonl"),
    _sample("service_notes.jsonl"),
    _sample("small_places.json"),
)
