"""Spreadsheets in and out: every bad row is named, nothing is half-written, and nothing in a file runs."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from bot.knowledge import actions, sheets
from bot.knowledge.models import Entry
from bot.knowledge.sheets import COLUMNS, Reader, read_sheet, workbook
from bot.staff.actions import Invalid
from tests.bot.conftest import NOW, World
from tests.bot.knowledge.base import published, values

GOOD = ["停水了找谁", "没水了怎么办\n自来水停了", "拨打 12345。", "health", "卫生计生", "", "值班表", "", "2026-01-01", "", ""]


def sheet(*rows: list[object], heading: list[str] | None = None) -> bytes:
    book = Workbook()
    book.active.append(heading or list(COLUMNS.values()))  # type: ignore[union-attr]
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def good(**changed: object) -> list[object]:
    row = dict(zip(COLUMNS, GOOD, strict=True)) | {"subject": "health"} | changed
    return list(row.values())


def problems(world: World, *rows: list[object]) -> list[str]:
    return [one.problem for one in Reader(world.alice).judged(read_sheet(sheet(*rows)))]


def test_a_good_row_becomes_a_draft_of_the_importer(world: World) -> None:
    reader = Reader(world.alice)
    actions.import_drafts(world.alice, [reader.values(line) for _, line in read_sheet(sheet(good()))], NOW)
    made = Entry.objects.get()
    assert (made.state, made.variants, made.valid_from, made.author_id) == (
        "draft",
        ["没水了怎么办", "自来水停了"],
        date(2026, 1, 1),
        made.owner_id,
    )


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"question": ""}, "问题"),
        ({"answer": None}, "答案"),
        ({"department": "water"}, "部门"),
        ({"department": "nowhere"}, "部门"),
        ({"subject": "天文"}, "主题"),
        ({"topic": "transport.taxi"}, "二级主题"),
        ({"source_url": "javascript:alert(1)"}, "网址"),
        ({"valid_until": "明年"}, "日期"),
        ({"valid_until": "2025-12-31"}, "失效日期"),
        ({"owner": "nobody"}, "用户"),
        ({"answer": "=HYPERLINK(1)"}, "公式"),
        ({"answer": "长" * 2001}, "过长"),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(world: World, changed: dict[str, object], word: str) -> None:
    found = problems(
        world, good(), good(question="另一个问题", **{"department": "health"} | changed) if "question" not in changed else good(**changed)
    )
    assert found[0] == "" and word in found[1]


def test_the_same_question_twice_in_a_file_is_wrong(world: World) -> None:
    assert problems(world, good(), good()) == ["", "与第 2 行的问题相同。"]


def test_one_bad_row_among_good_ones_writes_nothing(world: World) -> None:
    rows = [values(world), values(world, question="")]
    with pytest.raises(Invalid, match="第 2 条"):
        actions.import_drafts(world.alice, rows, NOW)
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"question,answer\n1,2", b"\x00" * 500, b"%PDF-1.7"])
def test_what_is_no_workbook_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"xlsx"):
        read_sheet(data)


def test_a_zip_without_a_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("hello.txt", "x")
    with pytest.raises(Invalid):
        read_sheet(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (sheets.MOST_UNPACKED + 1))
    assert len(out.getvalue()) < 200_000
    with pytest.raises(Invalid, match="展开"):
        read_sheet(out.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_part_that_defines_entities_is_refused(encoding: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(good()))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        new.writestr("xl/extra.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode(encoding))
    with pytest.raises(Invalid, match="定义"):
        read_sheet(out.getvalue())


def test_a_file_too_large_or_with_too_many_rows_is_refused() -> None:
    with pytest.raises(Invalid, match="5 MB"):
        read_sheet(b"PK" + b"0" * sheets.MOST_BYTES)
    with pytest.raises(Invalid, match="1000"):
        read_sheet(sheet(*[good(question=f"问题{n}") for n in range(1001)]))


def test_a_heading_that_lacks_columns_says_which() -> None:
    with pytest.raises(Invalid, match="答案"):
        read_sheet(sheet(["x"], heading=["问题"]))


def test_empty_rows_between_are_passed_over(world: World) -> None:
    assert [number for number, _ in read_sheet(sheet([None] * 11, good(), [""] * 11))] == [3]


def test_what_is_exported_can_be_imported_again(world: World) -> None:
    entry = published(world, valid_until=date(2027, 1, 1), topic="")
    ((_, line),) = read_sheet(workbook([entry]))
    again = Reader(world.alice).values(line)
    assert {name: again[name] for name in ("question", "answer", "variants", "subject", "valid_until", "source_url")} == {
        name: getattr(entry, name) for name in ("question", "answer", "variants", "subject", "valid_until", "source_url")
    }


@pytest.mark.parametrize("text", ["=1+1", "+86 123", "-5", "@SUM(A1)", '=cmd|" /C calc"!A0'])
def test_a_text_that_looks_like_a_formula_leaves_as_words_and_comes_back_as_itself(world: World, text: str) -> None:
    data = workbook([published(world, answer=text)])
    cell = load_workbook(io.BytesIO(data)).active["C2"]  # type: ignore[index]
    assert (cell.data_type, cell.value) == ("s", "'" + text)
    assert text.startswith("=") or Reader(world.alice).values(read_sheet(data)[0][1])["answer"] == text
