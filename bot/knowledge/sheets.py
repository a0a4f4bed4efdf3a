"""Entries in and out as xlsx. A file is read whole and judged row by row before anything is written."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from bot.knowledge.models import Entry
from bot.knowledge.wording import checked, printable
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department, Person
from nlu.subjects import all_subjects, topics
from policies.roles import Right

COLUMNS = {
    "question": "问题",
    "variants": "其他问法（每行一个）",
    "answer": "答案",
    "department": "部门代码",
    "subject": "主题",
    "topic": "二级主题",
    "source_name": "来源文件",
    "source_url": "来源网址",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
    "owner": "负责人（用户名）",
}
NEEDED = ("question", "answer", "department", "subject", "source_name")
MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024
MOST_PARTS = 200
MOST_ROWS = 1000
WIDEST = 40  # columns that are looked at
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for a formula at the start of a text

type Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row of a sheet: its number there, its texts, and what is wrong with it ("" = good)."""

    number: int
    line: Line
    problem: str


def read_sheet(data: bytes) -> list[tuple[int, Line]]:
    """The filled rows of the first sheet, each with its number, by field. Raises Invalid: unreadable, too large, hostile, no heading."""
    _inspect(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=WIDEST, values_only=True)
        fields = _heading(next(rows, ()))
        found = [(number, line) for number, row in enumerate(rows, start=2) if any((line := _line(fields, row)).values())]
    except Invalid:
        raise
    except (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, IndexError, AttributeError, OSError) as error:
        raise Invalid(f"无法读取文件（{type(error).__name__}），请上传 Excel 工作簿（.xlsx）。") from None
    if len(found) > MOST_ROWS:
        raise Invalid("行数过多，一次最多 1000 行。")
    return found


def _inspect(data: bytes) -> None:
    """Refuse what would be huge once unpacked, or brings definitions of its own, before a reader sees it."""
    if len(data) > MOST_BYTES:
        raise Invalid("文件过大（最多 5 MB）。")
    try:
        with ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Invalid("文件展开后过大，已拒绝。")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _defines(packed.read(part)):
                    raise Invalid("文件含有不允许的定义，已拒绝。")
    except Invalid:
        raise
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise Invalid(f"无法读取文件（{type(error).__name__}），请上传 Excel 工作簿（.xlsx）。") from None


def _defines(xml: bytes) -> bool:
    """Whether a part declares entities or a document type, in either width of its encoding."""
    narrow = xml.replace(b"\x00", b"")
    return b"<!DOCTYPE" in narrow or b"<!ENTITY" in narrow


def _heading(row: Iterable[object]) -> dict[int, str]:
    names = {title: field for field, title in COLUMNS.items()} | {field: field for field in COLUMNS}
    fields = {at: names[text] for at, cell in enumerate(row) if (text := str(cell or "").strip()) in names}
    lacking = [COLUMNS[field] for field in NEEDED if field not in fields.values()]
    if lacking:
        raise Invalid(f"第一行缺少列：{'、'.join(lacking)}。")
    return fields


def _line(fields: Mapping[int, str], row: tuple[object, ...]) -> Line:
    return {field: _cell(row[at] if at < len(row) else None) for at, field in fields.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = printable(str(value).replace("\r\n", "\n")).strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text  # as we write them ourselves


class Reader:
    """Makes the fields of an entry out of a row's texts, with what the actor may write."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._me = Person.objects.get(pk=actor.person_id)
        self._departments = {row.code: row for row in Department.objects.filter(is_active=True)}
        self._subjects = {name: key for key, row in all_subjects().items() for name in (key, row.zh, row.en)}

    def judged(self, rows: Iterable[tuple[int, Line]]) -> Iterator[Judgement]:
        """Every row with what is wrong with it; the same question twice for one department is wrong too."""
        seen: dict[tuple[str, str], int] = {}
        for number, line in rows:
            key = (line.get("department", ""), line["question"])
            try:
                if key in seen:
                    raise Invalid(f"与第 {seen[key]} 行的问题相同。")
                self.values(line)
                seen[key] = number
            except Invalid as wrong:
                yield Judgement(number, line, str(wrong))
            else:
                yield Judgement(number, line, "")

    def values(self, line: Line) -> dict[str, Any]:
        """The fields of one row. Raises Invalid."""
        if any(line[field].startswith("=") for field in line):
            raise Invalid("单元格不能是公式。")
        department = self._departments.get(line["department"])
        if department is None or not self._actor.may(Right.EDIT_KNOWLEDGE, department):
            code = line["department"][:64]
            raise Invalid(f"没有部门 {code}，或您无权为其添加。")
        subject = self._subjects.get(line["subject"], "")
        given: dict[str, Any] = {**line, "department": department, "owner": self._owner(line.get("owner", "")), "subject": subject}
        given["topic"] = _topic(subject, line.get("topic", ""))
        given |= {field: _day(line.get(field, "")) for field in ("valid_from", "valid_until")}
        return checked(given)

    def _owner(self, username: str) -> Person:
        found = Person.objects.filter(username=username, is_active=True).first() if username else self._me
        if found is None:
            raise Invalid(f"没有用户 {username[:64]}。")
        return found


def _topic(subject: str, text: str) -> str:
    names = {name: key for key, row in topics().items() if row.subject == subject for name in (key, row.zh, row.en)}
    return names.get(text, text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise Invalid("日期应写成 2026-12-31。") from None


def workbook(entries: Iterable[Entry]) -> bytes:
    """The entries as xlsx, in the columns the import reads. A text that a spreadsheet would run is written as words."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("知识库")
    for at, width in zip("ABCDEFGHIJK", (36, 36, 60, 14, 14, 18, 28, 36, 12, 12, 16), strict=True):
        sheet.column_dimensions[at].width = width
    sheet.freeze_panes = "A2"
    sheet.append([_written(sheet, title, bold=True) for title in COLUMNS.values()])
    for entry in entries:
        sheet.append([_written(sheet, text) for text in _texts(entry)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _texts(entry: Entry) -> list[str]:
    topic = topics()[entry.topic].zh if entry.topic in topics() else entry.topic
    subject = all_subjects()[entry.subject].zh if entry.subject in all_subjects() else entry.subject
    days = [str(day) if day else "" for day in (entry.valid_from, entry.valid_until)]
    texts = [entry.question, "\n".join(entry.variants), entry.answer, entry.department.code, subject, topic]
    return [*texts, entry.source_name, entry.source_url, *days, entry.owner.username]


def _written(sheet: Any, text: str, *, bold: bool = False) -> Any:
    safe = printable(text)
    cell = WriteOnlyCell(sheet, value="'" + safe if safe.startswith(FORMULA) else safe)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
