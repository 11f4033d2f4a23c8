"""The head of a model card: what the Hugging Face hub reads of a model (its `README.md` metadata).

Language and licence are named where they are known: the language of the texts by their script and
by what the model is made for, the licence of the model that was tuned.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from engine.data.dataset import Dataset
from engine.evaluation.report import Figures, Report
from engine.models.catalogue import ModelInfo
from engine.models.known import MULTI, known_models, languages_of

BUNDLED_ID = "sentence-transformers/all-MiniLM-L6-v2"
"""What the bundled model is called on the hub."""
LOOKED_AT = 200
"""Texts that tell the language."""
_PIPELINES = {
    "labels": "text-classification",
    "tags": "token-classification",
    "span": "question-answering",
    "text": "text-generation",
}
_LICENCES = {
    "Apache-2.0": "apache-2.0",
    "MIT": "mit",
    "Gemma": "gemma",
    "Llama 3.1 Community": "llama3.1",
    "Llama 3.2 Community": "llama3.2",
}
"""Licence in the catalogue → its identifier on the hub."""
_METRICS = {
    "macro_f1": "f1", "micro_f1": "f1", "weighted_f1": "f1", "macro_precision": "precision",
    "macro_recall": "recall", "rouge_l": "rouge",
}  # fmt: skip
"""Score → the metric of the hub it is one of, where that has another name."""


def metadata(
    dataset: Dataset,
    model: ModelInfo,
    report: Report,
    figures: Figures | None,
    scores: Sequence[str],
    output: str,
    pooled: bool,
    texts: Sequence[str],
) -> str:
    """The head between its two lines of `---`. `figures` are those on test rows, if there are any,
    of which `scores` are quoted; `texts` some of what it was trained on."""
    from huggingface_hub import EvalResult, ModelCardData

    name = " ".join(dataset.name.split())
    quoted = {score: figures[score] for score in scores} if figures else {}
    results = [
        EvalResult(
            task_type=_PIPELINES[output],
            dataset_type=dataset.id,
            dataset_name=f"{name}, version {dataset.version}",
            dataset_split="test",
            metric_type=_METRICS.get(score, score),
            metric_name=report.metric(score).text(),
            metric_value=round(value, 4),
        )
        for score, value in quoted.items()
    ]
    language = languages(texts, model)
    known: dict[str, Any] = {
        "language": language[0] if len(language) == 1 else list(language) or None,
        "license": licence(model),
        "base_model": hub_id(model),
        "eval_results": results or None,
    }
    data = ModelCardData(
        model_name=name,
        library_name="sentence-transformers" if pooled else "transformers",
        pipeline_tag=_PIPELINES[output],
        tags=["tunesmith", dataset.task],
        metrics=sorted({result.metric_type for result in results}) or None,
        **known,
    )
    return f"---\n{data.to_yaml()}\n---"


def hub_id(model: ModelInfo) -> str | None:
    """What others can find the tuned model by; a folder of this computer is nobody else's."""
    if model.bundled:
        return BUNDLED_ID
    return model.name if model.revision else None


def licence(model: ModelInfo) -> str:
    known = (each.licence for each in known_models() if each.id == model.name)
    return _LICENCES.get(next(known, ""), "unknown")


def languages(texts: Sequence[str], model: ModelInfo) -> tuple[str, ...]:
    """Codes (ISO 639-1): Chinese by its script, and what is written in Latin letters by what the
    model is made for. Empty where neither tells."""
    letters = [c for text in islice(texts, LOOKED_AT) for c in text if c.isalpha()]
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in letters)
    latin = sum(c < "\u0250" for c in letters)
    if chinese > latin and chinese > len(letters) / 2:
        return ("zh",)
    made_for = model.languages or languages_of(model.name)
    return made_for if latin > len(letters) / 2 and MULTI not in made_for else ()
