"""Lists that staff bring in and take away: a table in an xlsx or CSV file."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from bot.staff.actions import Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read(content: bytes, columns: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows below the header. `columns`: what a header may say → the name we use; every name must be there. Raises Invalid."""
    if len(content) > MOST_BYTES:
        raise Invalid("文件过大（最多 5 MB）。")
    try:
        lines = _from_xlsx(content) if content[:2] == b"PK" else _from_csv(content)
        header = [columns.get(cell.strip().lower(), "") for cell in next(lines, [])]
        if set(columns.values()) - set(header):
            raise Invalid("表头应为：" + "、".join(dict.fromkeys(columns)) + "。")
        rows = [dict(zip(header, line, strict=False)) for _, line in zip(range(MOST_ROWS), lines, strict=False) if any(line)]
    except (UnicodeDecodeError, csv.Error, BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid("无法读取文件。请使用 xlsx，或 UTF-8 的 CSV。") from None
    return [{name: row.get(name, "") for name in columns.values()} for row in rows]


def _from_csv(content: bytes) -> Iterator[list[str]]:
    yield from csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))


def _from_xlsx(content: bytes) -> Iterator[list[str]]:
    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    for line in sheet.iter_rows(values_only=True):
        yield ["" if cell is None else str(cell) for cell in line]


def write(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An xlsx file. Every cell is text, so that a name that begins with "=" stays a name."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for number in range(len(header)):
        sheet.column_dimensions[chr(ord("A") + number)].width = 30
    for row in (header, *rows):
        cells = [WriteOnlyCell(sheet, value=text) for text in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
