"""The shape of the code: imports run one way, nothing dangerous, nothing overgrown."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = sorted(ROOT.glob("engine/**/*.py"))
WEBUI = sorted(ROOT.glob("webui/**/*.py"))
OURS = [ROOT / "launch.py", *ENGINE, *WEBUI, *sorted(ROOT.glob("benchmarks/**/*.py"))]
HEAVY = {"torch", "transformers", "peft", "accelerate", "bitsandbytes", "datasets", "sklearn"}

MAY_NOT_IMPORT = {
    "errors": {"data", "tasks", "models", "training", "evaluation", "inference", "export", "runs"},
    "text": {"errors", "workspace", "data", "tasks", "models", "training", "evaluation", "runs"},
    "workspace": {"data", "tasks", "models", "training", "evaluation", "inference", "runs"},
    "tasks": {"data", "models", "training", "evaluation", "inference", "export", "runs"},
    "data": {"models", "training", "evaluation", "quality", "inference", "export", "runs", "cli"},
    "models": {"training", "evaluation", "quality", "inference", "export", "runs", "cli"},
    "evaluation": {"models", "baselines", "quality", "inference", "export", "runs", "cli"},
    "training": {"evaluation", "quality", "inference", "export", "runs", "cli"},
    "baselines": {"quality", "inference", "export", "runs", "cli"},
    "quality": {"inference", "export", "runs", "cli"},
    "inference": {"export", "runs", "cli"},
    "export": {"runs", "cli"},
    "runs": {"cli"},
}
"""part of the engine → the parts above it; the arrows of the architecture."""

RECORDS = {"engine.training.recipe", "engine.runs.run"}
"""What everybody may know: they hold values and know nothing."""

LIMITS = {"module": 400, "function": 50}
"""Lines; a function fits a screen."""


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Dotted names of all modules a file imports, at its top or later."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_the_engine_knows_no_page(path):
    assert not tops(path) & {"gradio", "webui", "launch"}


@pytest.mark.parametrize("path", WEBUI, ids=name)
def test_the_page_knows_no_torch(path):
    assert not tops(path) & (HEAVY | {"launch"})


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_imports_in_the_engine_run_one_way(path):
    part = path.relative_to(ROOT / "engine").parts[0].removesuffix(".py")
    above = {f"engine.{other}" for other in MAY_NOT_IMPORT.get(part, ())}
    known = [module for module in imports(path) if not module.startswith(tuple(RECORDS))]
    assert not above & {".".join(module.split(".")[:2]) for module in known}


def test_what_the_page_imports_of_the_engine_is_light():
    modules = {
        str(node.module)
        for path in WEBUI
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("engine.")
    }
    code = (
        f"import sys, {', '.join(sorted(modules))}; print(sorted({HEAVY!r} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def dangers(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {
                "eval",
                "exec",
                "os.system",
                "os.popen",
                "torch.load",
                "yaml.unsafe_load",
            }:
                yield f"{node.lineno}: {called}"
            if called == "yaml.load" and "Safe" not in ast.unparse(node):
                yield f"{node.lineno}: {called}"
            for keyword in node.keywords:
                value = ast.unparse(keyword.value)
                if keyword.arg in {"shell", "trust_remote_code"} and value != "False":
                    yield f"{node.lineno}: {keyword.arg}={value}"
                if keyword.arg == "weights_only" and value != "True":
                    yield f"{node.lineno}: {keyword.arg}={value}"


@pytest.mark.parametrize("path", OURS, ids=name)
class TestEveryFile:
    def test_nothing_in_it_runs_code_from_outside(self, path):
        assert list(dangers(path)) == []
        assert not tops(path) & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}

    def test_it_says_what_it_is(self, path):
        module = tree(path)
        assert not module.body or ast.get_docstring(module)

    def test_it_and_its_functions_are_of_readable_length(self, path):
        assert len(path.read_text("utf-8").splitlines()) <= LIMITS["module"]
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        long = [
            node.name
            for node in ast.walk(tree(path))
            if isinstance(node, functions) and node.end_lineno - node.lineno >= LIMITS["function"]
        ]
        assert long == []


@pytest.mark.parametrize("path", [*ENGINE, *WEBUI], ids=name)
def test_only_a_task_knows_which_task_it_is(path):
    """Everybody else asks the task: adding one is one file and one line."""
    if path.parent.name == "tasks":
        return
    kinds = {"binary", "multiclass", "multilabel", "tokens", "qa", "text2text"}
    compared = [
        value.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Compare) and "task" in ast.unparse(node.left)
        for side in node.comparators
        for value in ast.walk(side)
        if isinstance(value, ast.Constant)
    ]
    assert not kinds & set(compared)
