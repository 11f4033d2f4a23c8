"""One token and its tags a line, as CoNLL and its relatives have them."""

import pytest

from engine.data.reading import read_table
from engine.errors import DataError

FOUR = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nNew NNP B-NP B-LOC\n"


def tabbed(sentences, separator="\t", end="\n"):
    return (end * 2).join(
        end.join(separator.join(pair) for pair in sentence) for sentence in sentences
    )


SENTENCES = [[("Anna", "B-PER"), ("left", "O"), (str(i), "O")] for i in range(6)]


@pytest.mark.parametrize("name", ["a.tsv", "a.txt", "a.conll", "a.iob", "a.bio"])
@pytest.mark.parametrize("separator", ["\t", " "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tokens_and_tags_become_one_row_a_sentence(write, name, separator, end):
    table, report = read_table(write(tabbed(SENTENCES, separator, end), name))
    assert (report.format, report.rows_kept, report.rows_dropped) == ("conll", 6, 0)
    assert table.columns.tolist() == ["tokens", "tags"]
    assert table["tokens"].tolist()[3] == ["Anna", "left", "3"]
    assert table.index.tolist()[:3] == [1, 5, 9]


def test_columns_between_are_offered_and_documents_skipped(write):
    table, _ = read_table(write(FOUR * 3, "train.txt"))
    assert table.columns.tolist() == ["tokens", "column 2", "column 3", "tags"]
    assert table["tags"].tolist()[0] == ["B-ORG", "O"]


def test_a_header_names_the_columns(write):
    table, _ = read_table(write("word\tner\n" + tabbed(SENTENCES), "a.tsv"))
    assert table.columns.tolist() == ["word", "ner"]
    assert len(table) == 6


def test_comments_are_no_tokens_but_a_hash_can_be_one(write):
    content = "# sent_id = 1\n# text = Anna left\nAnna\tB-PER\n#\tO\nleft\tO\n\n" * 3
    table, report = read_table(write(content, "a.conll"))
    assert report.rows_dropped == 0
    assert table["tokens"].tolist()[0] == ["Anna", "#", "left"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_any_encoding_the_app_detects(write, encoding):
    sentences = [[("我", "O"), ("在", "O"), ("北京", "B-LOC"), ("的", "O")]] * 20
    table, _ = read_table(write(tabbed(sentences), "a.conll", encoding))
    assert table["tokens"].tolist()[0] == ["我", "在", "北京", "的"]


def test_a_sentence_with_a_broken_line_is_left_out_and_named(write):
    good = tabbed(SENTENCES)
    content = good + "\n\nAnna\tB-PER\nalone\nleft\tO\n\nBen\tB-PER\textra\tO\n\n" + good
    table, report = read_table(write(content, "a.conll"))
    assert (len(table), report.rows_dropped) == (12, 2)
    assert [row.row for row in report.dropped] == [25, 29]
    assert report.dropped[0].reason.text() == (
        "line 26 has 1 cell where the file has 2 columns: "
        "a token without its tag, or a tag without its token"
    )


def test_a_single_column_is_refused_with_what_is_needed(write):
    with pytest.raises(DataError, match=r"first line is “Anna”\. Expected on each line"):
        read_table(write("Anna\nleft\n\nBen\n", "a.conll"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("text\tlabel\n" + "".join(f"some words {i}\tO\n" for i in range(20)), "a.tsv"),
        ("text,tags\n" + "".join(f"John left {i},B-PER O O\n" for i in range(20)), "a.csv"),
        ("text\ttags\n" + "".join(f"John left {i}\tB-PER O O\n" for i in range(20)), "a.tsv"),
        ("".join(f"HUM:ind who is number {i}\n\n" for i in range(20)), "a.txt"),
    ],
)
def test_other_tables_are_left_to_their_readers(write, content, name):
    assert read_table(write(content, name))[1].format != "conll"


@pytest.mark.parametrize("name", ["a.conll", "a.csv", "a.txt"])
@pytest.mark.parametrize(
    ("line", "sign"),
    [("{},B-PER", ","), ("{}, B-PER", ","), ("{},NNP,B-PER", ","), ("{};B-PER", ";")],
)
def test_tokens_and_tags_with_commas_between_are_refused_with_such_a_line(write, name, line, sign):
    rows = "".join(f"{line.format(word)}\n\n" for word in ("Anna", "Berg", "Carl", "Dora"))
    with pytest.raises(DataError) as refused:
        read_table(write(rows, name))
    said = refused.value.message.text()
    assert f"joined by “{sign}”: a line is “{line.format('Anna')}”" in said
    assert "Save the file with tabs" in said


def test_commas_as_tokens_are_none_between_columns(write):
    rows = "".join(f"Rome{i} B-LOC\n, O\n; O\n\n" for i in range(4))
    table, _ = read_table(write(rows, "a.conll"))
    assert table["tokens"].tolist()[0] == ["Rome0", ",", ";"]


def test_running_text_under_the_name_is_refused_with_the_line(write):
    prose = "This is a text. It has no tags.\nAnother line is here with words.\n" * 4
    with pytest.raises(DataError, match="line 2 is “Another line is here with words"):
        read_table(write(prose, "a.conll"))


def test_a_file_of_document_starts_alone_holds_no_rows(write):
    with pytest.raises(DataError, match="holds no rows"):
        read_table(write("-DOCSTART- -X- O O\n\n", "a.conll"))
