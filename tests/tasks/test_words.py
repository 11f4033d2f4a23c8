"""Words are cut alike whatever the script; the pieces are the whole text but its spaces."""

import pytest

from engine.tasks.words import join_words, split_words


def cut(text):
    return [text[start:end] for start, end in split_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's São Paulo.", ["It", "'", "s", "São", "Paulo", "."]),
        ("北京很大", ["北", "京", "很", "大"]),
        ("サーバー3号", ["サ", "ー", "バ", "ー", "3", "号"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("مَدْرَسَة هنا", ["مَدْرَسَة", "هنا"]),
        ("cafe\u0301 noir", ["cafe\u0301", "noir"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("a😀b", ["a", "😀", "b"]),
        (" \r\n\t", []),
    ],
)
def test_words_of_many_scripts(text, words):
    assert cut(text) == words


@pytest.mark.parametrize(
    "text", ["Ann, (b) – c!", "हिन्दी 北京 x\u0301y", "ذهب إلى روما؟", "\u0301a"]
)
def test_only_spaces_lie_between_words(text):
    assert "".join(cut(text)) == "".join(text.split())


def test_tokens_become_running_text_and_are_found_there():
    words = ["He", "said", ":", "“", "A", "-", "T", "(", "see", "3", ")", "”", "."]
    text, starts = join_words(words)
    assert text == "He said: “A-T (see 3)”."
    assert [text[at : at + len(word)] for at, word in zip(starts, words, strict=True)] == words
    assert join_words(list("北京很大"))[0] == "北京很大"
