"""What a child process prints, as `log.txt` keeps it: whole lines, no token, no control codes."""

import io
import os
import re
import sys
import threading
from contextlib import suppress
from pathlib import Path

_TOKEN = re.compile(r"hf_[A-Za-z0-9]{20,}")
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_LINE = 65536


def clean(text: str) -> str:
    """`text` without access tokens, terminal escapes and control characters but line breaks."""
    return _TOKEN.sub("hf_…", _CONTROL.sub("", _ESCAPE.sub("", text)))


class CleanStream(io.TextIOBase):
    """Standard output and error of a child: writes whole, cleaned lines to file descriptor 2.

    A token cannot slip through in two halves because half a line waits for its other half.
    A carriage return ends a line too: progress bars use nothing else.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self._rest = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text.replace("\r", "\n")).split("\n")
            if len(self._rest) > _LONGEST_LINE:
                lines, self._rest = [*lines, self._rest], ""
            with suppress(OSError):  # a full disk must not end a training that has room to go on
                for line in filter(None, lines):
                    os.write(2, f"{clean(line)}\n".encode(errors="replace"))
        return len(text)

    def fileno(self) -> int:
        return 2

    def writable(self) -> bool:
        return True


def redirect_output() -> CleanStream:
    """From now on Python's standard output and error of this process are clean."""
    stream = CleanStream()
    sys.stdout = sys.stderr = stream
    return stream


def send_output_to(path: Path) -> None:
    """Append what this process prints, C code included, to a file only its owner can read."""
    descriptor = open_log(path)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def open_log(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
