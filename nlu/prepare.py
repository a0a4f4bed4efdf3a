"""Make any text safe to hand to Rasa.

Rasa reads a text that starts with `/` as an intent spelled out, which would let a citizen choose how they are understood,
and takes 0.7 s for 100,000 characters.
"""

import unicodedata

MAX_CHARS = 2000
SLASHES = frozenset("/／⁄∕⧸╱⟋\\＼")


def prepare(text: str, max_chars: int = MAX_CHARS) -> str:
    """The text on one line, without control and invisible characters and without leading slashes, at most `max_chars` long.

    May be empty.
    """
    words = " ".join(text[: max_chars * 4].translate(_MARKS).split())
    start = 0
    while start < len(words) and (words[start] in SLASHES or words[start].isspace()):
        start += 1
    return words[start : start + max_chars]


class _Marks(dict[int, str]):
    """What becomes of each character, filled as they are met: a text of a thousand characters then costs microseconds."""

    def __missing__(self, code: int) -> str:
        mark = chr(code)
        category = unicodedata.category(mark)
        shown = " " if mark.isspace() or category == "Cc" else "" if category in ("Cf", "Cs", "Co", "Cn") else mark
        self[code] = shown
        return shown


_MARKS = _Marks()
