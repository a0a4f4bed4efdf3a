"""Reading a reply before it is sent 用语检查: empty, cold, beside the question, or carelessly public (facts 1.24, 3.10, 4.15).

Pure: everything it must know of the office is in `Office`, of the question in `asked`. The words and numbers, with their sources
and what they do on real replies, are data: rulepacks/wording.toml, docs/answering.md.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from policies.masking import spots
from policies.rulepack import read, values

_PACK: Mapping[str, Any] = values(read("wording"))
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_NUMERAL = r"[0-9０-９一二三四五六七八九十两半]{1,4}"
_WHEN = re.compile(
    rf"{_NUMERAL}\s*月(\s*{_NUMERAL}\s*[日号]|底|初|中旬|上旬|下旬|份)|{_NUMERAL}\s*个?(工作日|自然日|小时|分钟|天|日内|周|星期|个?月)"
    r"|\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|今[天日晚]|明[天日晚]|后天|本周|下周|周[一二三四五六日]|本月|下月|月底|年底|年内|季度"
)
_NUMBER_TO_CALL = re.compile(r"\d{3,5}(?:[-—－ ]?[\d*]{3,8})+|(?<!\d)1\d{2,4}(?!\d)|https?://|www\.")
_PLACE_TO_GO = re.compile(r"[路街道巷号楼室厅镇乡村]|窗口|大厅|中心|公众号|小程序|网站|官网")
_ASKED_OF_CITIZEN = re.compile(r"(请|敬请|建议|希望|麻烦|烦请)(您|你|大家|业主|家长)?$")
_BLANK = re.compile(r"[{｛][^{}｛｝\n]{1,30}[}｝]|[Xx×＿_]{3,}|[〔\[【]\s*(?:请?填写|待填|姓名|电话|日期)[^〕\]】]{0,10}[〕\]】]")
_COURTESIES = tuple(re.compile(pattern, re.M) for pattern in _PACK["substance"]["courtesies"])
_BODY = re.compile(rf"[\u4e00-\u9fff]{{2,14}}?(?:{'|'.join(sorted(_PACK['departments']['suffixes'], key=len, reverse=True))})")
_OUR_OFFICE = re.compile(r"(我|本|该|贵|此)(单位|[局委厅办])")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_ENDS_OF_NAMES = "局委厅办院处会部"
_BEFORE_NAMES = "省市县区州旗镇乡我本由向到找请给经让至在的是与往询系"
SHORT = 4  # signs: names this short are like many others
_RENAMED: Mapping[str, str] = _PACK["departments"]["renamed"]
_OLD_NAME = re.compile("|".join(sorted(map(re.escape, _RENAMED), key=len, reverse=True)))


class Level(StrEnum):
    """What a finding does: a warning costs one more click, a stop cannot be sent."""

    WARN = "warn"
    STOP = "stop"


LEVELS: Mapping[str, Level] = {code: Level(level) for code, level in _PACK["level"].items()}
"""Every code a finding can have, with its level."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: where it stands in the text (0, 0: the text as a whole), and `hint`, the better word where there is one."""

    code: str
    start: int = 0
    end: int = 0
    excerpt: str = ""
    hint: str = ""

    @property
    def level(self) -> Level:
        return LEVELS[self.code]


@dataclass(frozen=True, slots=True)
class Office:
    """What the check knows of the office: names in use (departments, accounts), names no longer in use, numbers that are public."""

    names: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    public_numbers: frozenset[str] = frozenset()  # digits only: duty telephones and the like
    own: str = ""  # the department that answers
    said_by_citizen: str = field(default="")  # all the citizen wrote: a landline or address of theirs is not ours to repeat


def findings(text: str, asked: str, office: Office = Office()) -> tuple[Finding, ...]:
    """Everything to look at before `text` goes to the citizen who wrote `asked`, stops first, then in the order of the text."""
    found = [
        *_personal(text, office),
        *_blanks(text),
        *_departments(text, office),
        *_empty(text, office),
        *_cold(text, office),
        *_contact(text),
        *_as_a_whole(text, asked),
    ]
    return tuple(sorted(found, key=lambda one: (one.level != Level.STOP, one.start, one.code)))


def substance(text: str) -> str:
    """What is left of a reply without greetings, thanks and the usual phrases: only signs that say something."""
    for pattern in _COURTESIES:
        text = pattern.sub("", text)
    return "".join(sign for sign in text if sign.isalnum())


def overlap(asked: str, text: str) -> float:
    """Share of the question's pairs of characters (but for those any question has) that come back in the reply, 0..1.

    Numbers and names in letters (of three signs and more) count as pairs of their own.
    1.0 where the question is too short to compare, or in another script.
    """
    if sum(map(len, _HAN.findall(asked))) < _PACK["overlap"]["asked_least"]:
        return 1.0
    wanted = _pairs(asked)
    return len(wanted & _pairs(text)) / len(wanted) if wanted else 1.0


def _pairs(text: str) -> set[str]:
    common = set(_PACK["overlap"]["common"])
    han = {run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)} - common
    return han | {run.upper() for run in re.findall(r"[A-Za-z0-9]{3,}", text)}


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    return ((found.start(), found.group()) for found in _SENTENCE.finditer(text))


def _within(text: str, words: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Each of the words in the text: where it stands, the word, and its sentence."""
    for start, sentence in _sentences(text):
        for word in words:
            at = sentence.find(word)
            if at >= 0:
                yield start + at, word, sentence


def _personal(text: str, office: Office) -> Iterator[Finding]:
    theirs = {spot.digits for spot in spots(office.said_by_citizen)}
    for spot in spots(text):
        if spot.digits in office.public_numbers:
            continue
        if spot.kind in ("landline", "mail") and spot.digits not in theirs:
            continue  # an office's own number or address: that is what a reply is for
        code = "long_number" if spot.kind == "number" and spot.digits not in theirs else "personal"
        yield Finding(code, spot.start, spot.end, text[spot.start : spot.end], spot.kind)


def _blanks(text: str) -> Iterator[Finding]:
    return (Finding("blank", found.start(), found.end(), found.group()) for found in _BLANK.finditer(text))


def _departments(text: str, office: Office) -> Iterator[Finding]:
    """Names that are no longer right, and names that are almost one of ours."""
    seen: set[int] = set()
    ours = [(found.start(), found.end()) for name in office.names if name for found in re.finditer(re.escape(name), text)]
    old = re.compile("|".join(sorted(map(re.escape, office.former), key=len, reverse=True))) if office.former else None
    for pattern, known in ((old, {}), (_OLD_NAME, _RENAMED)):
        for found in pattern.finditer(text) if pattern else ():
            if found.start() in seen or _covered(found.span(), ours) or not _stands_alone(text, found.start()):
                continue
            seen.add(found.start())
            yield Finding("department_gone", found.start(), found.end(), found.group(), known.get(found.group(), ""))
    for found in _BODY.finditer(text):
        like = _like(found.group(), office)
        if like and not _covered(found.span(), ours) and found.start() not in seen:
            yield Finding("department_like", found.start(), found.end(), found.group(), like)


def _covered(span: tuple[int, int], ours: Collection[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in ours)


def _stands_alone(text: str, at: int) -> bool:
    """Whether a name begins here, and is not the end of a longer one: 文化和旅游局 is none of the old 旅游局, and 原环保局 is meant."""
    before, two = text[at - 1 : at], text[max(0, at - 2) : at]
    if before in ("和", "与", "及"):
        return bool(two) and two[0] in _ENDS_OF_NAMES
    return before in _BEFORE_NAMES or not _HAN.fullmatch(before)


def _like(name: str, office: Office) -> str:
    """Our name that this one nearly is; "" where it is one of ours, or none. A district's office is not its neighbour's."""
    if any(name.endswith(one) for one in office.names if one):
        return ""
    for one in sorted(office.names):
        tail = name[-len(one) :] if len(one) > SHORT else ""
        alike = len(tail) == len(one) and tail[:2] == one[:2] and tail[-1] == one[-1]
        if alike and difflib.SequenceMatcher(None, tail, one).ratio() >= _PACK["departments"]["like"]:
            return one
    return ""


def _empty(text: str, office: Office) -> Iterator[Finding]:
    for at, word, sentence in _within(text, _PACK["empty_when"]["words"]):
        before = sentence[: sentence.find(word)]
        if not _WHEN.search(sentence) and not _ASKED_OF_CITIZEN.search(before):
            yield Finding("empty_when", at, at + len(word), word)
    for at, word, sentence in _within(text, _PACK["empty_who"]["words"]):
        if not _names_somebody(sentence.replace(word, ""), office):
            yield Finding("empty_who", at, at + len(word), word)
    slogans = list(_within(text, _PACK["slogan"]["words"]))
    if len(slogans) >= _PACK["slogan"]["most"]:
        at, word, _ = slogans[0]
        yield Finding("slogan", at, at + len(word), "、".join(dict.fromkeys(word for _, word, _ in slogans)))


def _names_somebody(sentence: str, office: Office) -> bool:
    return any(name in sentence for name in office.names if len(name) > 1) or any(_bodies(sentence))


def _bodies(text: str) -> list[str]:
    """What looks like the name of an office, but for "our office"."""
    return [found.group() for found in _BODY.finditer(text) if not _OUR_OFFICE.search(found.group())]


def _cold(text: str, office: Office) -> Iterator[Finding]:
    for at, word, _ in _within(text, _PACK["cold"]["words"]):
        yield Finding("cold", at, at + len(word), word)
    for at, word, sentence in _within(text, _PACK["cold"]["not_ours"]):
        competent = text[text.find(sentence) :]
        if ("职责" in sentence or "管辖" in sentence or "范围" in sentence) and not _points_on(competent, office):
            yield Finding("cold", at, at + len(word), sentence.strip()[:30])


def _points_on(text: str, office: Office) -> bool:
    """Whether a reply that says "not ours" says whose it is."""
    bodies = _bodies(text)
    others = [name for name in office.names if name != office.own and len(name) > 1 and name in text]
    return bool(others) or any(office.own not in name or not office.own for name in bodies) or bool(_NUMBER_TO_CALL.search(text))


def _contact(text: str) -> Iterator[Finding]:
    for at, word, _ in _within(text, _PACK["contact"]["asks"]):
        enough = _NUMBER_TO_CALL.search(text) or (("前往" in word or "窗口" in word or "来我" in word) and _PLACE_TO_GO.search(text[at:]))
        if not enough:
            yield Finding("no_contact", at, at + len(word), word)
            return


def _as_a_whole(text: str, asked: str) -> Iterator[Finding]:
    left = substance(text)
    passed_on = next((word for word in _PACK["passed_on"]["words"] if word in text), "")
    if passed_on and len(left) < _PACK["substance"]["passed_on_least"] and not _explains(text):
        at = text.find(passed_on)
        yield Finding("only_passed_on", at, at + len(passed_on), passed_on)
    elif len(left) < _PACK["substance"]["least"] and not _explains(text):
        yield Finding("too_short", excerpt=str(len(left)))
    elif overlap(asked, text) < _PACK["overlap"]["least"]:
        yield Finding("beside")


def _explains(text: str) -> bool:
    """Whether there is a reason or a date besides the passing on."""
    ours = "".join(sentence for _, sentence in _sentences(text) if not re.fullmatch(r"\W*\d{4}\s*年\s*\d+\s*月\s*\d+\s*日\W*", sentence))
    dated = _WHEN.search(re.sub(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*$", "", ours.strip()))
    return bool(dated) or any(word in text for word in _PACK["reasons"]["words"])
