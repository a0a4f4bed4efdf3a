"""Hostile and broken requests to a Telegram hook: secrets, JSON updates, texts, ids, clocks.

Telegram signs nothing and stamps nothing: a replay is told by its `update_id` alone, and an old `date` is marked, not refused.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.contract import Inbound
from policies.facts import AccountFacts
from tests.connectors.hostile import HEADERS, METHODS, TEXTS, HostileRow, checked

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CREDENTIALS = {"bot_token": "7001:CANARYtelegramToken0123456789abcdef", "secret_token": "CANARY-secret_token", "chat_id": "-1001"}
SECRETS = (CREDENTIALS["bot_token"], CREDENTIALS["bot_token"].partition(":")[2], CREDENTIALS["secret_token"])
ACCOUNT = AccountFacts("tg-hostile", "telegram", "市政 Telegram", base_url="http://127.0.0.1:9", credentials=CREDENTIALS)
ACCOUNTS = {"telegram": ACCOUNT}
SECRET_HEADER = "x-telegram-bot-api-secret-token"
HEADED = {SECRET_HEADER: CREDENTIALS["secret_token"], "content-type": "application/json"}


@dataclass(frozen=True)
class Maker:
    """Requests as Telegram would make them at `now`, and their distortions."""

    now: datetime

    def post(self, body: bytes | str, **headers: str) -> Inbound:
        named = HEADED | {name.replace("_", "-"): value for name, value in headers.items()}
        return Inbound("POST", {}, named, body if isinstance(body, bytes) else body.encode())

    def message(self, shift: int = 0, **fields: Any) -> dict[str, Any]:
        person = {"id": 5001, "is_bot": False, "first_name": "小王"}
        chat = {"id": 5001, "first_name": "小王", "type": "private"}
        return {"message_id": 100, "from": person, "chat": chat, "date": int(self.now.timestamp()) + shift, "text": "路灯坏了三天"} | fields

    def update(self, number: Any = 700101, kind: str = "message", **fields: Any) -> str:
        """A message as an update; `fields` replace those of the message."""
        return json.dumps({"update_id": number, kind: self.message(**fields)}, ensure_ascii=False)


row = partial(HostileRow, account=ACCOUNT)


def rows(now: datetime) -> list[HostileRow]:
    """The table for a server whose clock says `now`."""
    make = Maker(now)
    parts = (_secrets, _replays, _broken_json, _strange_json, _xml, _sizes, _encodings, _texts, _unknown, _ids, _clocks, _doors)
    return checked(row for part in parts for row in part(make))


def _secrets(make: Maker) -> Iterator[HostileRow]:
    given, good = CREDENTIALS["secret_token"], make.post(make.update())
    yield row("signature: no secret", replace(good, headers={"content-type": "application/json"}), 403, 0)
    yield row("signature: no header at all", replace(good, headers={}), 403, 0)
    wrong = {
        "empty": "", "wrong": "x", "cut": given[:-1], "in capitals": given.upper(), "with a blank": given + " ",
        "twice": f"{given}, {given}",
        "long": given * 500, "beyond ASCII": "é\xff", "with NUL": given + "\x00", "of another account": "another-secret",
        "quoted": f'"{given}"', "the bot token instead": CREDENTIALS["bot_token"], "a pattern": ".*",
    }  # fmt: skip
    for name, value in wrong.items():
        yield row(f"signature: {name}", make.post(make.update(), **{SECRET_HEADER: value}), 403, 0)
    elsewhere = {"content-type": "application/json", "authorization": f"Bearer {given}", "cookie": f"{SECRET_HEADER}={given}"}
    yield row("signature: in another header", replace(good, headers=elsewhere), 403, 0)
    yield row("signature: in the query", replace(good, headers={}, query={SECRET_HEADER: given, "secret_token": given}), 403, 0)


def _replays(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.update())
    yield row("replay: the same request again", good, 200, 1, before=(good,))
    yield row("replay: twenty copies", good, 200, 1, before=(good,) * 19)
    yield row("replay: the same number with another text", make.post(make.update(text="另一个")), 200, 1, before=(good,))
    yield row("replay: captured an hour ago", make.post(make.update(shift=-3_600)), 200, 1)


def _deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def _broken_json(make: Maker) -> Iterator[HostileRow]:
    whole = make.update()
    broken: dict[str, str | bytes] = {
        "empty": "",
        "blank": " \n ",
        "cut": whole[:-5],
        "cut in a character": whole.encode()[: whole.encode().index("路".encode()) + 1],
        "a list": f"[{whole}]",
        "a number": "1",
        "null": "null",
        "a text": json.dumps(whole),
        "words": "update_id=1&message=x",
        "two of them": whole + whole,
        "NaN": '{"update_id":1,"x":NaN}',
        "infinity": '{"update_id":1,"x":-Infinity}',
        "single quotes": "{'update_id':1}",
        "a NUL outside": whole + "\x00",
        "a NUL inside": '{"update_id":1,"x":"a\x00b"}',
        "a hundred thousand lists": '{"update_id":1,"x":' + "[" * 100_000,
        "lists a hundred deep": json.dumps({"update_id": 1, "x": _deep(100)}),
        "objects nine hundred deep": '{"update_id":1,"x":' + '{"a":' * 900 + "1" + "}" * 901,
        "a comma at the end": '{"update_id":1,}',
    }
    for name, body in broken.items():
        yield row(f"json: {name}", make.post(body), 400, 0)


def _strange_json(make: Maker) -> Iterator[HostileRow]:
    strange: dict[str, str] = {
        "a field twice": make.update()[:-1] + ', "update_id": 700102}',
        "an endless number": '{"update_id":1,"x":1e999}',
        "a number of three thousand digits": f'{{"update_id":1,"x":{"9" * 3_000}}}',
        "a number as text": make.update(text=5),
        "a list as text": make.update(text=["a"]),
        "an object as chat": make.update(chat={"id": {"id": 5}}),
        "a text as chat": make.update(chat="5001"),
        "a text as message": '{"update_id":1,"message":"hello"}',
        "no message in the message": '{"update_id":1,"message":null}',
        "a NUL as reference": json.dumps({"update_id": 1, "message": make.message(text="a\x00b")}),
        "half a character": json.dumps({"update_id": 1, "message": make.message(text="a\ud800b")}),
        "ten thousand fields": json.dumps({"update_id": 1, "message": make.message(), **{f"f{n}": n for n in range(10_000)}}),
        "ten thousand entities": make.update(entities=[{"type": "bold", "offset": 0, "length": 1}] * 10_000),
        "entities beyond the text": make.update(entities=[{"type": "mention", "offset": 900, "length": -5}]),
        "a chat beyond 64 bits": make.update(chat={"id": 10**30, "type": "private"}),
        "a name as number": make.update(**{"from": {"id": 5001, "is_bot": False, "first_name": 7}}),
        "photographs of nothing": make.update(photo=[]),
        "messages inside messages": make.update(reply_to_message=make.message(reply_to_message=make.message())),
    }
    for name, body in strange.items():
        yield row(f"json: {name}", make.post(body), 200, 1)


BOMB = '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


def _xml(make: Maker) -> Iterator[HostileRow]:
    outside = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    for name, body in {"a WeChat message": "<xml><MsgType>text</MsgType></xml>", "bomb": BOMB, "outside entity": outside}.items():
        yield row(f"xml: {name}", make.post(body), 400, 0)
        yield row(f"xml: {name}, as it says", make.post(body, content_type="text/xml"), 415, 0)


def _sizes(make: Maker) -> Iterator[HostileRow]:
    yield row("size: over one megabyte", make.post(make.update(text="x" * 1_100_000)), 413, 0)
    yield row("size: blanks over one megabyte", make.post(b" " * 1_100_000), 413, 0)
    yield row("size: nine hundred kilobytes of text", make.post(make.update(text="x" * 900_000)), 200, 1)
    yield row("size: nine hundred kilobytes of brackets", make.post("[" * 900_000), 400, 0)


def _encodings(make: Maker) -> Iterator[HostileRow]:
    whole = make.update()
    yield row("encoding: GBK", make.post(whole.encode("gbk")), 400, 0)
    yield row("encoding: UTF-16", make.post(whole.encode("utf-16")), 400, 0)
    yield row("encoding: Latin-1", make.post(make.update(text="é").replace("小王", "").replace("路灯", "").encode("latin-1")), 400, 0)
    yield row("encoding: overlong UTF-8", make.post(whole.encode().replace("路".encode(), b"\xc0\x80")), 400, 0)
    yield row("encoding: a byte order mark", make.post(b"\xef\xbb\xbf" + whole.encode()), 400, 0)
    yield row("encoding: escapes only", make.post(json.dumps(json.loads(whole))), 200, 1)
    yield row("encoding: gzip", make.post(gzip.compress(whole.encode()), content_encoding="gzip"), 400, 0)
    for stated in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*", "application/jsonp"):
        yield row(f"type: {stated}", make.post(whole, content_type=stated), 415, 0)
    for stated in ("", "APPLICATION/JSON", "application/json; charset=gbk", "application/json;;;"):
        yield row(f"type: {stated or 'none'}", make.post(whole, content_type=stated), 200, 1)


def _texts(make: Maker) -> Iterator[HostileRow]:
    for name, text in TEXTS.items():
        yield row(f"text: {name}", make.post(make.update(text=text)), 200, 1)
        yield row(f"text: {name}, as a name", make.post(make.update(**{"from": {"id": 5001, "is_bot": False, "first_name": text}})), 200, 1)
    yield row("text: none", make.post(make.update(text="")), 200, 1)


def _unknown(make: Maker) -> Iterator[HostileRow]:
    yield row("unknown: kind of update", make.post(make.update(kind="telepathy")), 200, 1)
    yield row("unknown: no kind of update", make.post('{"update_id":1}'), 200, 1)
    yield row("unknown: kind of content", make.post(make.update(text=None, hologram={"id": "x"})), 200, 1)
    yield row("unknown: kind of chat", make.post(make.update(chat={"id": 5001, "type": "hive"})), 200, 1)
    yield row("unknown: sender", make.post(make.update(**{"from": None})), 200, 1)
    yield row("unknown: sender is a bot", make.post(make.update(**{"from": {"id": 7001, "is_bot": True, "first_name": "b"}})), 200, 1)
    yield row("unknown: two kinds at once", make.post(json.dumps({"update_id": 1, "message": make.message(), "poll": {}})), 200, 1)


def _ids(make: Maker) -> Iterator[HostileRow]:
    newer, older = make.post(make.update(700102)), make.post(make.update(700101))
    yield row("id: out of order", older, 200, 1, before=(newer,), stored=2)
    yield row("id: missing", make.post(json.dumps({"message": make.message()})), 400, 0)
    for name, number in {"as text": "1", "a fraction": 1.5, "true": True, "null": None, "a list": [1], "beyond 64 bits": 2**63}.items():
        yield row(f"id: {name}", make.post(make.update(number)), 400, 0)
    yield row("id: of five thousand digits", make.post('{"update_id":' + "9" * 5_000 + "}"), 400, 0)
    yield row("id: zero", make.post(make.update(0)), 200, 1)
    yield row("id: negative", make.post(make.update(-1)), 200, 1)
    yield row("id: of the message missing", make.post(make.update(message_id=None)), 200, 1)
    yield row("id: of the chat negative", make.post(make.update(chat={"id": -5, "type": "private"})), 200, 1)


def _clocks(make: Maker) -> Iterator[HostileRow]:
    yield row("clock: written a day ago", make.post(make.update(shift=-86_400)), 200, 1)
    yield row("clock: written a day ahead", make.post(make.update(shift=86_400)), 200, 1)
    yield row("clock: written a year ago", make.post(make.update(shift=-31_536_000)), 200, 1)
    for at in (None, 0, -1, "now", 2**62, 10**30, 1.5, True):
        yield row(f"clock: written at {str(at)[:14]!r}", make.post(make.update(date=at)), 200, 1)


def _doors(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.update())
    for method in (*METHODS, "GET"):
        yield row(f"method: {method}", replace(good, method=method), 405, 0)
    yield row("query: forty fields", replace(good, query={f"x{n}": "1" for n in range(40)}), 200, 1)
    yield row("query: garbage", replace(good, query={"": "", "x": "\x00\ufffd'\"<>", "signature": "0" * 40}), 200, 1)
    for name, headers in HEADERS.items():
        yield row(f"header: {name}", replace(good, headers=HEADED | headers), 200, 1)


ROWS = rows(NOW)
