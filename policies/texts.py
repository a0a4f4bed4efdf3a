"""Lengths and splitting of texts in the units platforms count in."""

import unicodedata

UNITS = frozenset({"characters", "bytes", "utf16", "gbk_half"})
_STOPS = frozenset("。！？!?；;…\n")
_PAUSES = frozenset("，、,：:）)】」』” \t\u3000")
_ZWJ = "\u200d"


def length(text: str, unit: str) -> int:
    """The length of a text in `unit`; half units count as whole ones at the end. Raises ValueError for an unknown unit.

    characters: Unicode code points. bytes: UTF-8. utf16: UTF-16 code units (an emoji is 2). gbk_half: bytes in GB18030 divided
    by two, rounded up, so a Chinese character is 1 and a letter a half; what GBK itself does not have (emoji, rare characters)
    takes GB18030's four bytes and so counts 2. A lone surrogate, which no encoding has, counts as the character replacing it.
    """
    return -(-_cost(text, unit) // (2 if unit == "gbk_half" else 1))


def split(text: str, limit: int, unit: str) -> list[str]:
    """The text in parts of at most `limit` units, each as long as it can be while ending at a sentence, else at a pause, else at a word.

    White space at the ends of parts is dropped, nothing else; an empty text has no parts. A letter and its accents, or an emoji
    made of several, stay together where they fit. Raises ValueError for an unknown unit or a limit under 4, which not every
    single character fits.
    """
    if limit < 4:
        raise ValueError("a limit under 4 cannot hold every character")
    budget = limit * 2 if unit == "gbk_half" else limit
    costs = [_cost(sign, unit) for sign in text]
    parts, start = [], 0
    while start < len(text):
        end = _reach(costs, start, budget)
        if end < len(text):
            end = start + _cut(text[start : end + 1])
        parts.append(text[start:end].strip())
        start = end
    return [part for part in parts if part]


def _cost(text: str, unit: str) -> int:
    """The length in the unit's smallest piece: bytes for gbk_half."""
    if unit == "characters":
        return len(text)
    whole = "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    if unit == "bytes":
        return len(whole.encode())
    if unit == "utf16":
        return len(whole.encode("utf-16-le")) // 2
    if unit == "gbk_half":
        return len(whole.encode("gb18030"))
    raise ValueError("unknown unit of length")


def _reach(costs: list[int], start: int, budget: int) -> int:
    """The furthest end at which the part from `start` still fits."""
    end = start
    while end < len(costs) and costs[end] <= budget:
        budget -= costs[end]
        end += 1
    return end


def _cut(window: str) -> int:
    """Where to end a part; `window` is all that fits and one character more. At least 1."""
    most = len(window) - 1
    for signs, least in ((_STOPS, most // 2), (_PAUSES, most // 2)):
        for end in range(most, max(least, 1) - 1, -1):
            if window[end - 1] in signs and window[end] not in signs and not _together(window[end - 1], window[end]):
                return end
    for end in range(most, 0, -1):
        if not _together(window[end - 1], window[end]):
            return end
    return most


def _together(left: str, right: str) -> bool:
    """Whether two neighbours should not be parted: one word or address, a letter and its accent, parts of one emoji."""
    if unicodedata.combining(right) or right in "\ufe0e\ufe0f" or _ZWJ in (left, right) or "\U0001f3fb" <= right <= "\U0001f3ff":
        return True
    return "!" <= left <= "~" and "!" <= right <= "~"
