"""Hostile and broken requests to a Weibo hook: signatures, JSON and XML pushes, texts, ids, clocks."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha1
from typing import Any

from connectors.contract import Inbound
from policies.facts import AccountFacts
from tests.connectors.hostile import HEADERS, METHODS, TEXTS, HostileRow, checked, nested

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
UID, FAN = "1902538057", 2489518277
CREDENTIALS = {
    "app_key": "1234567890", "app_secret": "CANARY-weibo-secret-7c", "access_token": "2.00CANARYweiboToken", "uid": UID,
    "fan_access_token": "2.00CANARYfanToken",
}  # fmt: skip
SECRETS = tuple(CREDENTIALS[name] for name in ("app_secret", "access_token", "fan_access_token"))
ACCOUNT = AccountFacts("wb-hostile", "weibo", "某市微博", base_url="http://127.0.0.1:9", credentials=CREDENTIALS)
ACCOUNTS = {"weibo": ACCOUNT}
BEIJING_DATE = "%a %b %d %H:%M:%S +0800 %Y"


@dataclass(frozen=True)
class Maker:
    """Requests as Weibo's server would make them at `now`, and their distortions."""

    now: datetime

    def query(self, shift: float = 0, *, nonce: str = "57155157", at: str = "", secret: str = CREDENTIALS["app_secret"]) -> dict[str, str]:
        at = at or str(int((self.now.timestamp() + shift) * 1000))
        given = sha1("".join(sorted((secret, at, nonce))).encode()).hexdigest()
        return {"signature": given, "timestamp": at, "nonce": nonce}

    def post(self, body: bytes | str, *, more: dict[str, str] | None = None, **parts: Any) -> Inbound:
        raw = body if isinstance(body, bytes) else body.encode()
        return Inbound("POST", self.query(**parts) | (more or {}), {"content-type": "application/json"}, raw)

    def get(self, **more: str) -> Inbound:
        return Inbound("GET", self.query() | more, {}, b"")

    def date(self, shift: float = 0) -> str:
        return (self.now + timedelta(hours=8, seconds=shift)).strftime(BEIJING_DATE)

    def json(self, **fields: Any) -> str:
        """A text push; `fields` replace single ones, None takes them out."""
        known = {"type": "text", "receiver_id": int(UID), "sender_id": FAN, "created_at": self.date(), "text": "路灯坏了三天", "data": {}}
        return json.dumps({name: value for name, value in {**known, **fields}.items() if value is not None}, ensure_ascii=False)

    def xml(self, inside: str = "", **fields: str) -> str:
        known = {"ToUserName": UID, "FromUserName": str(FAN), "CreateTime": str(int(self.now.timestamp())), "MsgType": "text"}
        known |= {"Content": "请问社保怎么转移？"} | fields
        return f"<xml>{''.join(f'<{name}><![CDATA[{value}]]></{name}>' for name, value in known.items())}{inside}</xml>"


row = partial(HostileRow, account=ACCOUNT)


def rows(now: datetime) -> list[HostileRow]:
    """The table for a server whose clock says `now`."""
    make = Maker(now)
    parts = (_signatures, _replays, _broken_json, _strange_json, _xml, _sizes, _encodings, _texts, _unknown, _ids, _clocks, _doors)
    return checked(row for part in parts for row in part(make))


def _signatures(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.json())
    for name in ("signature", "timestamp", "nonce"):
        yield row(f"signature: no {name}", replace(good, query={key: value for key, value in good.query.items() if key != name}), 403, 0)
    yield row("signature: none of its fields", replace(good, query={}), 403, 0)
    given = good.query["signature"]
    wrong = {
        "empty": "",
        "of zeros": "0" * 40,
        "cut": given[:-1],
        "with a blank": given + " ",
        "long": given * 250,
        "beyond ASCII": "é签" * 10,
    }
    for name, value in wrong.items():
        yield row(f"signature: {name}", replace(good, query={**good.query, "signature": value}), 403, 0)
    yield row("signature: with another secret", make.post(make.json(), secret="another"), 403, 0)
    yield row("signature: with an empty secret", make.post(make.json(), secret=""), 403, 0)
    yield row("signature: with the access token", make.post(make.json(), secret=CREDENTIALS["access_token"]), 403, 0)
    yield row("signature: a nonce of a thousand letters", make.post(make.json(), nonce="n" * 1_000), 403, 0)
    for at in ("now", "-5", "1e12", "１７６３７７６８０００００", "9" * 100, "0"):
        yield row(f"signature: signed timestamp {at[:12]!r}", make.post(make.json(), at=at), 403, 0)


def _replays(make: Maker) -> Iterator[HostileRow]:
    good, old = make.post(make.json()), make.query(-3600)
    yield row("replay: the same request again", good, 200, 1, before=(good,))
    yield row("replay: the same push under a new signature", make.post(make.json(), nonce="8"), 200, 1, before=(good,))
    yield row("replay: twenty copies", good, 200, 1, before=(good,) * 19)
    yield row("replay: an old signature with a new timestamp", replace(good, query={**old, "timestamp": good.query["timestamp"]}), 403, 0)
    yield row("replay: captured eleven minutes ago", make.post(make.json(), shift=-660), 403, 0)


def _broken_json(make: Maker) -> Iterator[HostileRow]:
    whole = make.json()
    broken: dict[str, str | bytes] = {
        "empty": "",
        "blank": " \n ",
        "cut": whole[:-5],
        "cut in a character": whole.encode()[: whole.encode().index("路".encode()) + 1],
        "a list": "[1]",
        "a number": "1",
        "null": "null",
        "a text": '"text"',
        "words": "type=text",
        "two of them": whole + whole,
        "NaN": '{"type":NaN}',
        "infinity": '{"type":-Infinity}',
        "an endless number": '{"sender_id":1e999}',
        "a number of six thousand digits": f'{{"sender_id":{"9" * 6_000}}}',
        "single quotes": "{'type':'text'}",
        "a NUL outside": whole + "\x00",
        "a NUL inside": '{"text":"a\x00b"}',
        "a hundred thousand lists": "[" * 100_000,
        "lists fifty deep": make.json(data=_deep(50)),
        "objects two thousand deep": '{"type":"text","data":' + '{"a":' * 2_000 + "1" + "}" * 2_001,
    }
    for name, body in broken.items():
        yield row(f"json: {name}", make.post(body), 400, 0)


def _deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def _strange_json(make: Maker) -> Iterator[HostileRow]:
    strange: dict[str, Any] = {
        "no field": "{}",
        "a field twice": make.json()[:-1] + ', "text": "另一个"}',
        "a list as text": make.json(text=["a"]),
        "a number as text": make.json(text=5),
        "an object as sender": make.json(sender_id={"id": 1}),
        "a NUL as reference": make.json(text="a\x00b"),
        "half a character": json.dumps({**json.loads(make.json()), "text": "a\ud800b"}),
        "data as text": make.json(data='{"subtype":"follow"}'),
        "data as broken text": make.json(data="{{{"),
        "ten thousand fields": make.json(data={f"f{n}": n for n in range(10_000)}),
        "an id beyond 64 bits": make.json(sender_id=10**30),
        "a negative id": make.json(sender_id=-5),
        "words as id": make.json(sender_id="老王"),
        "a name of two thousand letters": make.json(**{"n" * 2_000: 1}),
    }
    for name, body in strange.items():
        yield row(f"json: {name}", make.post(body), 200, 1)


BOMB = '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>'


def _xml(make: Maker) -> Iterator[HostileRow]:
    whole = make.xml()
    broken: dict[str, str | bytes] = {
        "cut in a tag": whole[:-4],
        "cut in a section": whole[: whole.index("]]>")],
        "bomb": BOMB,
        "two roots": whole + whole,
        "outside entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>',
        "parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><xml><MsgType>text</MsgType></xml>',
        "outside document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + whole,
        "unknown entity": "<xml><MsgType>&nbsp;</MsgType></xml>",
        "NUL": whole.replace("社保", "\x00"),
        "a control character": whole.replace("社保", "\x08"),
        "NUL as a reference": "<xml><Content>&#0;</Content></xml>",
        "eight thousand levels": f"<xml>{nested('<a>', '</a>', 8_000)}</xml>",
        "GBK announced": b'<?xml version="1.0" encoding="GBK"?>' + whole.encode("gbk"),
    }
    for name, body in broken.items():
        yield row(f"xml: {name}", make.post(body), 400, 0)
    for name, body in {
        "a message": whole,
        "no field": "<xml></xml>",
        "another root": "<html>hello</html>",
        "a comment": make.xml("<!-- x -->"),
    }.items():
        yield row(f"xml: {name}", make.post(body), 200, 1)
    yield row("xml: ten thousand fields", make.post(make.xml("".join(f"<f{n}>1</f{n}>" for n in range(10_000)))), 200, 1)


def _sizes(make: Maker) -> Iterator[HostileRow]:
    yield row("size: over one megabyte", make.post(make.json(text="x" * 1_100_000)), 413, 0)
    yield row("size: blanks over one megabyte", make.post(b" " * 1_100_000), 413, 0)
    yield row("size: nine hundred kilobytes of text", make.post(make.json(text="x" * 900_000)), 200, 1)
    yield row("size: nine hundred kilobytes of brackets", make.post("[" * 900_000), 400, 0)


def _encodings(make: Maker) -> Iterator[HostileRow]:
    whole = make.json()
    yield row("encoding: GBK", make.post(whole.encode("gbk")), 400, 0)
    yield row("encoding: UTF-16", make.post(whole.encode("utf-16")), 400, 0)
    yield row("encoding: Latin-1", make.post(make.json(text="é").encode("latin-1")), 400, 0)
    yield row("encoding: overlong UTF-8", make.post(whole.encode().replace("路".encode(), b"\xc0\x80")), 400, 0)
    yield row("encoding: a byte order mark", make.post(b"\xef\xbb\xbf" + whole.encode()), 200, 1)
    yield row("encoding: escapes only", make.post(json.dumps(json.loads(whole))), 200, 1)
    yield row("encoding: gzip", replace(make.post(gzip.compress(whole.encode())), headers={"content-encoding": "gzip"}), 400, 0)
    yield row("encoding: a form", make.post("text=%E4%BD%A0&type=text"), 400, 0)
    for stated in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "",
    ):
        yield row(f"type: {stated or 'none'}", replace(make.post(whole), headers={"content-type": stated}), 200, 1)


def _texts(make: Maker) -> Iterator[HostileRow]:
    for name, text in TEXTS.items():
        yield row(f"text: {name}", make.post(make.json(text=text)), 200, 1)
        yield row(f"text: {name}, in XML", make.post(make.xml(Content=text)), 200, 1)
    yield row("text: none", make.post(make.json(text="")), 200, 1)


def _unknown(make: Maker) -> Iterator[HostileRow]:
    yield row("unknown: type", make.post(make.json(type="hologram")), 200, 1)
    yield row("unknown: event", make.post(make.json(type="event", data={"subtype": "moon_landing"})), 200, 1)
    yield row("unknown: event without data", make.post(make.json(type="event")), 200, 1)
    yield row("unknown: type missing", make.post(make.json(type=None)), 200, 1)
    yield row("unknown: mention of nothing", make.post(make.json(type="mention", data={"subtype": "status", "key": "x y"})), 200, 1)
    yield row(
        "unknown: place beyond the earth", make.post(make.json(type="position", data={"latitude": "999", "longitude": "NaN"})), 200, 1
    )
    yield row("unknown: receiver", make.post(make.json(receiver_id=42)), 200, 1)
    yield row("unknown: sender is ourselves", make.post(make.json(sender_id=int(UID))), 200, 1)


def _ids(make: Maker) -> Iterator[HostileRow]:
    first, second = make.post(make.json(text="一")), make.post(make.json(text="二"))
    yield row("id: none in the protocol, two texts of one second", second, 200, 1, before=(first,), stored=2)
    yield row("id: out of order", make.post(make.json(created_at=make.date(-9))), 200, 1, before=(first,), stored=2)
    yield row("id: no sender", make.post(make.json(sender_id=None)), 200, 1)
    yield row("id: no receiver", make.post(make.json(receiver_id=None)), 200, 1)
    yield row("id: as text instead of number", make.post(make.json(sender_id=str(FAN), receiver_id=UID)), 200, 1)
    mention = make.post(make.json(type="mention", data={"subtype": "status", "key": "3456789012345678"}))
    yield row("id: a mention twice", mention, 200, 1, before=(mention,))


def _clocks(make: Maker) -> Iterator[HostileRow]:
    yield row("clock: signed a day ago", make.post(make.json(), shift=-86_400), 403, 0)
    yield row("clock: signed a day ahead", make.post(make.json(), shift=86_400), 403, 0)
    yield row("clock: signed five minutes ago", make.post(make.json(), shift=-300), 200, 1)
    yield row("clock: signed in seconds", make.post(make.json(), at=str(int(make.now.timestamp()))), 200, 1)
    yield row("clock: written a day ago", make.post(make.json(created_at=make.date(-86_400))), 200, 1)
    yield row("clock: written a day ahead", make.post(make.json(created_at=make.date(86_400))), 200, 1)
    for at in (None, "", "0", "-1", "yesterday", 9**99, "Mon Feb 31 18:09:20 +0800 2012", [2012]):
        yield row(f"clock: written at {str(at)[:14]!r}", make.post(make.json(created_at=at)), 200, 1)


def _doors(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.json())
    for method in METHODS:
        yield row(f"method: {method}", replace(good, method=method), 405, 0)
    yield row("query: a URL check without echostr", make.get(), 400, 0)
    yield row("query: a URL check with five thousand letters", make.get(echostr="e" * 5_000), 400, 0)
    yield row("query: a URL check with markup to echo", make.get(echostr="<script>1</script>"), 200, 0)
    yield row("query: a URL check with a wrong signature", make.get(echostr="1", signature="0" * 40), 403, 0)
    yield row("query: forty fields too many", make.post(make.json(), more={f"x{n}": "1" for n in range(40)}), 200, 1)
    yield row("query: garbage beside the signature", make.post(make.json(), more={"": "", "x": "\x00\ufffd'\"<>", "y": "%00%ff"}), 200, 1)
    for name, headers in HEADERS.items():
        yield row(f"header: {name}", replace(good, headers=headers), 200, 1)


ROWS = rows(NOW)
