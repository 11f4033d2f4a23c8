"""The translation table is complete, and the code and the table know the same keys."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from engine.text import LANGUAGES, TEXT_FOLDER, Message, table

ROOT = Path(__file__).parents[1]
SOURCES = sorted([ROOT / "launch.py", *ROOT.glob("engine/**/*.py"), *ROOT.glob("webui/**/*.py")])
SPEAKERS = {"Message", "translate"}
OWN_AREA = {"launch.py": "launch", "server.py": "launch"}
"""Files whose helpers take keys of one area without naming it."""
PAGE_HELPERS = {"t", "either", "known"}
AREA = "^(" + "|".join(file.stem for file in TEXT_FOLDER.glob("*.yaml")) + r")\\\."
ANYTHING = r"[\w.-]+"
ENOUGH = 2
"""Letters a computed key has to state, so that `f"{area}.{name}"` does not use every key."""


@dataclass(frozen=True)
class Use:
    """A key, or a pattern of keys, in a call that puts it into words."""

    place: str
    pattern: str
    given: frozenset[str] | None
    """Names of the parameters, where the call spells them all out."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def pattern_of(node: ast.expr) -> str | None:
    """A regular expression for the strings `node` can be, None if it says nothing of them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(value) or ANYTHING for value in node.values)
    if isinstance(node, ast.IfExp):
        either = (pattern_of(branch) or ANYTHING for branch in (node.body, node.orelse))
        return f"(?:{'|'.join(either)})"
    return None


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def parameters(call: ast.Call) -> frozenset[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    rest = call.args[1:]
    if name_of(call) == "Message" and rest:
        if not isinstance(rest[0], ast.Dict):
            return None
        names = {getattr(key, "value", None) for key in rest[0].keys}
    return None if None in names else frozenset(names)


def uses(path: Path) -> Iterator[Use]:
    area = OWN_AREA.get(path.name)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        place = f"{path.relative_to(ROOT)}:{node.lineno}"
        name, pattern = name_of(node), pattern_of(node.args[0])
        if name == "_tell":
            yield Use(place, rf"launch\.{pattern_of(node.args[1])}", parameters(node))
        elif pattern is None:
            continue
        elif name == "say" and area:
            yield Use(place, rf"{area}\.{pattern}", parameters(node))
        elif name in PAGE_HELPERS and "webui" in path.parts:
            yield Use(place, rf"(?:page\.)?{pattern}", None)
        elif (name in SPEAKERS or name.endswith("Error")) and re.match(r"(\(\?:)?\w+\\\.", pattern):
            yield Use(place, pattern, parameters(node))


USES = [use for path in SOURCES for use in uses(path)]


def constants_and_patterns() -> tuple[set[str], set[str]]:
    """Every string of the code, and a pattern for every computed one that says enough."""
    constants, patterns = set(), set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                pattern = re.sub(AREA, "", pattern_of(node))
                if len(re.findall(r"[a-z]", pattern.replace(ANYTHING, ""))) >= ENOUGH:
                    patterns.add(pattern)
    return constants, patterns


@pytest.mark.parametrize("file", sorted(TEXT_FOLDER.glob("*.yaml")), ids=lambda file: file.name)
def test_no_key_stands_twice(file):
    keys = re.findall(r"^([^#\s].*?):", file.read_text("utf-8"), re.MULTILINE)
    assert [key for key in keys if keys.count(key) > 1] == []
    assert yaml.safe_load(file.read_text("utf-8")).keys() == {key.strip("'\"") for key in keys}


def test_every_language_has_every_text():
    incomplete = [
        key
        for key, texts in table().items()
        if texts.keys() != LANGUAGES.keys() or not all(map(str.strip, texts.values()))
    ]
    assert incomplete == []


def test_every_language_has_the_same_placeholders():
    different = [
        key
        for key, texts in table().items()
        if len({frozenset(placeholders(text)) for text in texts.values()}) > 1
    ]
    assert different == []


def test_english_is_english():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [key for key, texts in table().items() if chinese.search(texts["en"])] == []


def test_every_key_the_code_names_is_in_the_table():
    keys = "\n".join(table())
    missing = [use for use in USES if not re.search(f"^{use.pattern}$", keys, re.MULTILINE)]
    assert missing == []


def test_every_call_fills_every_placeholder():
    gaps = []
    for use in USES:
        key = re.sub(r"\\(.)", r"\1", use.pattern)
        if use.given is not None and key in table():
            gaps += [(use.place, gap) for gap in placeholders(table()[key]["en"]) - use.given]
    assert gaps == []


def test_every_key_is_used():
    """A key is used if the code holds it, or all its parts, or computes keys that look like it."""
    constants, patterns = constants_and_patterns()
    computed = re.compile("|".join(patterns))
    unused = []
    for key in table():
        name = key.partition(".")[2]
        known = {key, name} & constants or constants >= set(name.split("."))
        if not known and not computed.fullmatch(name):
            unused.append(key)
    assert unused == []


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (100, "100th"), (111, "111th"), (122, "122nd")],
)  # fmt: skip
def test_places_are_counted_as_english_does(number, said):
    place = Message("runs.queue_place", {"place": number, "queued": 200})
    assert place.text() == f"queued, {said} of 200"
    assert f"第 {number} / 200 位" in place.text("zh")


NOUNS = (
    "row epoch step run label type token line column cell character parameter mention value "
    "second entity word text model question answer evaluation"
).split()
PLURALS = {"entity": "entities"}
MANY = {
    "limit",  # a bound of the app, never one
    "parameters",  # of a model, in round words
    "rate",
    "speed",  # "rows/s"
}
NUMBERS_IN_A_ROW = {"page.card_rows"}


def test_what_is_counted_is_said_in_singular_and_plural():
    """A number before a noun chooses the form of the noun: `{rows:,} {rows:row|rows}`."""
    nouns = "|".join(PLURALS.get(noun, noun + "s") for noun in NOUNS)
    counted = re.compile(r"\{(\w+)(?::[^}|]*)?\} (?:[a-z]+ ){0,2}?(?:" + nouns + r")\b")
    fixed = [
        (key, found[0])
        for key, texts in table().items()
        for found in counted.finditer(texts["en"])
        if found[1] not in MANY and key not in NUMBERS_IN_A_ROW
    ]
    assert fixed == []


def test_one_epoch_is_not_one_epochs():
    once = {"epochs": 1.0, "steps_per_epoch": 1, "steps": 1}
    assert Message("page.plan_steps", once).text() == "1 epoch of 1 step, 1 in all"
    assert Message("page.plan_steps", once | {"epochs": 2.5}).text().startswith("2.5 epochs of")
    assert Message("page.queue_length", {"runs": 1}).text() == "1 run is waiting."


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        (22_713_728, "23 million", "2300 万"),
        (999_700_000, "1 billion", "10 亿"),
        (4_022_468_096, "4 billion", "40.2 亿"),
        (109_482_240, "109 million", "1.1 亿"),
        (99_900_000, "100 million", "1 亿"),
        (600_000, "1 million", "60 万"),
        (9_000, "9,000", "9,000"),
    ],
)
def test_large_numbers_are_counted_as_each_language_does(number, english, chinese):
    size = Message("page.model_size", {"parameters": number})
    assert size.text() == f"{english} parameters"
    assert size.text("zh") == f"{chinese}参数"
