"""The front door: prepares the environment on the first start, then opens the app.

    python launch.py [--host --port --workspace --no-browser --auth-file --no-install]
    python launch.py test [pytest options]

Uses the standard library only until the environment is ready, and reads its texts without PyYAML.
Down to the version check it keeps to what an old Python 3 understands, so that it can say so.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def terminal_language() -> str:
    """`zh` on a machine that speaks Chinese, `en` on every other."""
    import locale

    names = [os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    spoken = next((name for name in names if name), None) or locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def read_texts() -> dict:  # type: ignore[type-arg]  # an old Python stumbles over dict[str, str]
    """assets/text/launch.yaml in the terminal's language: `name:`, then `  en: "…"` lines."""
    texts, name, language = {}, "", terminal_language()
    for line in (ROOT / "assets/text/launch.yaml").read_text(encoding="utf-8").splitlines():
        key, _, text = line.partition(":")
        if not text:
            name = key
        elif key.strip() == language:
            texts[name] = json.loads(text)
    return texts


def say(key: str, **params: object) -> str:
    """The text `launch.<key>` in the terminal's language."""
    return str(read_texts()[key].format(**params))


if sys.version_info < (3, 11):
    sys.exit(say("old_python", found=f"{sys.version_info[0]}.{sys.version_info[1]}"))

import argparse
import contextlib
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata

VENV = ROOT / ".venv"
APP = ROOT / "requirements.txt"
TOOLS = ROOT / "requirements-dev.txt"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Settings of pip that would send the packages somewhere else than into .venv.
MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PYTHONPATH")


class Failure(Exception):
    """A sentence for the user; the program ends with exit code 1."""


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", line_buffering=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if arguments[:1] == ["test"]:
            return test(arguments, arguments[1:])
        return open_app(arguments)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(say("interrupted"), file=sys.stderr)
        return 130


def open_app(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    go_on_in(prepare((APP,), may_install=not options.no_install), arguments)
    from webui.server import Options, serve

    return serve(
        Options(
            host=options.host,
            port=options.port,
            workspace=options.workspace,
            browser=not options.no_browser,
            auth_file=options.auth_file,
            language=terminal_language(),
        )
    )


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="launch.py", description=say("about"), epilog=say("about_test")
    )
    parser.add_argument("--host", default="127.0.0.1", help=say("help_host"))
    parser.add_argument("--port", type=port_number, default=7860, help=say("help_port"))
    parser.add_argument(
        "--workspace", type=Path, default=ROOT / "workspace", help=say("help_workspace")
    )
    parser.add_argument("--no-browser", action="store_true", help=say("help_no_browser"))
    parser.add_argument("--auth-file", type=Path, help=say("help_auth_file"))
    parser.add_argument("--no-install", action="store_true", help=say("help_no_install"))
    return parser.parse_args(arguments)


def port_number(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(say("bad_port", found=text))
    return int(text)


def prepare(files: Sequence[Path], may_install: bool = True) -> Path:
    """The Python that has everything in `files`, installing what is missing."""
    if not lacking(files):
        return Path(sys.executable)
    if lacks_only_tools(files):
        install(Path(sys.executable), (TOOLS,), None)
        return Path(sys.executable)
    if lacking(files, VENV):
        if not may_install:
            names = ", ".join(lacking(files, VENV if VENV.exists() else None))
            raise Failure(say("missing", names=names, command=command_line()))
        with only_one_installer():
            if lacking(files, VENV):  # another start may just have finished the job
                make_venv()
                install(venv_python(), files, VENV)
    return venv_python()


def lacking(files: Sequence[Path], venv: Path | None = None) -> list[str]:
    """The pins, as `name==version`, that this Python (or the environment `venv`) does not have."""
    lines = [line.strip() for file in files for line in file.read_text("utf-8").splitlines()]
    return [line for line in lines if "==" in line and not has(line, venv)]


def has(pin: str, venv: Path | None) -> bool:
    name, _, version = pin.partition("==")
    if venv is None:
        found = list(metadata.distributions(name=name))
    else:
        # pip writes RECORD last: without it the package is the half of a killed installation.
        folders = [str(folder) for folder in site_folders(venv)]
        found = list(metadata.distributions(name=name, path=folders))
        found = [package for package in found if package.read_text("RECORD")]
    return any(str(package.version).partition("+")[0] == version for package in found)


def lacks_only_tools(files: Sequence[Path]) -> bool:
    """Whether the test tools can go into the environment in use, which is not the system's."""
    own = sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    return own and TOOLS in files and not lacking((APP,))


def site_folders(venv: Path) -> list[Path]:
    return [*venv.glob("lib/python*/site-packages"), *venv.glob("Lib/site-packages")]


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def command_line() -> str:
    """The one command that installs what is missing: here, if here is not the system's Python."""
    if sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ:
        return f'"{sys.executable}" -m pip install -r "{APP}"'
    return f'"{sys.executable}" "{ROOT / "launch.py"}"'


@contextlib.contextmanager
def only_one_installer() -> Iterator[None]:
    """Wait while another start installs. pip inherits the lock, so an orphaned pip counts too."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with APP.open() as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(say("waiting"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    """A working .venv with pip: kept, repaired after a killed installation, or made anew."""
    if quietly([venv_python(), "-I", "-m", "pip", "--version"]):
        for folder in site_folders(VENV):
            halves = [d for d in folder.glob("*.dist-info") if not (d / "RECORD").exists()]
            for half in [*halves, *folder.glob("~*")]:
                shutil.rmtree(half)
        return
    print(say("making", folder=VENV))
    if quietly([sys.executable, "-m", "venv", "--clear", VENV]):
        return
    # Debian's python3 has no ensurepip; its pip, where there is one, can fill the environment.
    bare = quietly([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])
    if not bare or not quietly(
        [sys.executable, "-m", "pip", "--python", venv_python(), "install", "pip"]
    ):
        raise Failure(say("no_venv", folder=VENV, version=f"3.{sys.version_info.minor}"))


def quietly(command: Sequence[str | Path]) -> bool:
    """Whether the command worked; its output is nobody's business."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=clean_environment(), capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def install(python: Path, files: Sequence[Path], venv: Path | None) -> None:
    """pip-install `files` with a line that says what is going on."""
    names = [pin.partition("==")[0] for pin in lacking(files, venv)]
    print(say("installing", names=", ".join(names), folder=python.parent.parent))
    wanted = [part for file in files for part in ("-r", str(file))]
    pip = subprocess.Popen(
        [python, "-I", "-m", "pip", "install", "--no-input", "--progress-bar=off", *wanted],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        close_fds=os.name == "nt",  # elsewhere pip inherits the installer's lock
    )
    progress = Progress(python.parent.parent)
    reader = threading.Thread(target=progress.read, args=(pip.stdout,), daemon=True)
    reader.start()
    try:
        while reader.is_alive():
            reader.join(progress.pause)
            progress.show()
    except KeyboardInterrupt:
        pip.terminate()
        raise
    finally:
        code = pip.wait()
        progress.close()
    if code or lacking(files, venv):
        raise Failure(say("install_failed", error=progress.error()))
    print(say("installed", elapsed=progress.elapsed()))


class Progress:
    """What pip is doing, in one line: rewritten on a terminal, every few seconds in a log."""

    def __init__(self, venv: Path) -> None:
        self.venv = venv
        self.began = time.monotonic()
        self.doing = say("starting")
        self.fetched = 0
        self.queue: list[str] = []
        self.tail: deque[str] = deque(maxlen=400)
        self.live = sys.stdout.isatty()
        self.pause = 0.3 if self.live else 5.0

    def read(self, lines: Iterable[str]) -> None:
        """Take in what pip prints, to its end."""
        for line in lines:
            self.tail.append(line.rstrip())
            self._understand(line)

    def show(self) -> None:
        self._count_installed()
        text = f"  {self.doing} · {self.elapsed()}"[: shutil.get_terminal_size().columns - 1]
        print(f"\r\x1b[K{text}" if self.live else text, end="" if self.live else "\n", flush=True)

    def _understand(self, line: str) -> None:
        words = line.split()
        if words[:1] == ["Collecting"]:
            self.fetched += 1
            name = re.split(r"[^\w.-]", words[1])[0]
            self.doing = say("fetching", count=self.fetched, name=name)
        elif words[:1] == ["Downloading"] and len(words) > 3:
            name = "-".join(words[1].rpartition("/")[2].split("-")[:2])
            size = " ".join(words[2:]).strip("()")
            self.doing = say("downloading", count=self.fetched, name=name, size=size)
        elif words[:3] == ["Installing", "collected", "packages:"]:
            self.queue = [word.strip(",") for word in words[3:]]

    def _count_installed(self) -> None:
        """pip says nothing while it unpacks; the finished packages show in the folder."""
        folders = site_folders(self.venv)
        records = [record for folder in folders for record in folder.glob("*.dist-info/RECORD")]
        done = {plain(record.parent.name.partition("-")[0]) for record in records}
        rest = [name for name in self.queue if plain(name) not in done]
        if rest:
            count = len(self.queue) - len(rest) + 1
            self.doing = say("unpacking", count=count, total=len(self.queue), name=rest[0])

    def elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        return f"{minutes}:{seconds:02}"

    def close(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", flush=True)

    def error(self) -> str:
        """pip's own words for what went wrong."""
        errors = [line for line in self.tail if line.startswith("ERROR:")] or list(self.tail)
        return "\n".join(f"  {line}" for line in errors[-3:])


def plain(name: str) -> str:
    """A package's name as every spelling of it compares equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def go_on_in(python: Path, arguments: Sequence[str]) -> None:
    """Start over in the environment's own Python, unless this is it."""
    if python == Path(sys.executable) or Path(sys.prefix) == VENV:
        return
    command = [str(python), str(ROOT / "launch.py"), *arguments]
    if os.name == "nt":  # execv on Windows returns to the shell at once
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def test(arguments: Sequence[str], options: Sequence[str]) -> int:
    """Install the test tools, then run every check; the first exit code that is not 0."""
    go_on_in(prepare((APP, TOOLS)), arguments)
    if not find_browser():
        install_browser()
    threads = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
    workers = f"-n{min(4, os.cpu_count() or 1)}"
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pytest", workers, "--dist=loadfile", *options),
    )
    codes = []
    for check in checks:
        print(f"\n> {' '.join(check)}", flush=True)
        command = [sys.executable, "-m", *check]
        codes.append(subprocess.call(command, cwd=ROOT, env=os.environ | threads))
    return next((code for code in codes if code), 0)


def find_browser() -> str | None:
    """The Chromium or Chrome that drives the browser tests."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def install_browser() -> None:
    """Through apt-get as root or with a sudo that asks nothing; elsewhere say what to install."""
    sudo: list[str] | None = None
    if shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo is not None and (not sudo or quietly([*sudo, "true"])):
        print(say("installing_browser"))
        apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
        apt += ["-o", "DPkg::Lock::Timeout=300"]
        quietly([*apt, "update"])
        quietly([*apt, "install", "--no-install-recommends", "chromium", "fonts-noto-cjk"])
    if not find_browser():
        print(say("no_browser"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
