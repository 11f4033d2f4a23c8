"""An operating point saved into a model folder, so that whoever uses the model obeys it.

The app reads `thresholds.json`; elsewhere the program of the folder's README does. READMEs of
models from before there were operating points hold one that does not, so it is written anew.
"""

import re
from pathlib import Path

from engine.export.snippets import snippet
from engine.models.manual import read_manual
from engine.models.thresholds import write_point
from engine.tasks import make_task
from engine.tasks.operating_point import OperatingPoint
from engine.workspace import write_atomically

_PROGRAM = re.compile(r"(?<=```python\n).*?(?=```)", re.DOTALL)


def save_point(folder: Path, point: OperatingPoint) -> None:
    """Write the point, and the program that obeys it. Raises ModelError where it does not fit."""
    write_point(folder, point)
    manual, readme = read_manual(folder), folder / "README.md"
    if not readme.is_file():
        return
    task = make_task(manual.task, manual.labels, manual.positive)
    program = snippet(task, manual.output, pooled=(folder / "modules.json").is_file())
    written = readme.read_text("utf-8")
    renewed = _PROGRAM.sub(lambda _: program, written, count=1)
    if renewed != written:
        write_atomically(readme, renewed)
