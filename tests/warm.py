"""Programs in processes of their own that need not import torch first: one process has, and forks.

Each runs as `python ARGUMENTS` would, from a script or with `-c`; it can be killed, and shares
nothing with the tests but what was imported before.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn


@dataclass
class Started:
    """A program that runs, or has; as a `subprocess.Popen`."""

    warm: "Warm"
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.warm.ask({"pid": self.pid, "options": os.WNOHANG})
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self.warm.ask({"pid": self.pid, "options": 0}))
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Warm:
    """The process that has imported `modules`, with the project importable where it is `ours`."""

    def __init__(self, *modules: str, ours: bool) -> None:
        path = {"PYTHONPATH": str(Path(__file__).parents[1])} if ours else {}
        self.process = subprocess.Popen(
            [sys.executable, "-P", __file__, *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | path,
        )  # fmt: skip

    def start(
        self, *arguments: str | Path, cwd: Path, out: Path | None = None, err: Path | None = None
    ) -> Started:
        nowhere = Path(os.devnull)
        files = [str(file or nowhere) for file in (out, err)]
        told = {"arguments": list(map(str, arguments)), "cwd": str(cwd), "files": files}
        return Started(self, int(self.ask(told)))

    def run(self, *arguments: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
        """As `subprocess.run` of `python ARGUMENTS` with its output captured."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            code = self.start(*arguments, cwd=cwd, out=out, err=err).wait()
            said = out.read_text("utf-8"), err.read_text("utf-8")
        return subprocess.CompletedProcess(arguments, code, *said)

    def ask(self, question: Mapping[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def serve() -> None:
    """Answer questions until there are no more; a program that is started never returns here."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "pid" in asked:
            ended, status = os.waitpid(asked["pid"], asked["options"])
            answer = os.waitstatus_to_exitcode(status) if ended else None
        else:
            answer = os.fork() or become(**asked)
        print(json.dumps(answer), flush=True)


def become(arguments: Sequence[str], cwd: str, files: Sequence[str]) -> NoReturn:
    """The program, to its end."""
    os.chdir(cwd)
    for number, name in enumerate(files, 1):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    code: Any = 0
    try:
        if arguments[0] == "-c":
            sys.argv, sys.path[:0] = ["-c", *arguments[2:]], [""]
            exec(arguments[1], {"__name__": "__main__"})  # noqa: S102
        else:
            sys.argv, sys.path[:0] = list(arguments), [str(Path(arguments[0]).parent)]
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    for module in sys.argv[1:]:
        __import__(module)
    serve()
