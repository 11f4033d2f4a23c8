"""Workbooks written by hand: as much of a .xlsx, .xlsb or .ods as a reader needs; and a .xls."""

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Rows = Sequence[Sequence[Any]]
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_TYPES = 'xmlns="http://schemas.openxmlformats.org/package/2006/content-types"'
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def xlsx(
    sheets: Mapping[str, Rows], merged: Sequence[str] = (), hidden: Sequence[str] = ()
) -> bytes:
    """The bytes of a .xlsx; `merged` are cells like A2:A4, of every sheet. None is an empty cell,
    and a cell may be written as (reference, value) to stand anywhere."""
    numbers = range(1, len(sheets) + 1)
    state = dict.fromkeys(hidden, ' state="hidden"')
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="r{i}"{state.get(name, "")}/>'
        for i, name in enumerate(sheets, 1)
    )
    relations = "".join(
        _relation(f"r{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in numbers
    )
    relations += _relation("styles", "styles", "styles.xml")
    parts = {
        "[Content_Types].xml": f'<Types {_TYPES}><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
        f'"/xl/workbook.xml" ContentType="{_SHEET_TYPE}"/></Types>',
        "_rels/.rels": f"<Relationships {_RELATIONS}>"
        f"{_relation('r1', 'officeDocument', 'xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_DOCUMENT}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships {_RELATIONS}>{relations}</Relationships>",
        "xl/styles.xml": f'<styleSheet {_MAIN}><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    for i, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = _sheet(rows, merged)
    return zipped({name: f'<?xml version="1.0"?>{xml}' for name, xml in parts.items()})


def xls(rows: Rows) -> bytes:
    """The bytes of a .xls, as Excel wrote them up to 2003."""
    import xlwt

    book, written = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("S")
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            sheet.write(row, column, value)
    book.save(written)
    return written.getvalue()


def xlsb(rows: Rows) -> bytes:
    """The bytes of a .xlsb of texts and numbers: records of [MS-XLSB], by their numbers there."""
    sheets = _record(156, struct.pack("<II", 0, 1) + _wide("r1") + _wide("S"))
    size = struct.pack("<4I", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _record(129) + _record(148, size) + _record(145)
    for row, cells in enumerate(rows):
        sheet += _record(0, struct.pack("<I", row) + bytes(13))
        for column, value in enumerate(cells):
            place, text = struct.pack("<II", column, 0), isinstance(value, str)
            cell = _wide(value) if text else struct.pack("<d", value)
            sheet += _record(6 if text else 5, place + cell)
    parts = {
        "[Content_Types].xml": f"<Types {_TYPES}/>",
        "_rels/.rels": f"<Relationships {_RELATIONS}>"
        f"{_relation('r1', 'officeDocument', 'xl/workbook.bin')}</Relationships>",
        "xl/_rels/workbook.bin.rels": f"<Relationships {_RELATIONS}>"
        f"{_relation('r1', 'worksheet', 'worksheets/sheet1.bin')}</Relationships>",
        "xl/workbook.bin": _record(131) + _record(143) + sheets + _record(144) + _record(132),
        "xl/worksheets/sheet1.bin": sheet + _record(146) + _record(130),
    }
    return zipped(parts)


def _record(kind: int, data: bytes = b"") -> bytes:
    """Kind and size seven bits at a time, the lowest first, then what it holds."""
    kinds = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    return kinds + bytes([len(data) & 127 | 128, len(data) >> 7]) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def ods(rows: Rows) -> bytes:
    """The bytes of a .ods with one sheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string"><text:p>'
            f"{escape(str(cell))}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" '
        f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="Sheet">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _relation(key: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{key}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'


def _sheet(rows: Rows, merged: Sequence[str]) -> str:
    lines = []
    for number, row in enumerate(rows, 1):
        placed = [
            cell if isinstance(cell, tuple) else (f"{_letters(place)}{number}", cell)
            for place, cell in enumerate(row)
        ]
        cells = "".join(_cell(reference, cell) for reference, cell in placed if cell is not None)
        lines.append(f'<row r="{number}">{cells}</row>')
    joined = "".join(f'<mergeCell ref="{cells}"/>' for cells in merged)
    joined = f"<mergeCells>{joined}</mergeCells>" if joined else ""
    return f"<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData>{joined}</worksheet>"


def _letters(place: int) -> str:
    return (_letters(place // 26 - 1) if place > 25 else "") + chr(65 + place % 26)


def _cell(reference: str, value: Any) -> str:
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value}</v></c>'
    if isinstance(value, dt.date):
        return f'<c r="{reference}" s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>'
    text = f'<t xml:space="preserve">{escape(str(value))}</t>'
    return f'<c r="{reference}" t="inlineStr"><is>{text}</is></c>'
