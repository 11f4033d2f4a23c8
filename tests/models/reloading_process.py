"""A process that trained nothing: it says what model folders say, loaded three ways.

Reads one folder a line, writes one line of JSON: what the project's own predictor puts out for
the texts of `asked.json` in that folder's parent, and the largest difference to what plain
transformers, or sentence-transformers for a pooled model, makes of the same folder alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.inference.predictor import Predictor, load_predictor
from engine.models.loading import AUTO_CLASSES


def logits(network: Any, output: Any, rows: dict[str, list[str]]) -> np.ndarray:
    """What the network puts out for all rows at once, places that are padding set to 0."""
    inputs = output.inputs(output.tokenise(rows), rows)
    batch = inputs.batch(np.arange(len(inputs)), output.pad_id)
    with torch.inference_mode():
        said = network(**batch.inputs).float()
    if said.ndim == 3:
        real = batch.targets >= 0 if output.name == "text" else batch.inputs["attention_mask"]
        said = said * real.unsqueeze(-1)
    return said.numpy()


def elsewhere(folder: Path, predictor: Predictor, rows: dict[str, list[str]]) -> np.ndarray:
    """The same from the folder alone, with the libraries that everybody has."""
    if (folder / "modules.json").exists():
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device="cpu")
        return np.asarray(model.encode(rows["text"]))
    import transformers

    auto = getattr(transformers, AUTO_CLASSES[predictor.output.name])
    model = auto.from_pretrained(folder).eval()
    assert type(model) is type(predictor.network.model)
    network = type(predictor.network)(model)
    return logits(network, predictor.output, rows)


def look(folder: Path) -> dict[str, Any]:
    rows = json.loads((folder.parent / "asked.json").read_text("utf-8"))
    predictor = load_predictor(folder)
    own = logits(predictor.network, predictor.output, rows)
    np.save(folder.parent / "reloaded.npy", own)
    asked = {name: rows[name] for name in predictor.task.asks}
    said = predictor.predict(asked["text"], asked.get("question", ()))
    plain = elsewhere(folder, predictor, rows)
    return {
        "elsewhere": float(np.abs(own - plain).max()),
        "rows": [predictor.task.say(said, row) for row in range(len(rows["text"]))],
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print("answer", json.dumps(look(Path(line.strip()))), flush=True)
