"""Ready-made texts 常用语 with variables in braces. What stays in braces was not known: it is seen, and such a text cannot be sent."""

import re
from collections.abc import Mapping
from datetime import datetime

from policies.calendar import SHANGHAI

TITLE_MAX = 60
NAME_MAX = 30
VALUE_MAX = 200
_FIELD = re.compile(r"[{｛]\s*([^{}｛｝\n]{1,30}?)\s*[}｝]")

BUILT_IN: Mapping[str, str] = {
    "编号": "ticket_number",
    "市民": "citizen",
    "部门": "department",
    "期限": "deadline",
    "查询码": "query_code",
    "查询网址": "query_url",
    "主题": "subject",
    "收到日期": "received",
    "今天": "today",
    "经办人": "staff",
}
"""Variables every text may use: the Chinese name and the English one."""
_CHINESE = {english: chinese for chinese, english in BUILT_IN.items()}


def known(name: str) -> str:
    """The name of a variable as it is stored: a built-in one by its Chinese name, whichever was written."""
    bare = " ".join(name.split())
    return _CHINESE.get(bare.lower().replace(" ", "_"), bare)


def fill(text: str, given: Mapping[str, str]) -> str:
    """The text with its variables filled in. One that is unknown or empty stays in braces, so that it is seen.

    What is filled in is never read as a template again.
    """
    return _FIELD.sub(lambda found: given.get(known(found[1])) or f"{{{known(found[1])}}}", text)


def missing(text: str) -> tuple[str, ...]:
    """The variables still in braces, each once, in the order of the text."""
    return tuple(dict.fromkeys(known(found[1]) for found in _FIELD.finditer(text)))


def day(moment: datetime) -> str:
    """A date as citizens read it."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日"
