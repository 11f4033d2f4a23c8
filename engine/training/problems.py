"""Of which setting a problem is, for who shows it there: in its field, at its line of a file."""

from engine.text import Message
from engine.training.settings import BY_NAME

_PLACES = {
    "recipe.too_long": "max_length",
    "recipe.metric_of_other_task": "best_metric",
    "recipe.no_head_to_train": "method",
    "recipe.no_modules_named": "lora_modules",
    "recipe.unknown_weights": "own_weights",
    "recipe.no_tracker": "tracker",
    "models.no_checkpointing": "activation_checkpointing",
    "models.no_such_modules": "lora_modules",
}
"""Problems that do not name their setting, and its name."""


def setting_of(problem: Message) -> str | None:
    """The name of its setting; None for one that is of no single setting."""
    label = problem.params.get("label")
    if isinstance(label, Message) and label.key.startswith("settings."):
        name = label.key.split(".")[1]
    else:
        name = _PLACES.get(problem.key, "")
    return name if name in BY_NAME else None
