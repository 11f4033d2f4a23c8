"""The command line: `python -m engine --help`."""

import sys

try:
    import yaml  # noqa: F401  (the translation table needs it, so this sentence is not in it)
except ModuleNotFoundError:
    sys.exit("This Python lacks what Tunesmith needs: run `python launch.py`, then use .venv.")

from engine.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
