"""Events as rows: made safe for the database, inserted many at a time, each at most once."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bot.inbox.models import Inbound
from policies.facts import QUESTION_KINDS, Event

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL stores neither NUL nor half a character
UNSTORABLE_ESCAPED = re.compile(r"\\u(?:0000|d[89a-f][0-9a-f]{2})", re.IGNORECASE)
COLUMN_TYPES = {
    "account_id": "varchar",
    "dedup_key": "varchar",
    "kind": "varchar",
    "citizen": "varchar",
    "citizen_name": "varchar",
    "text": "text",
    "body": "jsonb",
    "counted": "boolean",
    "sent_at": "timestamptz",
    "received_at": "timestamptz",
    "state": "varchar",
    "lease_until": "timestamptz",
    "attempts": "integer",
    "error": "text",
}
COLUMNS = ", ".join(COLUMN_TYPES)
FIELDS = ", ".join(f"{name} {'text' if kind == 'jsonb' else kind}" for name, kind in COLUMN_TYPES.items())
VALUES = ", ".join(f"{name}::{kind}" for name, kind in COLUMN_TYPES.items())
ON_POSTGRESQL = (
    f"INSERT INTO inbox_inbound ({COLUMNS}) SELECT {VALUES} FROM json_to_recordset(%s::json) AS new ({FIELDS}) "  # noqa: S608
    "ON CONFLICT DO NOTHING RETURNING id, account_id, dedup_key"
)
ENCODER = json.JSONEncoder(default=str, allow_nan=False)
# Asked of the settings: on the event loop `connection` would be a new one for each message.
SQLITE = "sqlite" in str(settings.DATABASES["default"]["ENGINE"])
OLDEST = timedelta(days=30)  # a platform time further back than any platform keeps messages is a fault, not a time


@dataclass(slots=True)
class NewRow:
    """One event on its way into the table. `id` is 0 until stored; `fresh` is False for a repeat."""

    account_id: str
    department_id: int
    event: Event
    received_at: datetime
    lease_until: datetime
    id: int = 0
    fresh: bool = False

    @property
    def counted(self) -> bool:
        """Whether a citizen said something: part of the balance."""
        return self.event.kind in QUESTION_KINDS and bool(self.event.citizen)

    @property
    def sent_at(self) -> datetime:
        """The platform's time of it, where it can be true: not in the future, not further back than platforms keep."""
        sent = self.event.sent_at
        return sent if self.received_at - OLDEST < sent <= self.received_at else self.received_at


def body_of(event: Event) -> dict[str, Any]:
    """What of an event has no column of its own."""
    media = [{name: getattr(item, name) for name in item.__slots__} for item in event.media]
    return {"media": media, "thread": dict(event.thread), "trigger": event.trigger, "detail": dict(event.detail)}


def storable(text: str) -> str:
    """The text with what no database of ours takes replaced by U+FFFD."""
    return text if _clean(text) else UNSTORABLE.sub("\ufffd", text)


def _clean(text: str) -> bool:
    """Whether nothing needs replacing: far quicker than looking for it with an expression, and nearly always true."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def storable_json(value: Any) -> str:
    """JSON text that both databases take."""
    try:
        text = ENCODER.encode(value)
    except (ValueError, RecursionError):
        text = json.dumps({"unreadable": True})
    if "\\u" in text and UNSTORABLE_ESCAPED.search(text):
        text = json.dumps(_replaced(json.loads(text)), ensure_ascii=False)
    return text


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _replaced(item) for key, item in value.items()}
    return [_replaced(item) for item in value] if isinstance(value, list) else value


def fit(value: str, length: int) -> str:
    """A key that fits its column without two keys becoming one."""
    value = storable(value)
    return value if len(value) <= length else f"{value[: length - 41]}~{hashlib.sha1(value.encode()).hexdigest()}"


type Values = list[Any]


def parameters(row: NewRow) -> Values:
    """The row's values in the order of COLUMNS."""
    event = row.event
    return [
        row.account_id,
        fit(event.dedup_key, 190),
        event.kind,
        fit(event.citizen, 190),
        storable(event.citizen_name)[:200],
        storable(event.text),
        storable_json(body_of(event)),
        row.counted,
        _moment(row.sent_at),
        _moment(row.received_at),
        Inbound.State.STORED,
        _moment(row.lease_until),
        0,
        "",
    ]


def _moment(value: datetime) -> str:
    """A moment as both databases take it, for SQLite as Django writes it: its own way there is long, through the time zone tables."""
    text = str(value.astimezone(UTC))
    return text[:-6] if SQLITE else text  # without "+00:00"


def insert(rows: Sequence[NewRow], values: Sequence[Values]) -> None:
    """Insert in one go and write ids back; a repeat gets the id of the row that was first. Needs a transaction.

    `values`: the `parameters` of each row.
    """
    ordered = sorted(values, key=lambda row: row[:2])  # by key: two processes with the same messages would wait for one another
    insert_all = _insert_on_postgresql if connection.vendor == "postgresql" else _insert_on_sqlite
    made = {(account, key): pk for pk, account, key in insert_all(ordered)}
    for row, (account, key, *_) in zip(rows, values, strict=True):
        row.id = made.pop((account, key), 0)
        row.fresh = row.id != 0
    for row, (account, key, *_) in zip(rows, values, strict=True):
        if not row.fresh:
            row.id = Inbound.objects.filter(account=account, dedup_key=key).values_list("pk", flat=True).first() or 0


def _insert_on_sqlite(values: list[Values]) -> list[tuple[int, str, str]]:
    """One statement and one step of it: each further one gives up the interpreter's lock, and waits for it as often.

    So there is no RETURNING, which makes a step a row: the ids of a statement follow one another, since whoever writes is
    alone. Straight to sqlite3: Django would look for placeholders in a statement that has a thousand of them.
    """
    done = connection.write(_insertion(len(values)), [value for row in values for value in row])  # type: ignore[attr-defined]
    first = done.lastrowid - done.rowcount + 1
    if done.rowcount == len(values):
        return [(first + place, row[0], row[1]) for place, row in enumerate(values)]
    if not done.rowcount:
        return []
    new = Inbound.objects.filter(pk__range=(first, done.lastrowid))
    return list(new.values_list("pk", "account_id", "dedup_key"))


@lru_cache(maxsize=512)
def _insertion(rows: int) -> str:
    one = f"({', '.join('?' * len(COLUMN_TYPES))})"
    places = ", ".join([one] * rows)
    return f"INSERT INTO inbox_inbound ({COLUMNS}) VALUES {places} ON CONFLICT DO NOTHING"  # noqa: S608


def _insert_on_postgresql(values: list[Values]) -> list[tuple[int, str, str]]:
    """One statement of the same text for any number of rows, which travel as one value.

    Fourteen lists would be put into PostgreSQL's form by Python, value by value, and take three times as long.
    """
    rows = [dict(zip(COLUMN_TYPES, row, strict=True)) for row in values]
    with connection.cursor() as cursor:
        cursor.execute(ON_POSTGRESQL, [json.dumps(rows, ensure_ascii=False)])
        made: list[tuple[int, str, str]] = cursor.fetchall()
    return made


def insert_apart(rows: Sequence[NewRow]) -> list[Exception | None]:
    """When one row spoils the batch: each in a transaction of its own, so that only the bad one fails."""
    errors: list[Exception | None] = []
    for row in rows:
        try:
            with transaction.atomic():
                insert([row], [parameters(row)])
            errors.append(None)
        except Exception as error:
            errors.append(error)
    return errors
