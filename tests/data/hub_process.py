"""Looks up data sets of a hub and reads them: `python -m tests.data.hub_process NAMES` prints what
came of each. A process of its own, since the hub's library reads its settings once."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.data.hub_data import fetch, look
from engine.data.importing import inspect
from engine.errors import DataError


def read(name: str) -> dict[str, Any]:
    name, _, part = name.partition("#")
    try:
        with tempfile.TemporaryDirectory() as folder:
            listing = look(name, part)
            found = inspect(fetch(listing, Path(folder)))
    except DataError as error:
        return {"error": str(error)}
    return {
        "name": listing.name,
        "title": found.plan.name,
        "part": listing.part,
        "parts": listing.parts,
        "left_out": listing.left_out,
        "rows": found.rows,
        "labels": found.labels,
        "problems": [problem.text() for problem in found.problems],
    }


if __name__ == "__main__":
    print(json.dumps({name: read(name) for name in json.loads(sys.argv[1])}))
