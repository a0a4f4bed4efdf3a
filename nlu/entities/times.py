"""Dates, times of day, spans and repetitions, as far as a text names them. On plain text (see folding.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.entities.words import either, section

_HAN = "零〇一二两三四五六七八九十"
_PART = either(section("times", "parts"))
_YEAR = r"(?:(?<![0-9])(?:19|20)[0-9]{2}|[一二][零〇○九][零〇○一二三四五六七八九]{2}|(?<![0-9第近])[0129][0-9])年(?![级龄])"
_MONTH_NUMBER = r"(?:(?<![0-9])(?:1[0-2]|0?[1-9])|(?<![一二三四五六七八九十])(?:十[一二]?|[一二三四五六七八九]|正|腊))"
_MONTH = _MONTH_NUMBER + r"月(?![饼薪租供亮光球均湖票])(?:份|初|底|末|中旬|上旬|下旬|中)?"
_DAY_NUMBER = r"(?:[12][0-9]|3[01]|0?[1-9]|[一二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]|初?[一二三四五六七八九十])"
_DAY = _DAY_NUMBER + r"[日号](?![线楼栋门院店机地车文令桌馆])"
_DAYS = rf"(?:(?:[0-9]{{1,2}}[日号]?[\-~至到、])?{_DAY})"
_OLD_DAY = r"[正腊]月(?:二?十[一二三四五六七八九]?|廿[一二三四五六七八九]|三十|初[一二三四五六七八九十])"
_BARE_DAY = r"[0-9]{1,2}(?![0-9.:年月日号点天个元块万])"
_DATE = (
    rf"{_YEAR} ?(?:的?{_MONTH} ?(?:{_DAYS})?)?(?:初|底|末)?|{_OLD_DAY}|{_MONTH} ?(?:{_DAYS}|{_BARE_DAY})?"
    rf"|每个?月的?{_DAYS}"
    rf"|{_DAY}(?=(?:{_PART}|[0-9]{{1,2}}[点:]))"
)
_NUMERIC = r"(?<![0-9])(?:19|20)[0-9]{2}([\-/.])(?:1[0-2]|0?[1-9])\1(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])"
_CLOCK_DIGITS = r"(?<![0-9:])(?:2[0-4]|1[0-9]|0?[0-9]):[0-5][0-9](?::[0-5][0-9])?(?![0-9:])"
_HOUR_NUMBER = r"(?:2[0-4]|1[0-9]|0?[0-9])"
_HAN_PAST = rf"一刻|三刻|[{_HAN}]{{1,3}}分"
_HOUR = (
    rf"(?<![0-9第.])[早晚]?(?:{_HOUR_NUMBER}(?:[\-~到至]{_HOUR_NUMBER})?)点(?:钟|半|整|多|[0-5]?[0-9]分?(?![0-9])|{_HAN_PAST})?"
    rf"(?!{either(section('times', 'not_hours'))}|[0-9:、])(?:左右|前后)?"
)
_HAN_HOUR = r"(?:[二]?十[一二三四]?|[零一二两三四五六七八九])"
_HOUR_WORDS = rf"(?<![第有这那差点几]){_HAN_HOUR}点(?:钟|半|整|多|{_HAN_PAST}|左右)"
_HOUR_AFTER_PART = rf"(?<=[晨早午晚夜上里后]){_HAN_HOUR}点"
_WEEKDAY = (
    r"(?:每个?|上上?个?|下下?个?|这个?|本)?(?:周|星期|礼拜)(?:[一二三四五六日天末](?:(?:至|到|、|-|~)周?[一二三四五六日天])?)(?![年月个遍])"
)
_COUNT = rf"(?:(?<![0-9.第])[0-9]{{1,3}}(?:[\-~到至、][0-9]{{1,3}})?|(?<![第周期初{_HAN}])(?:[{_HAN}百几数]{{1,4}}|半))(?:来|多|余)?"
_SPAN = (
    rf"{_COUNT}(?:{either(section('times', 'units'))})(?!级|代)(?:多|半|余)?"
    r"(?:左右|以上|以来|之?前(?![面后])|之?后(?![面来])|以?内|来(?!电|访|说|的))?"
)
_WORDS = rf"(?:{either(section('times', 'words'))})"
_FEASTS = rf"(?:{either(section('times', 'feasts'))})(?:期间|假期|当天|前后|前夕|前|后)?(?![路街])"

_ATOMS = (_NUMERIC, _DATE, _CLOCK_DIGITS, _HOUR, _HOUR_WORDS, _HOUR_AFTER_PART, _WEEKDAY, _SPAN, _WORDS, _FEASTS, rf"(?:{_PART})")
_LISTED = (word for key in ("words", "parts", "feasts") for word in section("times", key))
_FIRST = "".join(sorted({word[0] for word in _LISTED} | set("0123456789" + _HAN + "○百几数半廿初正腊每上下这本周星礼早晚")))
_ATOM = re.compile(f"(?=[{_FIRST}])(?:{'|'.join(_ATOMS)})")  # one look at the sign spares trying eleven patterns at most places
_JOIN = re.compile(r" ?(?:[到至\-~—–]{1,2}|的)? ?")
_LONGEST = 40


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Every time named, as ("time", start, end); neighbours are one: "昨天晚上 10点到11点"."""
    whole: list[int] = []
    for found in _ATOM.finditer(text):
        start, end = found.span()
        if whole and start - whole[1] <= 4 and end - whole[0] <= _LONGEST and _JOIN.fullmatch(text, whole[1], start):
            whole[1] = end
            continue
        if whole:
            yield "time", whole[0], whole[1]
        whole = [start, end]
    if whole:
        yield "time", whole[0], whole[1]
