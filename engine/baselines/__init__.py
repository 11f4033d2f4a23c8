"""Simple alternatives to a tuned model, all of one shape, and the registry of them.

A task says which apply to it (`Task.baselines`). Each module says

MADE            how it is made; another way is another word, so that nothing stale is kept
limits(problem) how many rows it can take in a few seconds
predict(problem) → the task's predictions for the test rows

Adding one is one file and one line below. What takes long to import is imported where it is used:
the registry costs nothing.
"""

from types import ModuleType

from engine.baselines import embeddings, lead, majority, mentions, tfidf

BASELINES: dict[str, ModuleType] = {
    "majority": majority,
    "tfidf": tfidf,
    "embeddings": embeddings,
    "mentions": mentions,
    "lead": lead,
}
"""Name → module; the name also stands in `predictions/test.<name>.parquet`."""
