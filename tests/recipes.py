"""A complete recipe for tests, without a data set or a model behind it."""

from engine.training.recipe import Recipe
from engine.training.settings import SETTINGS

RECOMMENDED: dict[str, object] = {
    "method": "full",
    "lora_rank": 4,
    "lora_alpha": 8.0,
    "lora_dropout": 0.0,
    "epochs": 2.0,
    "learning_rate": 5e-3,
    "schedule": "linear",
    "warmup": 0.1,
    "batch_size": 8,
    "max_length": 16,
    "answer_length": 8,
    "weight_decay": 0.01,
    "train_embeddings": True,
    "label_smoothing": 0.0,
    "class_weights": "none",
    "best_metric": "macro_f1",
    "early_stopping": False,
    "patience": 3,
    "precision": "fp32",
    "experiment": "tickets",
}
"""In the place of what would be recommended: small, and the same on every machine."""


def complete_recipe(dataset: str, version: int = 1, **changes: object) -> Recipe:
    """Every setting at its default, the others as above, some changed."""
    defaults = {setting.name: setting.default for setting in SETTINGS}
    return Recipe(dataset, version, **(defaults | RECOMMENDED | changes))  # type: ignore[arg-type]
