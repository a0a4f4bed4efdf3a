"""Masking of personal data 脱敏 for public pages and logs (facts 4.15, 4.16). One pass, linear in the length of the text.

`mask` is for people who read, `mask_for_training` (policies/neutral.py) for text a model learns from.
Masked rather too much than too little: a long number that is none of the known kinds keeps its last four digits only.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from policies.neutral import mask_for_training
from policies.rulepack import read, values
from policies.signs import BLANKS, SEPARATORS, untorn

__all__ = ["Spot", "mask", "mask_for_training", "mask_name", "spots"]

_NUMBER = re.compile(rf"\+?\d(?:[{SEPARATORS}]?\d){{9,}}(?:[{SEPARATORS}]?[xXｘＸ](?![A-Za-z]))?")
_SPACES = re.compile(rf"[{BLANKS}]")
_BETWEEN_SPACES = re.compile(rf"[^{BLANKS}*]+")
_CARD_GROUPS = re.compile(rf"(?:\d{{4}}[{SEPARATORS}]){{3}}\d")
_MOBILE = re.compile(rf"1[{SEPARATORS}]?[3-9](?:[{SEPARATORS}]?\d){{9}}")
_MOBILE_ALONE = re.compile(rf"(?<!\d){_MOBILE.pattern}(?!\d)")
_AREA_IN_BRACKETS = re.compile(rf"[(（]\d{{3,4}}[)）][{SEPARATORS}]?\d{{3,4}}[{SEPARATORS}]?\d{{4}}(?!\d)")
_EXTENSION = re.compile(rf"(0(?:10|2\d|[3-9]\d\d)[{SEPARATORS}]?\d{{3,4}}[{SEPARATORS}]?\d{{4}})[{SEPARATORS}]\d{{1,6}}")
_CALLED = "电话|電話|座机|座機|固话|固話|热线|熱線|致电|致電|拨打|撥打|联系方式|聯繫方式|联系方式|传真|傳真|总机|總機"
_LOCAL = re.compile(rf"({_CALLED})([:：是为為{BLANKS}]{{0,3}})(\d{{3,4}}[{SEPARATORS}]?\d{{4}})(?![\d元万块])")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})\d{7,8}")
_MOBILE_WITH_COUNTRY = re.compile(r"(?:00|0|\+)?86(1[3-9]\d{9})")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(rf"\d{{6}}(?:(?:18|19|20)\d{{2}}{_DAY}\d{{3}}[\dX]|\d{{2}}{_DAY}\d{{3}})|\d{{17}}X")  # 18 or 15 digits, GB 11643
_MAIL = re.compile(r"([A-Za-z0-9._%+\-]+)([@＠][A-Za-z0-9\-]+(?:[.．][A-Za-z0-9\-]+)+)?")
_COMPOUND_SURNAMES: frozenset[str] = frozenset(values(read("surnames"))["compound"])


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a text that `mask` would change. `kind`: mobile, landline, identity, card, number (long, of no known kind), mail."""

    kind: str
    start: int
    end: int
    digits: str  # without separators; of a mail address, the address


def mask(text: str) -> str:
    """The text with mobiles (3+4*+4), landlines, identity numbers (2+13*+3), bank cards (last 4) and e-mail addresses masked.

    A number without an area code is one where somebody is called on it. Public service numbers (12345, 400-…) stay. Digits of any
    script and the usual separators are seen through; a masked number is written without its separators.
    """
    whole = _AREA_IN_BRACKETS.sub(_with_area, _MAIL.sub(_mail, untorn(text)))
    return _LOCAL.sub(_local, _NUMBER.sub(lambda found: _number(found.group()), whole))


def spots(text: str) -> tuple[Spot, ...]:
    """Where `mask` would change the text, in the order of the text, none within another."""
    whole = untorn(text)
    places = _places(text, whole)
    found: list[Spot] = []
    for kind, start, end, digits in sorted(_marked(whole), key=lambda one: (one[1], -one[2])):
        if not found or places[start] >= found[-1].end:
            found.append(Spot(kind, places[start], places[end - 1] + 1, digits))
    return tuple(found)


def _places(text: str, whole: str) -> list[int]:
    """Where each sign of `whole` stands in `text`, of which it is what is left."""
    if text == whole:
        return list(range(len(text)))
    places, at = [], 0
    for sign in whole:
        at = text.index(sign, at)
        places.append(at)
        at += 1
    return places


def _marked(whole: str) -> Iterator[tuple[str, int, int, str]]:
    for found in _MAIL.finditer(whole):
        if found[2]:
            yield "mail", found.start(), found.end(), found.group()
    for found in _AREA_IN_BRACKETS.finditer(whole):
        if _known(_plain(found.group())):
            yield "landline", found.start(), found.end(), _plain(found.group())
    for found in _LOCAL.finditer(whole):
        yield "landline", found.start(3), found.end(3), _plain(found[3])
    for found in _NUMBER.finditer(whole):
        for start, end in _numbers(found.group()):
            written = found.group()[start:end]
            yield _kind(written), found.start() + start, found.start() + end, _plain(written).lstrip("+")


def _numbers(written: str) -> list[tuple[int, int]]:
    """The numbers in a run of digits and separators that would be masked: the run itself, or those between its blanks."""
    if _number(written) == _narrow(written):
        return []
    within = [
        (found.start(), found.end()) for found in _BETWEEN_SPACES.finditer(written) if _number(found.group()) != _narrow(found.group())
    ]
    alone = bool(_known(_plain(written))) or not _SPACES.search(written)
    return [(0, len(written))] if alone or not within else within


def _kind(written: str) -> str:
    digits = _plain(written).lstrip("+")
    if _IDENTITY.fullmatch(digits):
        return "identity"
    if _LANDLINE.fullmatch(digits) or _EXTENSION.fullmatch(_narrow(written)):
        return "landline"
    if _MOBILE_WITH_COUNTRY.fullmatch(digits) or _MOBILE.search(_narrow(written)):
        return "mobile" if len(digits) < 15 else "number"
    return "card" if 15 <= len(digits) <= 19 and (digits.startswith("62") or (digits[0] in "3456" and _checks(digits))) else "number"


def _checks(digits: str) -> bool:
    """Whether the last digit is the one bank cards have there (ISO/IEC 7812-1, Luhn)."""
    if not digits.isdigit():
        return False
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(digits))]
    return sum(one // 10 + one % 10 for one in doubled) % 10 == 0


def mask_name(name: str) -> str:
    """A name with all but the surname hidden; of a nickname, all but its first character."""
    name = name.strip()
    kept = 2 if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES else 1
    return name[:kept] + "*" * min(max(len(name) - kept, 1), 3) if name else ""


def _mail(found: re.Match[str]) -> str:
    local, domain = found.groups()
    return f"{local[0]}***{domain}" if domain else local


def _number(written: str) -> str:
    """A run of digits and separators, masked. Several numbers with spaces between them are looked at one by one."""
    with_extension = _EXTENSION.fullmatch(_narrow(written))
    known = _known(_plain(with_extension[1] if with_extension else written))
    if known:
        return known
    digits = _plain(written).lstrip("+")
    if len(digits) >= 15 and (_CARD_GROUPS.match(written) or not _SPACES.search(written)):
        return _keep(digits, 0, 4)
    if _SPACES.search(written):
        rest = _MOBILE_ALONE.sub(_mobile, _narrow(written))
        return _BETWEEN_SPACES.sub(lambda found: _number(found.group()), rest)
    return _MOBILE.sub(_mobile, _narrow(written))


def _mobile(found: re.Match[str]) -> str:
    return _keep(_plain(found.group()), 3, 4)


def _with_area(found: re.Match[str]) -> str:
    return _known(_plain(found.group())) or found.group()


def _local(found: re.Match[str]) -> str:
    before, between, number = found.groups()
    return before + between + _keep(_plain(number), 2, 2)


def _known(digits: str) -> str:
    """The masked form of a number whose kind its digits tell, else ""."""
    if (mobile := _MOBILE_WITH_COUNTRY.fullmatch(digits)) is not None:
        return _keep(mobile[1], 3, 4)
    digits = digits.lstrip("+")
    if _IDENTITY.fullmatch(digits):
        return _keep(digits, 2, 3)
    if _LANDLINE.fullmatch(digits):
        return _keep(digits, 3 if digits[1] in "12" else 4, 2)
    return ""


def _narrow(written: str) -> str:
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in written)


def _plain(written: str) -> str:
    """Digits as ASCII, without separators; a leading + and a closing X stay."""
    return "".join(sign for sign in _narrow(written).upper().replace("Ｘ", "X") if sign in "0123456789X+")


def _keep(digits: str, first: int, last: int) -> str:
    return digits[:first] + "*" * (len(digits) - first - last) + digits[len(digits) - last :]
