"""Which words and which runs of characters texts hold, as TF-IDF."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tasks.words import spaced

MANY = 20_000
"""Texts from which on what stands in one of them alone is left out."""
LONGEST = {"words": 20_000, "letters": 2000}
"""Characters read of a text."""
MOST_RUNS = 100_000
"""Runs of characters that are kept, the most frequent."""


def words(texts: Sequence[str]) -> tuple[Any, NDArray[np.object_]]:
    """Words and pairs of words, or up to three characters in a row where words are not set apart by
    spaces: sparse (texts, terms), and the terms."""
    cut: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 3)}
    if spaced(texts) and any(map(str.isalnum, "".join(texts[:MANY]))):
        cut = {"ngram_range": (1, 2), "token_pattern": r"\w+"}
    return _counted(texts, "words", min_df=2 if len(texts) > MANY else 1, **cut)


def letters(texts: Sequence[str]) -> Any:
    """Two to four characters in a row within words that stand in two texts at least: sparse
    (texts, runs)."""
    cut = {"analyzer": "char_wb", "ngram_range": (2, 4), "max_features": MOST_RUNS}
    return _counted(texts, "letters", min_df=2, **cut)[0]


def _counted(texts: Sequence[str], what: str, **options: Any) -> tuple[Any, NDArray[np.object_]]:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options)
    try:
        found = vectorizer.fit_transform([text[: LONGEST[what]] for text in texts])
    except ValueError:  # there is none
        return csr_matrix((len(texts), 0), dtype=np.float32), np.zeros(0, object)
    return found, vectorizer.get_feature_names_out()
