"""Reading lists of accounts from CSV, xlsx or JSON (columns of design §9), each row judged on its own."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.channels.actions import save_account
from bot.staff.actions import Invalid, department_named

COLUMNS = ("id", "platform", "name", "department", "kind", "base_url", "credentials")
REQUIRED = ("id", "platform", "name")
MOST_BYTES = 20 * 1024 * 1024


def import_accounts(actor: str, path: Path, now: datetime) -> tuple[int, list[str]]:
    """Save every good row; returns how many, and a line of words for each bad one. Raises Invalid for an unreadable file."""
    saved, problems = 0, []
    for number, row in enumerate(rows_of(path), start=1):
        try:
            save_account(actor, row, department_named(actor, str(row.get("department") or ""), now), now)
            saved += 1
        except Invalid as error:
            problems.append(f"第 {number} 行 ({str(row.get('id', ''))[:64]}): {error}")
    return saved, problems


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file as dictionaries. Raises Invalid."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Invalid("文件过大（最多 20 MB）。")
        match path.suffix.lower():
            case ".xlsx":
                yield from _from_xlsx(path)
            case ".json" | ".jsonl":
                yield from _from_json(path)
            case _:
                yield from _from_csv(path)
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError, BadZipFile, InvalidFileException, KeyError) as error:
        raise Invalid(f"无法读取文件 {path.name}：{type(error).__name__}。请使用 UTF-8 的 CSV、xlsx 或 JSON。") from None


def _from_csv(path: Path) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    _demand(reader.fieldnames or [])
    for row in reader:
        yield {name.strip(): value for name, value in row.items() if name in COLUMNS and value is not None}


def _from_json(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    found = [json.loads(line) for line in text.splitlines() if line.strip()] if path.suffix == ".jsonl" else json.loads(text)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Invalid("JSON 应为账号对象的数组。")
    yield from found


def _from_xlsx(path: Path) -> Iterator[dict[str, Any]]:
    sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    header = [str(cell or "").strip() for cell in next(lines, ())]
    _demand(header)
    for line in lines:
        if any(cell not in (None, "") for cell in line):
            yield {name: "" if cell is None else str(cell) for name, cell in zip(header, line, strict=False) if name in COLUMNS}


def _demand(header: Any) -> None:
    missing = [name for name in REQUIRED if name not in [str(cell).strip() for cell in header]]
    if missing:
        raise Invalid(f"缺少列：{'、'.join(missing)}。应有的列：{','.join(COLUMNS)}。")
