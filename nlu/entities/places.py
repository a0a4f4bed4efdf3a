"""Places and government departments, by the words they end in.

A name's end is a word ("路", "小区", "派出所"); its beginning is where the words before it cannot belong to a name any more.
The words of both kinds are data (words.ini). One walk over the text finds them, a bounded walk back from each end finds the
beginning, so the cost grows with the length of the text and with nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nlu.entities.words import either, keys, section

LONGEST = 60  # signs in an address


@dataclass(frozen=True)
class Ending:
    """What a word at the end of a name says: of which kind the name is and how many signs may stand before the word."""

    kind: str  # place, department
    family: str
    least: int
    most: int


@dataclass(frozen=True)
class Word:
    """One word of the lexicon: a name's end, a name of its own, a word no name goes through, or one that never ends a name."""

    text: str
    role: str  # ending, name, stop, kept
    ending: Ending | None = None


@dataclass
class Name:
    """A name found so far. `region`: it may be the beginning of an address or of a department's full name."""

    kind: str
    start: int
    end: int
    family: str


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, list[tuple[int, dict[str, Word]]]]:
    """By first sign: the words of each length that begin with it, longest first. A look at a sign then costs a look-up for each length."""
    words: dict[str, Word] = {}
    for text in (*section("lexicon", "stop"), *section("times", "words"), *section("times", "parts"), *section("times", "weekdays")):
        words[text] = Word(text, "stop")
    for text in section("lexicon", "kept"):
        words[text] = Word(text, "kept")
    for text in section("lexicon", "generic"):
        words[text] = Word(text, "stop")
    for text in section("lexicon", "names"):
        words[text] = Word(text, "name", Ending("place", "road" if text[-1] in "路道" else "name", 0, 0))
    for family in keys("endings"):
        kind, least, most, *texts = section("endings", family)
        for text in texts:
            words[text] = Word(text, "ending", Ending(kind, family, int(least), int(most)))
    grouped: dict[str, dict[int, dict[str, Word]]] = {}
    for word in words.values():
        grouped.setdefault(word.text[0], {}).setdefault(len(word.text), {})[word.text] = word
    return {sign: sorted(by_length.items(), key=lambda pair: -pair[0]) for sign, by_length in grouped.items()}


_LETTERED = re.compile(r"[A-Z]{1,2}[0-9]{0,2}$")  # "A3" of "A3区": names made unreadable, and zones with a letter
_NUMBERED = re.compile(r"第?[0-9一二三四五六七八九十]{1,3}$")
_TAKES_NUMBERS = frozenset(("school", "hospital", "department", "village", "standing"))
_NEVER_BEHIND = frozenset(("province", "region", "town", "road", "water", "numbered"))
_LEVELS = frozenset("省市区县镇乡")
_AMOUNT = re.compile(r"[0-9]+[^0-9A-Za-z]|.*[0-9][年月日班号点元万]")  # 18班幼儿园, 年8月起福满新城
_IN_NAME = re.compile(r"[\u4e00-\u9fff0-9A-Za-z·]")
_AND = frozenset("与和跟及同、/-")
_ROAD_ENDS = frozenset("路道街巷线速桥")
_CROSSING = re.compile("交叉|交汇|交会|交界|十字|路口|口")
_NUMBER = r"(?:[A-Za-z]?[0-9]{1,4}|[甲乙丙丁东西南北一二三四五六七八九十]{1,3})(?:[\-#][0-9A-Za-z]{1,4}){0,3}"
_UNITS = (
    r"(?:号院|号楼|号门(?![面口诊])|号(?![线公])|栋|幢|座(?!位|谈)|弄|巷|单元|门栋|门(?![口面诊前外])|室|楼(?![上下梯盘房道顶])|层|组(?![织成建])|队(?![伍员])"
    r"|区(?![别间域])|户(?![型主籍口]))"
)
_ROOM = r"[0-9]{3,4}(?:室|房|号)?(?![0-9年元块万户平米多])"
_AFTER = re.compile(
    rf"(?: ?[一二三四五六七八九十0-9]{{1,2}}期)?"
    rf"(?: ?[0-9]{{1,3}}-[0-9]{{1,2}}-{_ROOM}|(?: ?附?{_NUMBER}{_UNITS}){{1,5}}(?: ?{_ROOM})?)?"
    rf"(?:{either(section('places', 'tails'))}|口(?![岸味罩碑腔水粮]))?"
)
_HOUSE = re.compile(
    rf"(?<![A-Za-z0-9.\-])[A-Za-z]?[0-9]{{1,4}}(?:-[0-9]{{1,3}})?[栋幢座](?![位谈])(?:[一二三四0-9]{{1,2}}单元)?(?:{_ROOM})?"
    rf"|[一二三四五六七八九十]{{1,3}}[栋幢](?:[一二三四0-9]{{1,2}}单元(?:{_ROOM})?|{_ROOM})"  # 三栋 alone may as well be how many
)
_LINES = re.compile(
    r"(?:地铁|轻轨|轨道交通?)[0-9一二三四五六七八九十]{1,2}号线|(?<![0-9第一二三四五六七八九十])(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})号线"
    r"|(?<![A-Za-z0-9])[GSXgs][0-9]{1,4}(?:[\u4e00-\u9fff]{0,5}高速(?:公路)?|国道|省道|县道)?(?![A-Za-z0-9栋幢座单路线])|(?<![0-9])[0-9]{3}(?:国道|省道|县道)"
)


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Every place and department, as (kind, start, end); an address is one place, and a department's own region is part of its name."""
    yield from ((name.kind, name.start, name.end) for name in _joined(text, _names(text)))
    for pattern in (_HOUSE, _LINES):
        yield from (("place", *found.span()) for found in pattern.finditer(text))


def _names(text: str) -> list[Name]:
    """The single names, from left to right."""
    lexicon, at = _lexicon(), 0
    found: list[Name] = []
    wall = 0  # no name reaches back over it
    level = -2  # where a bare 市, 区, 县 stands: the beginning of 市住建局
    while at < len(text):
        word = _word(lexicon, text, at)
        if word is None:
            if not _IN_NAME.match(text, at):
                wall = at + 1
            at += 1
            continue
        end = at + len(word.text)
        if word.role == "stop":
            wall = end
        elif word.role == "name":
            found.append(Name("place", at, end, word.ending.family if word.ending else "name"))
            wall = end
        elif word.ending is not None:
            name = _name(text, wall, at, end, word.ending, found[-1] if found else None, level)
            if name is not None:
                if found and found[-1].start == name.start:
                    found.pop()
                found.append(name)
            level = at if name is None and word.text in _LEVELS else -2
            # what is no end may be part of a longer name: 中青社区, 站前路, 新城花园
            if name is not None or (len(word.text) > 1 and word.ending.family != "garden"):
                wall = end
        at = end
    return found


def _word(lexicon: dict[str, list[tuple[int, dict[str, Word]]]], text: str, at: int) -> Word | None:
    for length, words in lexicon.get(text[at], ()):
        word = words.get(text[at : at + length])
        if word is not None:
            return word
    return None


def _name(text: str, wall: int, at: int, end: int, ending: Ending, before: Name | None, level: int) -> Name | None:
    """The name that ends with the word at `at`; None where what stands before it is no name."""
    start = _start(text, max(wall, at - ending.most), at)
    if ending.family == "region" and (lettered := _LETTERED.search(text, start, at)) is not None:
        return Name("place", lettered.start(), end, "region")
    if start == at:
        if level == at - 1 and ending.kind == "department":
            return Name("department", level, end, ending.family)
        if before is not None and before.end == at and _extends(before, ending):
            return Name(ending.kind, at, end, ending.family)  # 星沙镇 + 政府, 南郡 + 小区
    if start < at and before is not None and before.end == start and before.family == "water":
        start = before.start  # 诺亚山 was only the beginning: 诺亚山林小区
    if _fits(text[start:at], ending, cut=ending.most > 0 and start > wall and start == at - ending.most):
        return Name(ending.kind, start, end, ending.family)
    return None


def _extends(before: Name, ending: Ending) -> bool:
    """Whether the word may stand right behind a whole name: 星沙镇 + 政府, 南郡明珠 + 小区, but 新星小区 + 路口 is no road."""
    if ending.kind == "department" or before.family in ("name", "water", "standing"):
        return before.kind == "place" or ending.family == "department"
    return before.kind == "place" and ending.family not in _NEVER_BEHIND


def _start(text: str, wall: int, at: int) -> int:
    """As far back as a name may reach, but not into the middle of a Latin word or number."""
    start = wall
    while (
        start < at and start and text[start].isascii() and text[start].isalnum() and text[start - 1].isascii() and text[start - 1].isalnum()
    ):
        start += 1
    return start


def _fits(body: str, ending: Ending, cut: bool) -> bool:
    """Whether these signs can be what stands before the ending. `cut`: they are only the end of a longer run, so no name."""
    if _LETTERED.match(body):
        return ending.family in ("village", "estate", "garden")
    if cut or len(body) < ending.least:
        return False
    if ending.family == "numbered":
        return _NUMBERED.match(body) is not None
    if body.isascii():
        return not body or (ending.least <= 1 and not body.isdigit())
    if _AMOUNT.match(body):
        return False
    if len(body) == 1 and ending.family == "school" and _NUMBERED.match(body):
        return False  # 上了一中学… is no school's name, 第一中学 is
    return not _NUMBERED.match(body) or ending.family in _TAKES_NUMBERS or (len(body) > 1 and body[0] in "一二三五七八")


def _joined(text: str, names: list[Name]) -> Iterator[Name]:
    """Neighbours as one: an address from the province down to the room; a region and the department of it."""
    whole: Name | None = None
    for name in names:
        if whole is not None and whole.kind == "place" and _bridged(text, whole, name):
            name = Name(name.kind, whole.start, name.end, name.family)
        elif whole is not None:
            yield whole
        if name.kind == "place" and (after := _AFTER.match(text, name.end)) is not None:
            name = Name("place", name.start, after.end(), name.family)
        whole = name
    if whole is not None:
        yield whole


def _bridged(text: str, left: Name, right: Name) -> bool:
    if right.end - left.start > LONGEST:
        return False
    gap = text[left.end : right.start]
    if left.family == right.family == "road":  # two roads are one place only where they cross
        return gap in _AND and _CROSSING.match(text, right.end) is not None and text[left.end - 1] in _ROAD_ENDS
    return not gap or (gap in (" ", "·") and right.kind == "place" and left.family in ("region", "name"))
