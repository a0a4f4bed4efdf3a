"""What is found in a message, that offsets fit the text as it was given, and that no text is too hostile."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import KINDS, MOST, find


def values(text: str, kind: str) -> list[str]:
    return [one["value"] for one in find(text) if one["entity"] == kind]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("我家住岳麓区桐梓坡路123号3栋2单元501室，楼上漏水", "place", "岳麓区桐梓坡路123号3栋2单元501室"),
        ("K市星沙镇的路灯坏了", "place", "K市星沙镇"),
        ("A3区晚上停水", "place", "A3区"),
        ("昨晚10点到今天凌晨2点一直在打桩", "time", "昨晚10点到今天凌晨2点"),
        ("上周三下午3点半去的", "time", "上周三下午3点半"),
        ("每天凌晨2点渣土车", "time", "每天凌晨2点"),
        ("电话１３８００１３８０００", "phone", "１３８００１３８０００"),
        ("座机0731-8765 4321转802", "phone", "0731-8765 4321"),
        ("区号(0731)87654321", "phone", "(0731)87654321"),
        ("打了12345三次", "phone", "12345"),
        ("客服400-820-1234没人接", "phone", "400-820-1234"),
        ("身份证11010519491231002x", "id_card", "11010519491231002x"),
        ("老身份证110105491231002", "id_card", "110105491231002"),
        ("卡号6222 0212 3456 7890 128", "bank_card", "6222 0212 3456 7890 128"),
        ("请市住建局处理", "department", "市住建局"),
        ("A4区城管执法大队不管", "department", "A4区城管执法大队"),
        ("湘A12345乱停", "plate", "湘A12345"),
        ("绿牌粤B·D12345", "plate", "粤B·D12345"),
        ("京A1234警", "plate", "京A1234警"),
        ("（2020）湘0102民初123号", "case_number", "（2020）湘0102民初123号"),
        ("受理编号：XF20200412001", "case_number", "XF20200412001"),
        ("单号20261122-000001", "ticket_number", "20261122-000001"),
        ("查询码 AB2D-EF3H-JK4M-NP5Q", "ticket_number", "AB2D-EF3H-JK4M-NP5Q"),
    ],
)
def test_each_kind_is_found_in_the_words_of_a_citizen(text: str, kind: str, value: str) -> None:
    assert values(text, kind) == [value]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证110105194912310021", "id_card"),  # the check sign is wrong
        ("身份证11010519491331002X", "id_card"),  # no such month
        ("卡号6222021234567890123", "bank_card"),  # Luhn fails
        ("罚款12345元", "phone"),
        ("住120平", "phone"),
        ("我有两点建议", "time"),
        ("三年级学生", "time"),
        ("我们小区的马路上没有红绿灯", "place"),
        ("网站打不开，电路也坏了", "place"),
        ("有关部门不作为", "department"),
        ("编号20261322-000001", "ticket_number"),  # no such day
    ],
)
def test_what_only_looks_like_one_is_none(text: str, kind: str) -> None:
    assert values(text, kind) == []


def test_offsets_are_those_of_the_text_as_given() -> None:
    text = "住\u200b桐\u200b梓坡路，電話 138\u200b0013８０００"
    found = find(text)
    assert [one["value"] for one in found] == ["桐\u200b梓坡路", "138\u200b0013８０００"]
    assert all(text[one["start"] : one["end"]] == one["value"] for one in found)


def sound(text: str) -> bool:
    """Offsets fit, in order, no overlaps, known kinds, not too many."""
    found = find(text)
    fits = all(0 <= one["start"] < one["end"] <= len(text) and text[one["start"] : one["end"]] == one["value"] for one in found)
    apart = all(left["end"] <= right["start"] for left, right in itertools.pairwise(found))
    return fits and apart and {one["entity"] for one in found} <= set(KINDS) and len(found) <= MOST


PIECES = [
    "市",
    "A3",
    "区",
    "路",
    "小区",
    "138",
    "0013",
    "8000",
    "-",
    " ",
    "（2020）",
    "湘",
    "号",
    "点",
    "月",
    "日",
    "到",
    "\u200b",
    "１",
    "省",
    "x",
    "栋",
    "的",
    "年",
]


@given(st.text(max_size=200))
def test_any_text_gives_sound_finds(text: str) -> None:
    assert sound(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_texts_made_of_the_pieces_of_entities_give_sound_finds(text: str) -> None:
    assert sound(text)


HOSTILE = [
    "路",
    "A市",
    "市",
    "1",
    "1 ",
    "1-",
    "138",
    "点",
    "到",
    "年",
    "1点",
    "(2020)",
    "信访编号",
    "A",
    "AAAA-",
    "湘A",
    "一",
    "小区",
    "第一",
    "京津",
    "零",
    "0731",
    "\u200b",
    "栋",
    "3栋",
    "a1",
]


def cost(text: str) -> float:
    """Processor seconds for one text, the least of several tries, so that a busy machine does not count."""
    tries = []
    for _ in range(4):
        began = time.process_time()
        find(text)
        tries.append(time.process_time() - began)
    return min(tries)


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_four_times_the_text_costs_about_four_times_as_much(piece: str) -> None:
    short, long = ((piece * 20_000)[:size] for size in (4_000, 16_000))
    find(short)
    assert cost(long) <= 8 * cost(short) + 0.002  # quadratic work would be sixteen times as much


def marked(rows: list[dict[str, Any]], kind: str) -> tuple[set[tuple[int, int, int]], set[tuple[int, int, int]]]:
    """What ought to be found of one kind and what is, as (row, start, end)."""
    wanted = {(at, one["start"], one["end"]) for at, row in enumerate(rows) for one in row["entities"] if one["entity"] == kind}
    found = {(at, one["start"], one["end"]) for at, row in enumerate(rows) for one in find(row["text"]) if one["entity"] == kind}
    return wanted, found


ROWS = [json.loads(line) for line in (Path(__file__).parent / "sets" / "entities.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_precision_and_recall_on_the_marked_sentences(kind: str) -> None:
    wanted, found = marked(ROWS, kind)
    least = 0.9 if kind == "place" else 0.95
    assert len(wanted) >= 10
    assert len(wanted & found) / len(found) >= least and len(wanted & found) / len(wanted) >= least


def test_the_marked_sentences_are_many_different_and_marked_where_they_say() -> None:
    assert len({row["text"] for row in ROWS}) == len(ROWS) >= 250
    assert all(row["text"][one["start"] : one["end"]] == one["value"] for row in ROWS for one in row["entities"])
