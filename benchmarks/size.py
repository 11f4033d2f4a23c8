"""How long the page takes with a large file, how much memory, and whether it answers meanwhile.

    python benchmarks/size.py [--rows 1000000]

Makes a CSV of English-like texts (150 bytes a row, seeded), uploads it in Chromium as a person
would, gives a column another role, saves it and opens the saved data set. All the while another
visitor asks for the page every fifth of a second. Seconds are told by the clock and of the
processor; memory is the peak of the app's process, the app itself included.
"""

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
UPLOAD = "input[type=file]:has(+ #upload-file)"
LABELS = ("billing", "delivery", "refund", "login", "other")
MINUTES = 60_000


def make(path: Path, rows: int) -> None:
    """Quotes, commas and letters beyond ASCII among them, as in any file."""
    chance = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(20_000)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label", "created"])
        for row in range(rows):
            text = " ".join(chance.choices(words, k=chance.randint(11, 27)))
            text = text.replace(" ", ", ", 2) if row % 10 == 0 else text
            text = f'she said "{text}" and 你好, café' if row % 50 == 0 else text
            day = f"2026-{row % 12 + 1:02}-{row % 28 + 1:02}"
            writer.writerow([row, text, chance.choice(LABELS), day])


@dataclass
class Visitor:
    """Asks for the page again and again, and notes how long each answer took."""

    address: str
    seconds: list[float] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def visit(self) -> None:
        while not self.done.wait(0.2):
            began = time.monotonic()
            with urllib.request.urlopen(f"{self.address}en/", timeout=60) as answer:  # noqa: S310
                answer.read()
            self.seconds.append(time.monotonic() - began)


@contextmanager
def app(workspace: Path) -> Iterator[tuple[psutil.Process, str]]:
    """The app in a process of its own, and its address."""
    options = ["--no-browser", "--no-install", "--port=0", f"--workspace={workspace}"]
    with subprocess.Popen([sys.executable, ROOT / "launch.py", *options]) as process:
        record = workspace / "app.json"
        while not record.is_file():
            time.sleep(0.1)
        try:
            yield psutil.Process(process.pid), json.loads(record.read_text("utf-8"))["address"]
        finally:
            process.terminate()


def peak(process: psutil.Process) -> float:
    """GB the process has taken at most."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024**2


def spent(process: psutil.Process) -> float:
    """Seconds of the processor, by the process itself."""
    return sum(process.cpu_times()[:2])


def measure(file: Path, workspace: Path) -> Iterator[tuple[str, float, float, float, float]]:
    """Step, seconds by the clock and of the processor, slowest answer to the other visitor
    meanwhile, peak memory so far."""
    with app(workspace) as (process, address), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        page.set_default_timeout(5 * MINUTES)
        page.goto(f"{address}en/?tab=data")
        page.wait_for_selector(".ts-header[data-ready]")
        for name, step in STEPS.items():
            visitor = Visitor(address)
            thread = threading.Thread(target=visitor.visit)
            thread.start()
            began, before = time.monotonic(), spent(process)
            step(page, file)
            seconds, worked = time.monotonic() - began, spent(process) - before
            visitor.done.set()
            thread.join()
            yield name, seconds, worked, max(visitor.seconds, default=0.0), peak(process)
        browser.close()


def upload(page: Page, file: Path) -> None:
    page.set_input_files(UPLOAD, file)
    page.wait_for_selector(".ts-preview td")
    page.wait_for_selector("#save-dataset:not([disabled])")


def change_role(page: Page, _: Path) -> None:
    page.get_by_label("What the column “created” is for").select_option("text")
    page.locator("th.ts-role-text").nth(1).wait_for()


def save(page: Page, _: Path) -> None:
    page.click("#save-dataset")
    page.wait_for_selector(".ts-splits")


def look_again(page: Page, _: Path) -> None:
    page.reload(wait_until="commit")
    page.wait_for_selector(".ts-header[data-ready]")
    page.wait_for_selector(".ts-splits")


STEPS: dict[str, Any] = {
    "upload and preview": upload,
    "change a role": change_role,
    "save": save,
    "open again": look_again,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.csv"
        make(file, chosen.rows)
        print(f"{chosen.rows:,} rows, {file.stat().st_size / 1e6:.0f} MB")
        print(f"{'step':20}{'seconds':>9}{'processor':>11}{'slowest answer':>16}{'peak GB':>9}")
        for name, *figures in measure(file, Path(folder) / "workspace"):
            clock, worked, slowest, memory = figures
            print(f"{name:20}{clock:9.1f}{worked:11.1f}{slowest:15.2f}s{memory:9.2f}", flush=True)


if __name__ == "__main__":
    main()
