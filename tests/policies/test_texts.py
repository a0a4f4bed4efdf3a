"""Lengths and splitting in the units of the platforms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.texts import UNITS, length, split

WILD = st.text(st.characters() | st.sampled_from("。！？，. \n\ud800😀👨\u200d👩\u0301中文ab1"), max_size=120)


@pytest.mark.parametrize(
    ("text", "characters", "utf8", "utf16", "gbk_half"),
    [
        ("", 0, 0, 0, 0),
        ("a", 1, 1, 1, 1),
        ("ab", 2, 2, 2, 1),
        ("abc", 3, 3, 3, 2),
        ("中文", 2, 6, 2, 2),
        ("中a", 2, 4, 2, 2),
        ("龍鳳", 2, 6, 2, 2),  # traditional characters are in GBK
        ("😀", 1, 4, 2, 2),  # GB18030's four bytes
        ("𠮷", 1, 4, 2, 2),
        ("€", 1, 3, 1, 1),
        ("\ud800", 1, 3, 1, 2),  # a lone half: counts as the character that replaces it
        ("，。", 2, 6, 2, 2),
        ("\x00", 1, 1, 1, 1),
    ],
)
def test_each_unit_counts_as_its_platform_does(text, characters, utf8, utf16, gbk_half):
    assert [length(text, unit) for unit in ("characters", "bytes", "utf16", "gbk_half")] == [characters, utf8, utf16, gbk_half]


@given(WILD, st.integers(4, 60), st.sampled_from(sorted(UNITS)))
def test_every_part_fits_and_nothing_but_white_space_is_lost(text, limit, unit):
    parts = split(text, limit, unit)
    assert all(part and length(part, unit) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(WILD, st.integers(4, 60), st.sampled_from(sorted(UNITS)))
def test_a_text_that_fits_stays_whole(text, limit, unit):
    if length(text, unit) <= limit:
        assert split(text, limit, unit) == ([text.strip()] if text.strip() else [])


@given(st.text(st.sampled_from("中文字a1 。，"), min_size=200, max_size=600))
def test_parts_are_not_shorter_than_half_for_nothing(text):
    parts = split(text, 100, "characters")
    assert len(parts) <= len(text) // 50 + 1


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("第一句。第二句很长很长。", 8, ["第一句。", "第二句很长很长。"]),
        ("没有句号，只有逗号的一段文字", 8, ["没有句号，", "只有逗号的一段文", "字"]),
        ("好。一二三四五，六七八九十", 9, ["好。一二三四五，", "六七八九十"]),  # a late pause rather than a very early stop
        ("行一\n行二\n行三", 6, ["行一\n行二", "行三"]),
        ("真的吗？！是的。", 5, ["真的吗？！", "是的。"]),
        ("查询 https://a.cn/q/1", 16, ["查询", "https://a.cn/q/1"]),
        ("一二三四五六七八九十", 4, ["一二三四", "五六七八", "九十"]),
        ("aaaaaaaaaa", 4, ["aaaa", "aaaa", "aa"]),
        ("   \n ", 5, []),
        ("好的e\u0301e\u0301", 4, ["好的e\u0301", "e\u0301"]),
        ("你👨\u200d👩\u200d👧", 5, ["你", "👨\u200d👩\u200d👧"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text, limit, expected):
    assert split(text, limit, "characters") == expected


@pytest.mark.parametrize("unit", ["words", "", "BYTES"])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(ValueError, match="unit"):
        length("中", unit)


@pytest.mark.parametrize("limit", [3, 0, -1])
def test_a_limit_that_cannot_hold_one_character_is_refused(limit):
    with pytest.raises(ValueError, match="limit"):
        split("中文", limit, "bytes")


@pytest.mark.parametrize("piece", ["中", "a", "。", " ", "\u200d", "😀", "，a"])
def test_a_huge_text_is_split_without_trouble(piece):
    text = piece * 20_000
    assert all(length(part, "bytes") <= 2048 for part in split(text, 2048, "bytes"))
