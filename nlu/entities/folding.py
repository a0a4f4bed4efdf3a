"""One way of writing for the recognisers, with the way back: full width, Traditional signs and digits of other scripts become
plain ones, invisible signs vanish, and every place in the plain text knows its place in the text as it was given."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from nlu.entities.words import section


@dataclass(frozen=True)
class Folded:
    """A text in its plain form. `places` is None where no sign vanished: then both texts have the same offsets."""

    given: str
    plain: str
    places: list[int] | None

    def start(self, at: int) -> int:
        """Where the sign at `at` of the plain text stands in the given one."""
        return at if self.places is None else self.places[at]

    def end(self, at: int) -> int:
        """Just behind the sign before `at`: what vanished after it is no part of a find."""
        return at if self.places is None else self.places[at - 1] + 1


class _Signs(dict[int, str]):
    """What becomes of each sign, filled as they are met. Always one sign or none, so that offsets stay simple."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = _plain(chr(code))
        return shown


def _plain(sign: str) -> str:
    if unicodedata.category(sign) == "Cf" or any(first <= sign <= last for first, last in _MARKS):
        return ""
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", sign)
    if len(folded) != 1:  # ㎡, ⑩: taken apart they would need a second kind of offset, and no recogniser gains by it
        return sign
    if folded.isdigit():  # ①, ²: no part of a number anybody dials
        return sign
    return " " if folded in " \t" or unicodedata.category(folded) == "Zs" else _SIMPLE.get(folded, folded)


_MARKS = (("\u0300", "\u036f"), ("\u20d0", "\u20f0"), ("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))  # over, around, behind a digit
_SIMPLE: dict[str, str] = {pair[0]: pair[1] for pair in section("simplified", "pairs")}
_SIGNS = _Signs()


def fold(text: str) -> Folded:
    """The plain form of a text, in time proportional to its length."""
    plain = text.translate(_SIGNS)
    if len(plain) == len(text):
        return Folded(text, plain, None)
    return Folded(text, plain, [place for place, sign in enumerate(text) if _SIGNS[ord(sign)]])
