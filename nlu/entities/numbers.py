"""Telephone, identity and bank numbers, plates, case and ticket numbers. All on plain text (see folding.py).

Each pattern is a run without a choice of ways, or bounded, so that a hostile text costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from nlu.entities.words import either, section

Span = tuple[str, int, int]  # kind, start, end

_SEPARATORS = r" \-\u2010\u2011\u2013\u2014\u2212.\u00b7\u30fb"
_RUN = re.compile(rf"(?<![0-9])\+?[0-9](?:[{_SEPARATORS}]?[0-9])+(?:[{_SEPARATORS}]?[xX](?![A-Za-z]))?")
_PIECE = re.compile(r"[^ ]+")
_STRAIGHT = re.compile(r"[0-9]{11,}[xX]?")
_CARD_GROUPS = re.compile(rf"(?:[0-9]{{4}}[{_SEPARATORS}]){{3}}[0-9]{{4}}(?:[{_SEPARATORS}]?[0-9]{{1,3}})?")
_MOBILE = re.compile(r"(?:(?:\+|00|0)?86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(
    rf"0(?:10|2[0-9]|[3-9][0-9]{{2}})[{_SEPARATORS}]?[1-9][0-9]{{2,3}}[{_SEPARATORS}]?[0-9]{{4}}(?:[{_SEPARATORS}][0-9]{{1,6}})?"
)
_AREA_IN_BRACKETS = re.compile(rf"\(0(?:10|2[0-9]|[3-9][0-9]{{2}})\)[{_SEPARATORS}]?[1-9][0-9]{{2,3}}[{_SEPARATORS}]?[0-9]{{4}}(?![0-9])")
_FREE = re.compile(rf"[48]00(?:[{_SEPARATORS}]?[0-9]){{7}}")
_SERVICE = re.compile(r"123[0-9]{2}|95[0-9]{3}|96110|100(?:86|10|00|85|01)|1008[0-9]{2}|11185|11183")
_EMERGENCY = frozenset(("110", "112", "114", "119", "120", "122"))
_SERVICE_IF_CALLED = re.compile(r"9[56][0-9]{3,4}")
_LOCAL = re.compile(r"[2-9][0-9]{2,3}[ \-]?[0-9]{4}")
_UNIT = re.compile(rf" ?(?:{either(section('numbers', 'units'))}|%|[A-Za-z])")
_CALL_BEFORE = re.compile(rf"(?:{either(section('numbers', 'call_before'))})[:是为了个的通过 ]{{0,3}}$")
_LOCAL_BEFORE = re.compile(rf"(?:{either(section('numbers', 'local_before'))})[:是为 ]{{0,3}}$")
_CALL_AFTER = re.compile(rf"[ 的]?(?:{either(section('numbers', 'call_after'))})")

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER, _SIGN = "[A-HJ-NP-Za-hj-np-z]", "[A-HJ-NP-Za-hj-np-z0-9]"
_PLATE = re.compile(
    rf"[{_PROVINCES}]{_LETTER}[·.\- ]?(?:(?:[0-9]{{5}}[A-Ka-k]|[A-Ka-k]{_SIGN}[0-9]{{4}}|{_SIGN}{{5}})(?![A-Za-z0-9])"
    rf"|{_SIGN}{{4}}[警学挂港澳领试超])|WJ[{_PROVINCES}]?[0-9]{{4,5}}[A-Z]?|(?<![0-9])[0-9]{{6}}使|使[0-9]{{6}}(?![0-9])"
)

_OPEN, _CLOSE = r"[(〔\[【]", r"[)〕\]】]"
_COURT = re.compile(
    rf"{_OPEN}(?:19|20)[0-9]{{2}}{_CLOSE} ?[\u4e00-\u9fff]{{1,4}}[0-9]{{0,5}}[\u4e00-\u9fff]{{1,6}}第?[0-9]{{1,7}}号"
    r"(?:之[一二三四五六七八九十]{1,2})?"
)
_PAPER = re.compile(rf"[{''.join(section('numbers', 'paper_signs'))}]{{2,16}}{_OPEN}(?:19|20)[0-9]{{2}}{_CLOSE} ?第?[0-9]{{1,7}}号")
_NAMED = re.compile(
    rf"(?:{either(section('numbers', 'case_words'))})(?:{either(section('numbers', 'case_number_words'))})"
    r"[是为: 「“\"(]{0,3}([A-Za-z0-9][A-Za-z0-9\-]{4,31})(?![A-Za-z0-9\-])"
)

_TICKET = re.compile(r"(?<![0-9A-Za-z])20[0-9]{6} ?- ?[0-9]{6,9}(?![0-9])")
_CODE_SIGN = "[2-9A-HJ-NP-Za-hj-np-z]"
_FOUR = f"{_CODE_SIGN}{{4}}"
_CODE = re.compile(rf"(?<![0-9A-Za-z\-]){_FOUR}(?P<between>[\- ]?){_FOUR}(?P=between){_FOUR}(?P=between){_FOUR}(?![0-9A-Za-z\-])")

_FIRST_AREAS = {1: range(1, 6), 2: range(1, 4), 3: range(1, 8), 4: range(1, 7), 5: range(5), 6: range(1, 6), 7: (1,), 8: range(1, 4)}
_AREAS = frozenset(f"{tens}{ones}" for tens, all_ones in _FIRST_AREAS.items() for ones in all_ones)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FIRST_YEAR, _LAST_YEAR = 1880, 2100


def spans(text: str) -> Iterator[Span]:
    """Every number that can be read, as (kind, start, end); they may overlap."""
    if not any(sign in text for sign in "0123456789"):
        yield from _codes(text)
        return
    for run in _RUN.finditer(text):
        yield from _in_run(text, run.start(), run.end())
    yield from (("plate", *found.span()) for found in _PLATE.finditer(text) if any(sign.isdigit() for sign in found[0]))
    for kind, pattern in (("phone", _AREA_IN_BRACKETS), ("case_number", _COURT), ("case_number", _PAPER)):
        yield from ((kind, found.start(), found.end()) for found in pattern.finditer(text))
    yield from (("case_number", *found.span(1)) for found in _NAMED.finditer(text) if any(sign.isdigit() for sign in found[1]))
    yield from (("ticket_number", *found.span()) for found in _TICKET.finditer(text) if _is_day(found[0][:8]))
    yield from _codes(text)


def _codes(text: str) -> Iterator[Span]:
    """Query codes: four groups of four letters and digits. Without a digit only the dashes and capitals tell them from words."""
    for found in _CODE.finditer(text):
        digits = any(sign.isdigit() for sign in found[0])
        if not found[0].isdigit() and (digits or (found["between"] == "-" and found[0].isupper())):
            yield "ticket_number", *found.span()


def _in_run(text: str, start: int, end: int) -> Iterator[Span]:
    """What a run of digits and separators is; of several numbers in a row, what each is."""
    kind = _kind(text, start, end)
    if kind:
        yield kind, start, end
        return
    run = text[start:end]
    pieces = list(_PIECE.finditer(run))
    for piece in pieces if len(pieces) > 1 else ():
        yield from _in_run(text, start + piece.start(), start + piece.end())
    if len(pieces) == 1:
        for part in _STRAIGHT.finditer(run):
            if part.span() != (0, len(run)) and (kind := _long(part[0], part[0])):
                yield kind, start + part.start(), start + part.end()


def _kind(text: str, start: int, end: int) -> str:
    written = text[start:end]
    if end - start > 40:
        return ""
    digits = "".join(sign for sign in written.upper() if sign in "+0123456789X")
    if len(digits) >= 10:
        return _long(digits, written)
    return "phone" if _short(text, start, end, written) else ""


def _long(digits: str, written: str) -> str:
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(written) or _FREE.fullmatch(written):
        return "phone"
    if is_identity(digits):
        return "id_card"
    whole = " " not in written or _CARD_GROUPS.fullmatch(written) is not None
    return "bank_card" if whole and is_bank_card(digits) else ""


def _short(text: str, start: int, end: int, written: str) -> bool:
    """Service numbers; those that may as well be an amount, and local numbers, only where somebody is called."""
    if start and (text[start - 1].isascii() and (text[start - 1].isalnum() or text[start - 1] in "./#")):
        return False
    if _UNIT.match(text, end):
        return False
    if _SERVICE.fullmatch(written):
        return True
    if _LOCAL.fullmatch(written):
        return _LOCAL_BEFORE.search(text, max(0, start - 8), start) is not None
    if written not in _EMERGENCY and not _SERVICE_IF_CALLED.fullmatch(written):
        return False
    return _CALL_BEFORE.search(text, max(0, start - 12), start) is not None or (
        written in _EMERGENCY and _CALL_AFTER.match(text, end) is not None
    )


def is_identity(digits: str) -> bool:
    """Whether these are an identity number (GB 11643): 18 signs with a true check sign, or the 15 digits of before 1999."""
    if len(digits) == 15 and digits.isdigit():
        return digits[:2] in _AREAS and _is_day("19" + digits[6:12])
    if len(digits) != 18 or not digits[:17].isdigit() or digits[:2] not in _AREAS or not _is_day(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == digits[17].upper()


def is_bank_card(digits: str) -> bool:
    """Whether these are a bank card's number: 16 to 19 digits of a bank's range whose last one proves the others (Luhn, ISO/IEC 7812)."""
    if not 16 <= len(digits) <= 19 or not digits.isdigit() or digits[0] not in "34569":
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_day(digits: str) -> bool:
    try:
        return _FIRST_YEAR <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= _LAST_YEAR
    except ValueError:
        return False
