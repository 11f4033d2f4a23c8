"""How long the playground takes for one sentence: the answer, why, and what the page adds.

    python benchmarks/latency.py RUN --workspace FOLDER [--texts 200] [--page ADDRESS]

RUN gives labels to texts and its data set is still there: the first words of its test texts are the
sentences. Prints milliseconds, and those the CPUs worked, which other work on the machine disturbs
less: median and 95th percentile of

    answer    the prediction alone, as the page, the command line and files get it
    why       integrated gradients for the most probable label
    similar   the five nearest training texts, once these have been read (told apart)
    page      with --page, the address of an app over the same workspace: from a change of the text
              to the changed answer in Chromium (needs playwright), less the answer itself and the
              wait for a pause in typing
"""

import argparse
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORDS = 20
"""Of a test text these are the sentence."""
WARM = 10
PAUSE = 150
"""Milliseconds assets/playground.js waits for the next key."""
TYPED = """(text) => new Promise((done) => {
  const box = document.querySelector('#try-text textarea');
  const said = () => document.querySelector('.ts-answer').parentElement.innerText;
  const before = said(), begun = performance.now();
  const watch = new MutationObserver(() => {
    const now = said();
    if (now === before) return;
    watch.disconnect();
    done([performance.now() - begun, Number(now.match(/ in ([0-9,]+) ms/)[1])]);
  });
  watch.observe(document.querySelector('.ts-try-said'), {
    childList: true, subtree: true, characterData: true,
  });
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--page", help="address of an app over the same workspace")
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.path.insert(0, str(ROOT))
    texts = measure_engine(chosen.workspace, chosen.run, chosen.texts)
    if chosen.page:
        measure_page(chosen.page, chosen.run, texts[:50])


def measure_engine(folder: Path, run_id: str, count: int) -> list[str]:
    from engine.data.dataset import load_dataset, load_rows
    from engine.inference.attribution import explain
    from engine.inference.predictor import load_predictor
    from engine.inference.similar import training_texts
    from engine.models.hardware import usable_cores
    from engine.runs.registry import Registry
    from engine.workspace import Workspace

    workspace = Workspace(folder)
    run = Registry(workspace).get(run_id)
    dataset = load_dataset(workspace, run.dataset, run.dataset_version)
    rows = load_rows(workspace, dataset)
    tests = rows[rows["split"] == "test"]["text"].head(count)
    texts = [" ".join(text.split()[:WORDS]) for text in tests]
    model = workspace.run(run.id).model
    predictor = load_predictor(model)
    print(f"{usable_cores()} cores, {len(texts)} texts of at most {WORDS} words")
    tell("answer", timed(lambda text: predictor.predict([text]), texts))
    tell("why", timed(lambda text: explain(predictor, text), texts[:50]))
    begun = time.perf_counter()
    near = training_texts(workspace, model, predictor, dataset)
    spent = time.perf_counter() - begun
    print(f"reading {len(near.rows)} training texts, or what is kept of them: {spent:.1f} s")

    def similar(text: str) -> None:
        training_texts(workspace, model, predictor, dataset).nearest(predictor, text)

    tell("similar", timed(similar, texts[:50]))
    return texts


def measure_page(address: str, run: str, texts: Sequence[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address.rstrip('/')}/en/?tab=playground&run={run}")
        page.wait_for_selector("#try-text textarea", timeout=60_000)
        page.fill("#try-text textarea", "first")
        page.wait_for_selector(".ts-answer", timeout=60_000)
        added = []
        for text in texts:
            page.wait_for_timeout(500)
            whole, answer = page.evaluate(TYPED, text)
            added.append((whole - answer - PAUSE,))
        tell("page", added)
        browser.close()


def timed(work: Callable[[str], object], texts: Sequence[str]) -> list[tuple[float, float]]:
    """Milliseconds of each text and those its CPUs worked, after some that do not count."""
    for text in texts[:WARM]:
        work(text)
    spent = []
    for text in texts:
        begun, worked = time.perf_counter(), time.process_time()
        work(text)
        ends = time.perf_counter() - begun, time.process_time() - worked
        spent.append((1000 * ends[0], 1000 * ends[1]))
    return spent


def tell(name: str, spent: Sequence[tuple[float, ...]]) -> None:
    for what, column in zip(("", "CPU"), zip(*spent, strict=True), strict=False):
        high = statistics.quantiles(column, n=20)[-1]
        middle = statistics.median(column)
        print(f"{name:8}{what:4} median {middle:7.1f} ms   95 % {high:7.1f} ms", flush=True)


if __name__ == "__main__":
    main()
