"""Looks models up in a process of its own, for the endpoint is read when the library is imported.

    python -m tests.models.hub_process '["org/name", …]' [fetch]

Prints what came of each name as JSON: the record, or the sentence of the error.
"""

import json
import logging
import sys

from engine.errors import ModelError
from engine.models import hub
from engine.models.catalogue import find_model


def look_up(name: str, fetch: bool) -> dict[str, object]:
    try:
        model = find_model(name)
        folder = hub.fetch(model) if fetch else None
        again = hub.cached(name) if fetch else None
    except ModelError as error:
        return {"error": str(error)}
    return {
        "parameters": model.parameters,
        "revision": model.revision,
        "files": sorted(path.name for path in folder.iterdir()) if folder else [],
        "cached": again is not None,
        "names": hub.cached_names(),
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG)
    found = {name: look_up(name, "fetch" in sys.argv) for name in json.loads(sys.argv[1])}
    print(json.dumps(found))
