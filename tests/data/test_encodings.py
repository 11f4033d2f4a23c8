"""Encodings are told apart by what their bytes say, and wrong bytes never stop a file."""

import pytest

from engine.data.encodings import detect_encoding
from engine.data.reading import read_table

FRENCH = "Le café est très agréable, été comme hiver, à côté de la forêt"
GERMAN = "Die Straße über die Brücke ist schön, größere Häuser stehen dort"
SPANISH = "El niño comió una manzana en la montaña, ¿qué pasó mañana?"
PORTUGUESE = "Não há informação sobre a situação, ações e coração"
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy, který čtyři děti"
POLISH = "Proszę książkę, że łatwo będzie źle, gęślą jaźń"
HUNGARIAN = "Őszi köd, hűvös idő, árvíztűrő tükörfúrógép"
RUSSIAN = "Привет, как дела? Этот товар мне очень понравился"
UKRAINIAN = "Дуже гарний товар, всім раджу його придбати"
MIXED_RUSSIAN = "Мой iPhone работает хорошо, но батарея слабая"
GREEK = "Το προϊόν είναι πολύ καλό και έφτασε γρήγορα"
TURKISH = "Ürün çok güzel ama kargo geç geldi, teşekkürler, şişe ığdır"
CHINESE = "这个产品非常好，物流也很快，谢谢你们的服务"
JAPANESE = "この商品はとても良いです。配送も早かったです"

CODE_PAGES = [
    ("cp1252", FRENCH),
    ("cp1252", GERMAN),
    ("cp1252", SPANISH),
    ("cp1252", PORTUGUESE),
    ("cp1250", CZECH),
    ("cp1250", POLISH),
    ("cp1250", HUNGARIAN),
    ("cp1251", RUSSIAN),
    ("cp1251", UKRAINIAN),
    ("cp1251", MIXED_RUSSIAN),
    ("cp1253", GREEK),
    ("cp1254", TURKISH),
    ("gb18030", CHINESE),
    ("cp932", JAPANESE),
    ("utf-8", CHINESE),
    ("utf-8", "plain ASCII only"),
]


@pytest.mark.parametrize(("codec", "sentence"), CODE_PAGES)
def test_a_text_in_one_language_betrays_its_encoding(codec, sentence):
    raw = f"text,label\n{sentence},1\n".encode(codec)
    assert raw.decode(detect_encoding(raw).codec) == f"text,label\n{sentence},1\n"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("sentence", ["hello there", CHINESE, RUSSIAN])
def test_wide_encodings_and_byte_order_marks_leave_no_trace(write, codec, sentence):
    path = write(f"text;label\n{sentence};a\n{sentence};b\n", encoding=codec)
    read, report = read_table(path)
    assert list(read) == ["text", "label"]
    assert read["text"].tolist() == [sentence, sentence]
    assert report.encoding.startswith(codec[:5].upper())


def test_the_report_names_the_encoding_as_people_do(write):
    _, report = read_table(write(f"text,label\n{FRENCH},a\n{GERMAN},b\n", encoding="cp1252"))
    assert report.encoding == "Windows-1252"


def test_a_few_wrong_bytes_in_utf8_are_replaced_and_counted(write):
    good = f"{FRENCH},a\n".encode() * 5
    read, report = read_table(write(b"text,label\n" + good + b"caf\xe9,b\n"))
    assert read["text"].iloc[-1] == "caf�"
    assert [note.text() for note in report.notes] == [
        "1 character could not be read and now shows as “�”."
    ]


def test_bytes_no_code_page_defines_fall_back_to_latin1(write):
    read, report = read_table(write(b"text,label\nspark \x81\x8d \x90,a\nmore \x81,b\n"))
    assert report.encoding == "ISO-8859-1"
    assert len(read) == 2


def test_every_single_byte_can_be_read_somehow(write):
    noise = bytes(b for b in range(32, 256) if b not in b'",')
    read, report = read_table(write(b"text,label\n" + b"".join(noise + b",a\n" for _ in range(3))))
    assert report.rows_kept + report.rows_dropped == 3
    assert list(read) == ["text", "label"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("cell", ["上海", "今天天气很好", "买买买", "abc"])
@pytest.mark.parametrize("count", [2, 40])
def test_short_wide_files_without_a_mark_are_told_from_stray_nul_characters(codec, cell, count):
    raw = ("text,label\n" + f"{cell},好\n" * count).encode(codec)
    assert detect_encoding(raw).codec == codec
