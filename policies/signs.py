"""How people write the digits of a number apart: blanks, dashes, dots, and signs that cannot be seen."""

import re

BLANKS = r" \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
SEPARATORS = BLANKS + r"\-\u2010\u2011\u2013\u2014\u2212\ufe31\ufe32\ufe58\ufe63\uff0d.\u2024\ufe52\uff0e\u00b7\u0387\u30fb\uff65"
_UNSEEN = (  # signs nobody sees, with which a number can be torn apart: format characters, combining marks, the frames of key-cap emoji
    r"\u00ad\u0300-\u036f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u20d0-\u20f0"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e01ef"
)
_TORN = re.compile(rf"(?<=[\d{SEPARATORS}+()（）])[{_UNSEEN}]+(?=[\d{SEPARATORS}()（）xXｘＸ])")


def untorn(text: str) -> str:
    """The text without the unseen signs that stand within numbers; everywhere else (emoji, other scripts) they stay."""
    return _TORN.sub("", text)
