"""Lists of accounts from files: every good row is saved, every bad one is named."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.channels.importing import COLUMNS, import_accounts
from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.staff.actions import Invalid
from bot.staff.models import Department
from tests.bot.conftest import NOW, TELEGRAM, World

GOOD = ["tg9", "telegram", "某市交通", "交通局", "", "", json.dumps(TELEGRAM)]


def test_a_csv_with_a_byte_order_mark_is_read_and_an_unknown_department_made(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    cell = GOOD[-1].replace('"', '""')
    path.write_text(f'\ufeff{",".join(COLUMNS)}\n{",".join(GOOD[:-1])},"{cell}"\n', encoding="utf-8")
    assert import_accounts("test", path, NOW) == (1, [])
    assert Account.objects.get(pk="tg9").department == Department.objects.get(name="交通局", parent=world.root)


def test_an_xlsx_is_read(world: World, tmp_path: Path) -> None:
    book = Workbook()
    for row in (list(COLUMNS), GOOD):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert import_accounts("test", tmp_path / "a.xlsx", NOW) == (1, [])


def test_bad_rows_are_named_and_good_ones_saved(world: World, tmp_path: Path) -> None:
    rows = [
        dict(zip(COLUMNS, GOOD, strict=True)),
        {"id": "x y", "platform": "telegram", "name": "n", "credentials": TELEGRAM},
        {"id": "b", "platform": "icq", "name": "n", "credentials": {}},
        {"id": "c", "platform": "telegram", "name": "n", "credentials": "not json"},
        {"id": "d", "platform": "telegram", "name": "n", "credentials": [1]},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    saved, problems = import_accounts("test", path, NOW)
    assert saved == 1 and [line.split(" ")[1] for line in problems] == ["2", "3", "4", "5"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"{", b"[1]"])
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.xlsx"])
def test_an_unreadable_file_is_refused_in_words(world: World, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid):
        import_accounts("test", tmp_path / name, NOW)


def test_credentials_are_sealed_and_kept_when_a_later_list_leaves_them_out(world: World, tmp_path: Path) -> None:
    rows = [{"id": "tg1", "platform": "telegram", "name": "新名字", "department": "health", "credentials": ""}]
    (tmp_path / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    assert import_accounts("test", tmp_path / "a.json", NOW) == (1, [])
    account = Account.objects.get(pk="tg1")
    assert (account.name, facts_of(account).credentials["secret_token"]) == ("新名字", "s3cret")
    assert "s3cret" not in account.credentials
