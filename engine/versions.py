"""What results can depend on beside data and recipe: the versions of what computes them."""

import platform
from importlib.metadata import version

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "peft")


def versions() -> dict[str, str]:
    """Of Python and the libraries, by name. Imports none of them."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
