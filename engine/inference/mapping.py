"""Drawing the map of a data set, as the bundled encoder or the model of a run sees its texts."""

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset
from engine.inference.predictor import load_predictor
from engine.inference.similar import embed
from engine.quality import maps
from engine.quality.maps import Map
from engine.quality.material import Material, Tell, silent
from engine.workspace import Workspace


def draw(
    workspace: Workspace, dataset: Dataset, eye: str = maps.BUNDLED, tell: Tell = silent
) -> Map:
    """Make the map and keep it. Raises WorkspaceError or ModelError where the rows or the model
    are gone, or the model has no place for a text."""
    material = Material(workspace, dataset, tell)
    shown = maps.drawn_rows(len(material.row_ids))
    made = Map(material.row_ids[shown], maps.project(_vectors(material, shown, eye), tell))
    maps.save(maps.path_of(workspace, dataset, eye), made)
    return made


def _vectors(material: Material, shown: NDArray[np.int64], eye: str) -> NDArray[np.float32]:
    if eye == maps.BUNDLED:
        return material.vectors[shown]
    predictor = load_predictor(material.workspace.run(eye).model)
    return embed(predictor, [material.texts[row] for row in shown.tolist()], material.tell)
