"""The guide for those who label, as one file."""

import re

import pytest

from engine.cli.main import main
from engine.data import guidance
from engine.errors import DataError
from engine.export.guide import to_html, write_guide
from engine.quality import portraits
from engine.quality.portraits import Beside, Portrait
from tests.shaped import HOSTILE, tagged, write_dataset

TEXTS = ("Where is my parcel?", "It came broken.", "Money back!", "Refund the parcel.")


@pytest.fixture
def dataset(workspace):
    rows = [
        {"split": "train", "text": text, "labels": [label]}
        for text, label in zip(TEXTS, ("delivery", "delivery", "refund", "refund"), strict=True)
    ]
    return write_dataset(workspace, "multiclass", ("delivery", "refund"), rows)


@pytest.fixture
def drawn(workspace, dataset):
    made = {
        "delivery": Portrait((1, 0), (Beside(0, "refund"),), (Beside(3, "refund"),)),
        "refund": Portrait((2,), (), ()),
    }
    portraits.keep(workspace, dataset, made)
    guidance.write(workspace, dataset.id, "delivery", "Anything on its way")
    return dataset


def test_each_label_has_its_line_and_its_texts(workspace, drawn, tmp_path):
    html = write_guide(workspace, drawn, "en", tmp_path / "g.html").read_text("utf-8")
    delivery = html.split("<section>")[1]
    assert re.search(
        r"<h2>delivery</h2>.*Anything on its way.*Most typical.*broken.*Where is my parcel"
        r".*At the border.*Where is my parcel.*nearly: refund"
        r".*carry another label.*Refund the parcel.*is: refund.*2 rows carry it",
        delivery,
    )


def test_markdown_says_the_same(workspace, drawn, tmp_path):
    written = write_guide(workspace, drawn, "en", tmp_path / "g.md").read_text("utf-8")
    assert written.startswith("# How to label: d-1\n\n2 labels, after version 1")
    assert "## delivery\n\nAnything on its way\n\n**Most typical**\n\n- It came broken." in written
    assert "- Where is my parcel? (nearly: refund)" in written


def test_without_portraits_the_first_texts_stand_there(workspace, dataset, tmp_path):
    html = write_guide(workspace, dataset, "zh", tmp_path / "g.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in html
    assert "示例" in html
    assert "Money back!" in html


@pytest.mark.parametrize("hostile", [HOSTILE, "</style><script>x</script>", "![x](javascript:y)"])
def test_nothing_in_a_text_is_read_as_a_sign(workspace, hostile, tmp_path):
    rows = [{"split": "train", "text": hostile, "labels": [hostile]}]
    dataset = write_dataset(workspace, "multiclass", (hostile,), rows)
    guidance.write(workspace, dataset.id, hostile, f"# {hostile}")
    html = write_guide(workspace, dataset, "en", tmp_path / "g.html").read_text("utf-8")
    markdown = write_guide(workspace, dataset, "en", tmp_path / "g.md").read_text("utf-8")
    assert "<script" not in html
    assert "<img" not in html
    assert re.search(r"(?<!\\)[<!\[]", markdown) is None
    assert markdown.count("\n# ") == 0


def test_the_file_needs_nothing_beside_it(dataset):
    html = to_html(dataset, [], "en")
    assert "default-src 'none'" in html.replace("&#x27;", "'")
    assert re.search(r"(src|href)=", html) is None


def test_the_command_writes_it_and_says_what_is_missing(workspace, dataset, tmp_path, capsys):
    file = tmp_path / "guide.md"
    arguments = ["guide", "--dataset", "d-1", "--workspace", str(workspace.root)]
    assert main([*arguments, "--out", str(file)]) == 0
    assert "not known yet; `quality --dataset d-1`" in capsys.readouterr().out
    assert file.is_file()
    assert main([*arguments, "--out", str(workspace.root)]) == 1
    assert "guide" in capsys.readouterr().err


def test_mentions_in_a_text_are_marked_with_their_type(workspace, tmp_path):
    mentions = ("Ann", "PER"), ("Rome [x]", "LOC")
    rows = [tagged("Ann  sang in Rome [x] .", *mentions, split="train") | {"labels": ["PER"]}]
    dataset = write_dataset(workspace, "tokens", ("PER", "LOC"), rows)
    html = write_guide(workspace, dataset, "en", tmp_path / "g.html").read_text("utf-8")
    assert '<mark class="own"><bdi>Ann</bdi><b>PER</b></mark> sang in <mark>' in html
    assert "mark {" in html
    markdown = write_guide(workspace, dataset, "en", tmp_path / "g.md").read_text("utf-8")
    assert "in round ones behind: \\[words\\](type)" in markdown
    assert r"- \[Ann\](PER) sang in \[Rome \[x\]\](LOC) ." in markdown


def test_a_long_text_ends_behind_its_beginning(workspace, tmp_path):
    text = "word " * 98 + "Ann Lee Jones sang " + "word " * 50
    rows = [tagged(text, ("Ann Lee Jones", "PER"), split="train") | {"labels": ["PER"]}]
    dataset = write_dataset(workspace, "tokens", ("PER",), rows)
    html = write_guide(workspace, dataset, "en", tmp_path / "g.html").read_text("utf-8")
    assert "<bdi>Ann Lee Jones</bdi><b>PER</b></mark> …" in html


def test_without_labels_there_is_no_guide(workspace, tmp_path):
    with pytest.raises(DataError, match="no labels"):
        write_guide(workspace, write_dataset(workspace, "qa", (), []), "en", tmp_path / "g.html")
