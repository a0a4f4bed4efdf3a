"""The automatic answers to citizens. A citizen's own words never go into them, and what goes in is never read as a template again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policies.calendar import SHANGHAI
from policies.rulepack import read
from policies.texts import length

_PACK: dict[str, Any] = dict(read("answers"))
_FIELD = re.compile(r"\{(number|query_url|deadline_text|department|answer|source)\}")
_DISPENSABLE = "~"
_WEEKDAYS = {"zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}

KEYS: frozenset[str] = frozenset(_PACK)
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Room:
    """How much one message to this citizen may hold, in a unit of policies.texts."""

    most: int
    unit: str


def answer_text(
    key: str,
    lang: str,
    *,
    number: str,
    query_url: str,
    deadline_text: str,
    department: str,
    answer: str = "",
    source: str = "",
    room: Room | None = None,
) -> str:
    """The automatic answer of this key ("ack_question", …), ready to send; "" for no key or one the pack does not know.

    `answer` and `source` are of the knowledge base, for "knowledge_answer".

    A line whose field is empty is left out, so that nobody reads "by :" where there is no time yet. Any language but "en" is Chinese.

    What does not fit into `room` loses, one after another from the end, the lines the pack marks as dispensable ("~"), then the end of the
    department's name: a receipt that says less arrives, one that is too long is refused by the platform. An `answer` or `source` that
    is itself too long for the room is the caller's to refuse.
    """
    entry = _PACK.get(key)
    if entry is None:
        return ""
    given = {"number": number, "query_url": query_url, "deadline_text": deadline_text, "department": department}
    given |= {"answer": answer, "source": source}
    template: str = entry["en" if lang == "en" else "zh"]
    lines = [line for line in template.strip().splitlines() if all(given[name] for name in _FIELD.findall(line))]
    text = _filled(lines, given)
    while room and length(text, room.unit) > room.most:
        if dispensable := [place for place, line in enumerate(lines) if line.startswith(_DISPENSABLE)]:
            del lines[dispensable[-1]]
        elif len(given["department"]) > 1:
            given["department"] = given["department"].rstrip("…")[:-1] + "…"
        else:
            break
        text = _filled(lines, given)
    return text


def _filled(lines: Sequence[str], given: Mapping[str, str]) -> str:
    return "\n".join(_FIELD.sub(lambda found: given[found[1]], line.removeprefix(_DISPENSABLE)) for line in lines)


def deadline_in_words(deadline: datetime, lang: str) -> str:
    """A deadline as citizens read it, in Asia/Shanghai: "11月24日（周二）17:30" or "Tue 24 Nov, 17:30"."""
    local = deadline.astimezone(SHANGHAI)
    if lang == "en":
        return f"{_WEEKDAYS['en'][local.weekday()]} {local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"
    return f"{local.month}月{local.day}日（{_WEEKDAYS['zh'][local.weekday()]}）{local:%H:%M}"


def language_of(text: str) -> str:
    """ "en" for a text with Latin letters and without one Chinese character, else "zh"."""
    latin = any("a" <= sign <= "z" for sign in text.lower())
    chinese = any("\u3400" <= sign <= "\u9fff" or "\U00020000" <= sign <= "\U0003ffff" for sign in text)
    return "en" if latin and not chinese else "zh"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
