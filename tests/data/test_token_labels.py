"""Token labels from a file to a saved data set: guesses, problems, repairs that add up."""

import json

import pytest

from engine.data.dataset import Dataset, Roles, load_dataset, load_rows
from engine.data.importing import Plan, Sources, SplitPlan, import_dataset, inspect
from tests.data.test_importing import said

NAMES = ("Ann Berg", "Omar", "Li Na", "Eva", "Jo")
TOWNS = ("Rome", "Oslo", "São Paulo", "Bonn", "Lima")


def note(i):
    """A text and where its person and its town stand."""
    name, town = NAMES[i % 5], TOWNS[i % 3]
    text = f"{name} went to {town} on day {i}."
    start = text.index(town)
    return text, [[0, len(name), "PER"], [start, start + len(town), "LOC"]]


def marked(count=60, key="label"):
    pairs = (note(i) for i in range(count))
    return "\n".join(json.dumps({"id": i, "text": t, key: m}) for i, (t, m) in enumerate(pairs))


def conll(count=60):
    rows = [
        [("Ann", "B-PER"), ("Berg", "I-PER"), ("left", "O"), ("Rome", "B-LOC"), (str(i), "O")]
        for i in range(count)
    ]
    return "\n\n".join("\n".join("\t".join(pair) for pair in row) for row in rows)


@pytest.mark.parametrize("key", ["label", "labels", "entities", "spans"])
def test_marked_texts_need_no_decision(write, key):
    found = inspect(Sources(write(marked(key=key), "a.jsonl")))
    assert (found.task, found.shape, found.problems) == ("tokens", "spans", ())
    assert found.plan.roles == Roles(("text",), (key,))
    assert found.labels == ("LOC", "PER")
    assert sum(found.counts[split]["PER"] for split in found.counts) == 60
    assert found.rows == {"train": 48, "validation": 6, "test": 6}
    assert "with 2 types of entities" in found.task_reason.text()


def test_a_row_holds_words_with_their_offsets_and_tags(write):
    row = inspect(Sources(write(marked(), "a.jsonl"))).prepared.iloc[0]
    assert row["text"] == "Ann Berg went to Rome on day 0."
    words = [row["text"][start:end] for start, end in zip(row["starts"], row["ends"], strict=True)]
    assert words == ["Ann", "Berg", "went", "to", "Rome", "on", "day", "0", "."]
    assert row["tags"] == ["B-PER", "I-PER", "O", "O", "B-LOC", "O", "O", "O", "O"]
    assert row["labels"] == ("LOC", "PER")


def test_tokens_stay_the_words_of_their_text(write):
    content = conll().replace("left\tO", "didn't-leave\tO")
    row = inspect(Sources(write(content, "a.tsv"))).prepared.iloc[0]
    assert row["text"] == "Ann Berg didn't-leave Rome 0"
    words = [row["text"][start:end] for start, end in zip(row["starts"], row["ends"], strict=True)]
    assert words == ["Ann", "Berg", "didn't-leave", "Rome", "0"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (conll(), "a.conll"),
        (
            "tokens,ner\n" + "\n".join(f"Ann saw Rome {i},B-PER O B-LOC O" for i in range(60)),
            "a.csv",
        ),
        (
            "tokens;ner\n"
            + "\n".join(
                f"['Ann', 'saw', 'Rome', '{i}'];['B-PER', 'O', 'B-LOC', 'O']" for i in range(60)
            ),
            "a.csv",
        ),
        (
            "words;tags\n" + "\n".join(f"Ann saw Rome {i};B-PER,O,B-LOC,O" for i in range(60)),
            "a.csv",
        ),
        (
            "\n".join(
                json.dumps({"words": ["Ann", "Rome", str(i)], "labels": ["S-PER", "S-LOC", "O"]})
                for i in range(60)
            ),
            "a.jsonl",
        ),
    ],
    ids=["conll", "spaces", "lists", "commas", "json"],
)
def test_tokens_and_tags_however_they_are_written(write, content, name):
    found = inspect(Sources(write(content, name)))
    assert (found.task, found.labels, found.problems) == ("tokens", ("LOC", "PER"), ())
    assert sum(found.counts[split]["LOC"] for split in found.counts) == 60
    assert found.mended.count == 0


def test_the_entities_of_several_tag_columns_are_chosen(write):
    sentence = "EU NNP I-NP B-ORG\nrejects VBZ I-VP O\n{} CD I-NP O\n"
    content = "\n".join(sentence.format(i) for i in range(60))
    path = write(content, "a.txt")
    found = inspect(Sources(path))
    assert found.plan.roles == Roles(("tokens",), ("tags",))
    assert found.labels == ("ORG",)
    speech = inspect(Sources(path), Plan(Roles(("tokens",), ("column 2",))))
    assert (speech.task, speech.labels) == ("tokens", ("CD", "NNP", "VBZ"))


def test_repairs_and_losses_are_listed_with_their_rows_and_add_up(write):
    lines = marked(30).splitlines()
    lines.append(json.dumps({"text": "Eva saw Rome.", "label": [[1, 3, "PER"], [8, 99, "LOC"]]}))
    lines.append(json.dumps({"text": "Omar, Rome", "label": [[0, 5, "PER"], [6, 10, "LOC"], 7]}))
    found = inspect(Sources(write("\n".join(lines), "a.jsonl")))
    assert [(mark.row, mark.reason.text()) for mark in found.mended.first] == [
        (31, "“va” cuts a word and was widened to “Eva”"),
        (32, "“Omar,” has spaces or punctuation around it and was trimmed to “Omar”"),
    ]
    assert [mark.row for mark in found.left_out.first] == [31, 32]
    assert "2 marks were put right; the first: “va” cuts" in said(found.warnings)
    assert "2 marks could not be used; the first: 8 to 99 lies outside" in said(found.warnings)
    kept = sum(sum(counts.values()) for counts in found.counts.values())
    assert kept + found.left_out.count == 30 * 2 + 5


def test_rows_that_cannot_be_read_are_left_out_each_with_its_reason(write):
    odd = [
        {"tokens": ["a", "b"], "tags": ["O"]},
        {"tokens": ["a"], "tags": [1]},
        {"tokens": [], "tags": []},
        {"tokens": 7, "tags": ["O"]},
        {"tokens": ["a"], "tags": ["person"]},
        {"tokens": ["a"], "tags": None},
        {"tokens": ["a"], "tags": {"x": 1}},
        {"tokens": ["", "b"], "tags": ["B-PER", "O"]},
    ]
    good = [{"tokens": ["Ann", str(i)], "tags": ["B-PER", "O"]} for i in range(40)]
    found = inspect(Sources(write("\n".join(map(json.dumps, [*odd, *good])), "a.jsonl")))
    reasons = [row.reason.text() for row in found.dropped]
    assert [row.row for row in found.dropped] == [1, 2, 3, 4, 5, 6, 7]
    assert reasons[0] == "it has 2 tokens but 1 tag"
    assert "the tags are numbers ([1])" in reasons[1]
    assert reasons[2] == "no text in tokens"
    assert "7 is neither a text nor a list of tokens" in reasons[3]
    assert "“person” at “a” is no tag like the others" in reasons[4]
    assert reasons[5] == "no label in “tags”"
    assert "is not a list of tags" in reasons[6]
    assert found.mended.first[0].reason.text() == "a tag without a token (“B-PER”) was left out"
    assert sum(found.rows.values()) + found.rows_dropped == 48


def test_tag_numbers_without_names_are_explained(write):
    rows = [json.dumps({"tokens": ["a", str(i)], "ner_tags": [0, 1]}) for i in range(30)]
    problems = said(inspect(Sources(write("\n".join(rows), "a.jsonl"))).problems)
    assert (
        "the file does not say what they mean; write their names, or add a list “names”" in problems
    )


def test_a_table_without_marks_is_no_token_task(write):
    rows = "\n".join(f"some text {i},{'ab'[i % 2]}" for i in range(40))
    found = inspect(Sources(write("text,label\n" + rows)), Plan(task="tokens"))
    assert said(found.problems).startswith("“label” holds neither tags nor entities.")
    several = Plan(Roles(("text",), ("text", "label")), task="tokens")
    assert "one column with the tags" in said(
        inspect(
            Sources(write("text,label,c\n" + rows.replace(",", ",x,"))), replace_label(several)
        ).problems
    )


def replace_label(plan):
    return Plan(Roles(("text",), ("label", "c")), plan.task)


def test_marks_taken_for_labels_point_at_the_task_that_fits(write):
    found = inspect(Sources(write(marked(), "a.jsonl")), Plan(task="multiclass"))
    assert "they fit another one: entities in the text" in said(found.problems)


def test_texts_without_any_entity_teach_nothing(write):
    content = conll().replace("B-LOC", "O").replace("B-PER", "O").replace("I-PER", "O")
    found = inspect(Sources(write(content, "a.conll")))
    assert found.task == "tokens"
    assert "in 60 rows “tags” marks no word at all" in said(found.problems)


def test_rare_types_and_types_that_are_never_trained_are_named(write):
    path = write(conll() + "\n\nUN\tB-ORG\nmet\tO\n", "a.conll")
    assert "1 type has a single entity, which goes to training" in said(inspect(Sources(path)).rare)
    test = write("UN\tB-ORG\nmet\tO\nhere\tO\n.\tO\n", "b.conll")
    found = inspect(Sources(write(conll(), "a.conll"), test=test))
    assert "1 label of test (1 row) does not occur in training" in said(found.problems)


def test_types_that_look_the_same_are_merged_in_the_tags(write):
    content = conll(30) + "\n\n" + conll(60).split("\n\n", 30)[30].replace("-LOC", "-Loc")
    path = write(content, "a.conll")
    found = inspect(Sources(path))
    assert found.labels == ("LOC", "Loc", "PER")
    merged = inspect(Sources(path), Plan(merges=found.twins[0].merges()))
    assert merged.labels == (found.twins[0].spelling, "PER")
    tags = {tag for row in merged.prepared["tags"] for tag in row}
    assert tags == {"O", "B-PER", "I-PER", f"B-{found.twins[0].spelling}"}


def test_what_is_saved_is_what_was_shown(write, workspace):
    sources = Sources(write(marked(), "a.jsonl"))
    found = inspect(sources)
    dataset = import_dataset(workspace, sources)
    loaded = load_dataset(workspace, dataset.id)
    assert (loaded.task, loaded.labels, loaded.counts) == ("tokens", ("LOC", "PER"), found.counts)
    rows = load_rows(workspace, loaded)
    assert list(rows) == ["row_id", "split", "text", "labels", "starts", "ends", "tags", "extra.id"]
    for column in ("starts", "ends", "tags"):
        assert [list(cell) for cell in rows[column]] == found.prepared[column].tolist()
    other = import_dataset(workspace, Sources(write(marked().replace("PER", "ORG"), "b.jsonl")))
    assert other.fingerprint != dataset.fingerprint


def test_a_record_older_than_questions_still_loads(write, workspace):
    dataset = import_dataset(workspace, Sources(write(marked(), "a.jsonl")))
    record = json.loads(dataset.to_json())
    del record["roles"]["question"]
    assert Dataset.from_json(json.dumps(record)).roles == dataset.roles


def test_limits_and_overlap_work_as_for_labels(write):
    path = write(marked() + "\n" + marked(3), "a.jsonl")
    found = inspect(Sources(path), Plan(split=SplitPlan(per_label={"train": 10})))
    assert found.counts["train"]["PER"] <= 10
    assert found.duplicates + sum(found.overlap.values()) <= 3


@pytest.mark.parametrize(
    "text", ["𝔄nn 😀 Rome", "ذهب علي إلى روما", "a\r\nRome\u2028b", "\u200dRome"]
)
def test_offsets_count_characters_in_any_script(write, text):
    start = text.index("Rome") if "Rome" in text else text.index("روما")
    rows = [{"text": f"{text} {i}", "label": [[start, start + 4, "LOC"]]} for i in range(30)]
    found = inspect(Sources(write("\n".join(map(json.dumps, rows)), "a.jsonl")))
    row = found.prepared.iloc[0]
    place = row["tags"].index("B-LOC")
    assert row["text"][row["starts"][place] : row["ends"][place]] == text[start : start + 4]
    assert (found.mended.count, found.left_out.count) == (0, 0)
