"""The launcher prepares an environment and never more than it was asked for."""

import ast
import base64
import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml

import launch

ROOT = Path(launch.__file__).parent


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A launcher that lives in an empty folder and wants one package, `thing==1.0`."""
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setattr(launch, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(launch, "APP", tmp_path / "requirements.txt")
    monkeypatch.setattr(launch, "TOOLS", tmp_path / "requirements-dev.txt")
    launch.APP.write_text("# what the app needs\nthing==1.0\n")
    launch.TOOLS.write_text("gadget==2.0\n")
    return tmp_path


@pytest.fixture
def shelf(home, monkeypatch):
    """The only place pip looks for packages; it holds thing 1.0."""
    shelf = home / "shelf"
    shelf.mkdir()
    make_wheel(shelf, "thing", "1.0")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


def make_wheel(folder: Path, name: str, version: str) -> None:
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{digest(text)},{len(text)}\n" for path, text in files.items())
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in (files | {f"{info}/RECORD": record + f"{info}/RECORD,,\n"}).items():
            wheel.writestr(path, text)


def digest(text: str) -> str:
    hashed = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def put_package(venv: Path, name: str, version: str, whole: bool = True) -> Path:
    info = venv / "lib/python3.11/site-packages" / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if whole:
        (info / "RECORD").write_text(f"{name}.py,,\n")
    return info


def test_every_python_3_can_read_the_launcher():
    ast.parse((ROOT / "launch.py").read_text("utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_what_to_install_in_one_sentence():
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2);"
        f"runpy.run_path({str(ROOT / 'launch.py')!r}, run_name='__main__')"
    )
    done = run([sys.executable, "-c", pretend])
    assert done.returncode == 1
    assert done.stderr.startswith("Tunesmith needs Python 3.11 or newer and this is Python 3.9:")
    assert done.stderr.count("\n") == 1


def run(command, **environment):
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"} | environment,
        check=False,
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_are_read_without_yaml_exactly_as_with_it(monkeypatch, language):
    monkeypatch.setattr(launch, "terminal_language", lambda: language)
    table = yaml.safe_load((ROOT / "assets/text/launch.yaml").read_text("utf-8"))
    assert launch.read_texts() == {name: texts[language] for name, texts in table.items()}


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, "zh"),
    ],
)
def test_the_terminal_is_spoken_to_in_its_language(monkeypatch, variables, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert launch.terminal_language() == language


def test_a_package_counts_only_whole_and_in_the_pinned_version(home):
    assert launch.lacking((launch.APP,), launch.VENV) == ["thing==1.0"]
    put_package(launch.VENV, "thing", "1.1")
    assert launch.lacking((launch.APP,), launch.VENV) == ["thing==1.0"]
    half = put_package(launch.VENV, "thing", "1.0", whole=False)
    assert launch.lacking((launch.APP,), launch.VENV) == ["thing==1.0"]
    (half / "RECORD").write_text("thing.py,,\n")
    assert launch.lacking((launch.APP,), launch.VENV) == []


def test_a_build_for_a_device_satisfies_the_plain_pin(home):
    put_package(launch.VENV, "thing", "1.0+cpu")
    assert launch.lacking((launch.APP,), launch.VENV) == []


def test_an_environment_that_has_everything_is_used_as_it_is(home):
    launch.APP.write_text(f"pytest=={pytest.__version__}\n")
    assert launch.prepare((launch.APP,)) == Path(sys.executable)
    assert not launch.VENV.exists()


def test_no_install_says_what_is_missing_and_the_one_command(home, capsys):
    with pytest.raises(launch.Failure) as failure:
        launch.prepare((launch.APP,), may_install=False)
    first, second = str(failure.value).split("\n")
    assert first == "Not installed: thing==1.0."
    assert second.startswith(f'This command installs it: "{sys.executable}"')
    assert not launch.VENV.exists()


def test_the_command_for_a_system_python_leads_into_the_own_environment(home, monkeypatch):
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert "pip" not in launch.command_line()
    assert launch.command_line().endswith('launch.py"')


def test_test_tools_never_go_into_a_system_python(home, monkeypatch):
    launch.APP.write_text(f"pytest=={pytest.__version__}\n")
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr(sys, "prefix", "/some/venv")
    assert launch.lacks_only_tools((launch.APP, launch.TOOLS))
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert not launch.lacks_only_tools((launch.APP, launch.TOOLS))


def test_what_a_killed_installation_left_is_cleared_away(home, monkeypatch):
    monkeypatch.setattr(launch, "quietly", lambda command: True)
    whole = put_package(launch.VENV, "thing", "1.0")
    half = put_package(launch.VENV, "gadget", "2.0", whole=False)
    torn = whole.parent / "~adget"
    torn.mkdir()
    launch.make_venv()
    assert whole.exists()
    assert not half.exists()
    assert not torn.exists()


def test_a_python_without_venv_is_told_the_package_to_install(home, monkeypatch):
    monkeypatch.setattr(launch, "quietly", lambda command: False)
    with pytest.raises(launch.Failure, match=r"apt-get install python3\.\d+-venv"):
        launch.make_venv()


@pytest.mark.slow
def test_a_first_start_installs_into_its_own_folder_and_a_later_one_finds_it(shelf, capsys):
    python = launch.prepare((launch.APP,))
    assert python == launch.venv_python()
    answer = run([python, "-c", "import thing, sys; print(thing.version, sys.prefix)"])
    assert answer.stdout.split() == ["1.0", str(launch.VENV)]
    printed = capsys.readouterr().out
    assert f"Installing into {launch.VENV}: thing and what they need." in printed
    assert re.search(r"Installed in 0:\d\d\.", printed)
    assert launch.prepare((launch.APP,)) == python
    assert capsys.readouterr().out == ""

    half = next(launch.VENV.glob("lib/python*/site-packages/thing-1.0.dist-info"))
    (half / "RECORD").unlink()
    (half.parent / "thing.py").unlink()
    launch.prepare((launch.APP,))
    assert run([python, "-c", "import thing"]).returncode == 0

    launch.APP.write_text("missing-thing==3.0\n")
    with pytest.raises(launch.Failure) as failure:
        launch.prepare((launch.APP,))
    assert "ERROR: No matching distribution found for missing-thing==3.0" in str(failure.value)
    assert "start again: what is installed already is kept" in str(failure.value)


def test_settings_that_would_lead_pip_astray_do_not_reach_it(monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "/somewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert not {"PIP_TARGET", "PIP_USER"} & launch.clean_environment().keys()
    assert launch.clean_environment()["PIP_INDEX_URL"] == "https://mirror.example/simple"


@pytest.mark.parametrize(
    ("line", "doing"),
    [
        ("Collecting pandas<4,>=3 (from thing)", "Fetching package 1: pandas"),
        (
            "  Downloading https://host/simple/torch-2.13.0-cp311-cp311-linux.whl (883.2 MB)",
            "Downloading package 0: torch-2.13.0 (883.2 MB)",
        ),
        ("Installing collected packages: one, Two_words, three", "Installing 2 of 3: Two_words"),
    ],
)
def test_progress_says_which_package_of_how_many(home, capsys, line, doing):
    put_package(launch.VENV, "one", "1.0")
    progress = launch.Progress(launch.VENV)
    progress.read([line + "\n"])
    progress.show()
    assert capsys.readouterr().out == f"  {doing} · 0:00\n"


def test_a_second_start_waits_for_the_installation_of_the_first(home, capsys):
    code = (
        "import launch, pathlib, time; launch.APP = pathlib.Path(r'%s')\n"
        "with launch.only_one_installer(): print('have it', flush=True); time.sleep(1)"
    )
    command = [sys.executable, "-c", code % launch.APP]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        first.stdout.readline()
        with launch.only_one_installer():
            assert first.poll() is not None or first.wait(1) == 0
    assert capsys.readouterr().out.startswith("Another start is installing just now")


def test_what_the_first_start_installed_meanwhile_is_not_installed_again(home, monkeypatch):
    @contextlib.contextmanager
    def wait_for_the_other():
        put_package(launch.VENV, "thing", "1.0")
        yield

    monkeypatch.setattr(launch, "only_one_installer", wait_for_the_other)
    monkeypatch.setattr(launch, "install", lambda *_: pytest.fail("installed again"))
    assert launch.prepare((launch.APP,)) == launch.venv_python()


@pytest.mark.parametrize("port", ["http", "-1", "65536", "1.5"])
def test_a_wrong_port_is_named(capsys, port):
    with pytest.raises(SystemExit) as exit_:
        launch.parse([f"--port={port}"])
    assert exit_.value.code == 2
    assert f"“{port}”" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_installation_ends_with_a_sentence(number):
    code = (
        "import launch, sys, time\n"
        "def install(*_, **__): print('busy', flush=True); time.sleep(20)\n"
        "launch.prepare = install; sys.exit(launch.main([]))"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        process.send_signal(number)
        began = time.monotonic()
        _, errors = process.communicate()
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert errors.count("\n") == 1
    assert "Traceback" not in errors


class TestChecks:
    """`launch.py test`."""

    @pytest.fixture
    def calls(self, monkeypatch):
        calls = []

        def call(command, **_):
            calls.append(command[2:])
            return {"mypy": 1, "pytest": 5}.get(command[2], 0)

        monkeypatch.setattr(launch, "prepare", lambda files: Path(sys.executable))
        monkeypatch.setattr(launch, "find_browser", lambda: "/usr/bin/chromium")
        monkeypatch.setattr(subprocess, "call", call)
        return calls

    def test_all_run_and_the_first_failure_is_the_exit_code(self, calls):
        assert launch.main(["test", "-k", "data"]) == 1
        assert [call[0] for call in calls] == ["ruff", "ruff", "mypy", "pytest"]

    def test_pytest_comes_last_and_gets_the_options(self, calls):
        launch.main(["test", "-k", "data"])
        assert calls[-1][-2:] == ["-k", "data"]

    def test_chromium_comes_through_apt_where_that_is_possible(self, monkeypatch):
        commands = self.pretend_machine(monkeypatch, {"apt-get"}, root=True)
        launch.install_browser()
        assert commands[-1][-2:] == ["chromium", "fonts-noto-cjk"]
        assert "sudo" not in commands[-1]

    def test_elsewhere_it_says_what_to_install(self, monkeypatch, capsys):
        monkeypatch.setenv("LC_ALL", "C")
        commands = self.pretend_machine(monkeypatch, set(), root=False)
        launch.install_browser()
        assert commands == []
        assert "they need Chromium or Google Chrome" in capsys.readouterr().out

    def pretend_machine(self, monkeypatch, programs, root):
        commands = []
        monkeypatch.setattr(launch.shutil, "which", lambda name: name if name in programs else None)
        monkeypatch.setattr(launch.os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(launch, "quietly", lambda command: not commands.append(command))
        return commands
