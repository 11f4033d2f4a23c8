"""What the train form asks for, looked at before it runs: one review of one set of values.

Knows nothing of Gradio.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.data.dataset import load_dataset
from engine.errors import ModelError, RecipeError
from engine.models import hardware
from engine.models.catalogue import BUNDLED
from engine.text import Message
from engine.training import scripts
from engine.training.plan import make_plan
from engine.training.recommend import complete
from engine.workspace import Workspace
from webui import checking, form, lengths, lookups
from webui.views.train import Review


def review_one(workspace: Workspace, dataset_id: str, values: Mapping[str, Any]) -> Review:
    """What would run with these fields, each of which has one value; problems instead of errors.

    A model of the list is told of as the list knows it while it cannot be had.
    """
    dataset = load_dataset(workspace, dataset_id)
    draft, wrong = form.read(values)
    found: dict[str, Any] = {"dataset": dataset, "draft": draft, "problems": wrong}
    found["found"] = checking.found_in(workspace, dataset)
    absent: ModelError | None = None
    try:
        machine = hardware.load(workspace)
        model = draft.get("model", BUNDLED)
        info, counts, absent = lengths.best_known(workspace, dataset.id, dataset.version, model)
        foreign = scripts.of_dataset(workspace, dataset.id, dataset.version, model)
        found |= {"info": info, "counts": counts, "foreign": foreign}
        place = {"dataset": dataset.id, "dataset_version": dataset.version}
        completed = complete(place | draft, dataset, counts, machine, info)
        draft, wrong = form.read(values, completed.values)
        if draft != found["draft"]:
            completed = complete(place | draft, dataset, counts, machine, info)
        found |= {"draft": draft, "recipe": completed.recipe, "whys": completed.whys}
        plan = make_plan(completed.recipe, dataset, machine, counts, info)
        found |= {"plan": plan, "output": completed.output}
        found |= _refused((*wrong, *plan.problems), absent)
    except RecipeError as error:
        found |= _refused((*wrong, *error.problems), absent)
    except ModelError as error:
        found |= _refused(wrong, error)
    return Review(**found)


def _refused(problems: Sequence[Message], error: ModelError | None) -> dict[str, Any]:
    """What a review says of a model that cannot be used, beside other problems."""
    if error is None:
        return {"problems": tuple(problems)}
    looking = isinstance(error, lookups.LookingUp)
    said = (*problems, error.message)
    return {"problems": said, "refusal": error.message, "looking": looking}
