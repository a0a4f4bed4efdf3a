"""Reading what others wrote: JSON within bounds, texts a database can keep, ids as strings, times without the locale."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SAFE_INT = 2**53 - 1  # larger integers lose digits in JavaScript
INT64_MAX = 2**63 - 1
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2}) ([0-9]{4})")
_EPOCH = re.compile(r"[0-9]{1,13}")
_IDENT = re.compile(r"[0-9A-Za-z_-]{1,64}")


def load(text: str | bytes, *, depth_max: int) -> Any:
    """JSON as Python data, cleaned by `clean`. Raises ValueError for all that is not JSON or not bearable."""
    try:
        return clean(json.loads(text, parse_constant=_no_constant, parse_float=_finite), depth_max)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number out of range")
    return number


def clean(value: Any, depth_max: int) -> Any:
    """The same data with storable texts and no integer that JavaScript would round. ValueError when nested too deeply."""
    if depth_max < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INT else str(value)
    if isinstance(value, list):
        return [clean(each, depth_max - 1) for each in value]
    return {clean_text(str(name)): clean(each, depth_max - 1) for name, each in value.items()}


def clean_text(text: str) -> str:
    """NUL and lone surrogates become U+FFFD: PostgreSQL keeps neither, and UTF-8 has no form for the second."""
    return UNSTORABLE.sub("\ufffd", text)


def ident(value: Any) -> str:
    """A platform id as text (ids are int64 beyond JavaScript's range, sent as number or string); "" = not an id."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 < value <= INT64_MAX else ""
    if not isinstance(value, str) or not _IDENT.fullmatch(value) or (value.isdigit() and not 0 < int(value) <= INT64_MAX):
        return ""
    return value


def words(value: Any) -> str:
    """A field that should be text, as text; numbers are written out, anything else is ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def mapping(value: Any, *, depth_max: int = 5) -> Mapping[str, Any]:
    """A field that should be an object; some pushes carry it as a JSON string. {} when it is neither."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = load(value, depth_max=depth_max)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def moment(value: Any) -> datetime | None:
    """`Mon Jul 16 18:09:20 +0800 2012`, or seconds or milliseconds since 1970, as UTC; None when it is neither (facts §1.6)."""
    text = words(value).strip()
    try:
        if _EPOCH.fullmatch(text):
            number = int(text)
            return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
        if (found := _DATE.fullmatch(text)) is None:
            return None
        month, day, hour, minute, second, sign, zone_hours, zone_minutes, year = found.groups()
        away = timedelta(hours=int(zone_hours), minutes=int(zone_minutes)) * (-1 if sign == "-" else 1)
        local = datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=timezone(away))
        return local.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def sent_at(value: Any, now: datetime) -> tuple[datetime, dict[str, str]]:
    """When it was sent, and a note when that is our own clock because the platform's time is unreadable or yet to come."""
    found = moment(value)
    if found is None:
        return now, {"time": "unreadable, our clock used"}
    if found > now:  # a future time would stretch windows and deadlines
        return now, {"time": "in the future, our clock used"}
    return found, {}
