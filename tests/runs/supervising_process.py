"""What an app or a command line is to the runs: a process with a supervisor in it."""

import sys
import time
from pathlib import Path

from engine.runs.supervisor import Supervisor, Timing
from engine.workspace import Workspace

FAKE_CHILD = (sys.executable, "-P", str(Path(__file__).parent / "fake_child.py"))

if __name__ == "__main__":
    root, *options = sys.argv[1:]
    timing = Timing(look=0.03, lock=0.1, first_spare=0.0, next_spare=0.3)
    spare = "spare" in options
    Supervisor(Workspace(Path(root)), spare, FAKE_CHILD, timing).start()
    print("supervising", flush=True)
    while True:
        time.sleep(1)
