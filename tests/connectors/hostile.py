"""A row of the tables of hostile and broken requests, and what every platform's table must have.

`hostile_wechat.py`, `hostile_weibo.py` and `hostile_telegram.py` export `ROWS` (built for their `NOW`), `rows(now)` for a
server with a clock of its own, `ACCOUNTS` (facts with canary credentials) and `SECRETS` (what no log may show).
"""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from connectors.contract import Inbound
from policies.facts import AccountFacts

GROUPS = frozenset(
    {"signature", "replay", "xml", "json", "size", "type", "encoding", "text", "unknown", "id", "clock", "method", "query", "header"}
)
"""The first word of a row's name; every platform has rows of each."""

LEAST_ROWS = 60


@dataclass(frozen=True, slots=True)
class HostileRow:
    """One request and how it must end.

    `events` = what a reading of this one request holds. `before` was sent first and accepted; `stored` = rows in the
    inbox after all of them (None: as many as `events`).
    """

    name: str
    inbound: Inbound
    status: int
    events: int
    account: AccountFacts = field(repr=False)
    before: tuple[Inbound, ...] = ()
    stored: int | None = None

    @property
    def group(self) -> str:
        """What kind of hostility it is: the name's first word."""
        return self.name.partition(":")[0]

    @property
    def rows(self) -> int:
        """Rows in the inbox afterwards."""
        return self.events if self.stored is None else self.stored


def checked(rows: Iterable[HostileRow]) -> list[HostileRow]:
    """The rows, sure that no name stands twice. Raises ValueError."""
    found = list(rows)
    if len({row.name for row in found}) != len(found):
        raise ValueError("two rows have one name")
    return found


def nested(opening: str, closing: str, depth: int) -> str:
    """Something inside itself, so many times."""
    return opening * depth + closing * depth


TEXTS = {
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f6a7路灯坏了",
    "twenty thousand characters": "字" * 20_000,
    "right to left": "\u202eمرحبا\u2066 abc\u2069 \u200f",
    "starts with a slash": "/start; rm -rf /",
    "a slash alone": "/",
    "a command of the bot": "/setwebhook http://127.0.0.1/",
    "markup": "<script>alert(1)</script><img src=x onerror=1>",
    "database words": "'; DROP TABLE inbox_inbound; --",
    "template words": "{{ 7*7 }} {% debug %} ${jndi:ldap://127.0.0.1/x} %s %n",
    "combining marks": "e" + "\u0301" * 2000,
    "no characters of width": "\u200b\u200c\u200d\ufeff\u2060",
    "only blanks": " \n\t ",
    "beyond the plane": "𠮷𡃁 \U0010ffff",
    "line ends of all kinds": "a\nb\u2028c\u2029d\u0085e",
}
"""Texts every platform takes whole: an answered 200 and one event."""

NOT_JSON: dict[str, bytes] = {
    "json: empty": b"",
    "json: blank": b" \n",
    "json: cut": b'{"id":"p-1","text":"a',
    "json: a list": b"[]",
    "json: a number": b"1",
    "json: null": b"null",
    "json: two objects": b"{}{}",
    "json: single quotes": b"{'id':'p-1'}",
    "json: a NUL inside": b'{"id":"p-1","text":"\x00"}',
    "json: not a number": b'{"id":"p-1","x":NaN}',
    "json: a hundred thousand lists": b'{"id":' + b"[" * 100_000,
    "json: a number of six thousand digits": b'{"id":' + b"9" * 6_000 + b"}",
    "xml: a message": b"<xml><MsgType>text</MsgType></xml>",
    "xml: bomb": b'<!DOCTYPE z [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "xml: outside entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "encoding: GBK": '{"id":"p-1","text":"路灯"}'.encode("gbk"),
    "encoding: UTF-16": '{"id":"p-1"}'.encode("utf-16"),
    "encoding: a form": b"id=p-1&text=a",
    "encoding: gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV*J-\x00\x00\x00",
}
"""Bodies no platform that speaks JSON can take; for the tables of platforms to come (docs/adding-a-platform.md)."""

HEADERS = {
    "a value of eight thousand letters": {"x-junk": "a" * 8_000},
    "two hundred of them": {f"x-junk-{number}": "1" for number in range(200)},
    "bytes beyond ASCII": {"x-junk": "é\xff\xa0"},
    "forged origin": {"x-forwarded-for": "127.0.0.1", "x-forwarded-host": "evil.example", "host": "evil.example"},
    "a user agent with code": {"user-agent": "() { :;}; /bin/true"},
}
"""Headers every platform's hook passes over."""

METHODS = ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")


def tables() -> dict[str, ModuleType]:
    """The table of each platform, by its name: every hostile_<platform>.py of this folder."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("hostile_*.py"))
    return {name.removeprefix("hostile_"): importlib.import_module(f"tests.connectors.{name}") for name in names}


def groups(rows: Iterable[HostileRow]) -> Iterator[str]:
    """The groups the rows belong to."""
    yield from sorted({row.group for row in rows})
