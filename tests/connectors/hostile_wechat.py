"""Hostile and broken requests to a WeChat hook: signatures, envelopes, XML, texts, ids, clocks."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.contract import Inbound
from policies.facts import AccountFacts
from tests.connectors.hostile import HEADERS, METHODS, TEXTS, HostileRow, checked, nested
from tests.connectors.wechat.house import seal, sha1

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
KEY, OTHER_KEY = "CANARYaesKEYcanaryAESkeyCANARYaesKEYcanary0", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
CREDENTIALS = {
    "app_id": "wx00c0ffee00000001", "app_secret": "CANARY-app-secret-1f3a", "token": "CANARYtokenWechat", "aes_key": KEY,
}  # fmt: skip
SECRETS = (CREDENTIALS["app_secret"], CREDENTIALS["token"], KEY)
ACCOUNTS = {
    mode: AccountFacts(f"wx-{mode}", "wechat", f"微信 {mode}", "service", "http://127.0.0.1:9", {**CREDENTIALS, "mode": mode})
    for mode in ("plain", "compat", "safe")
}
TEXT = "请问社保卡怎么补办？"


@dataclass(frozen=True)
class Maker:
    """Requests as WeChat's server would make them at `now`, and their distortions."""

    now: datetime

    def query(
        self, shift: float = 0, *, nonce: str = "nonce1", at: str = "", token: str = CREDENTIALS["token"], **more: str
    ) -> dict[str, str]:
        at = at or str(int(self.now.timestamp() + shift))
        return {"signature": sha1(token, at, nonce), "timestamp": at, "nonce": nonce} | more

    def post(self, body: bytes | str, **parts: Any) -> Inbound:
        return Inbound("POST", self.query(**parts), {"content-type": "text/xml"}, body if isinstance(body, bytes) else body.encode())

    def get(self, **parts: Any) -> Inbound:
        return Inbound("GET", self.query(**parts), {}, b"")

    def xml(self, inside: str = "", *, number: str = "<MsgId>7001</MsgId>", shift: int = 0, **fields: str) -> str:
        """A text message; `fields` replace single elements, `inside` is put at the end."""
        at = str(int(self.now.timestamp()) + shift)
        known = {
            "ToUserName": "gh_0123456789ab",
            "FromUserName": "oCitizen1",
            "CreateTime": at,
            "MsgType": "text",
            "Content": TEXT,
        } | fields
        return f"<xml>{''.join(f'<{name}><![CDATA[{value}]]></{name}>' for name, value in known.items())}{number}{inside}</xml>"

    def sealed(
        self,
        inner: str = "",
        *,
        envelope: str = "",
        signed: str = "",
        key: str = KEY,
        app_id: str = CREDENTIALS["app_id"],
        filler: bytes = b"",
    ) -> Inbound:
        """A push of safe mode. `signed` replaces msg_signature; "-" leaves it out."""
        envelope = envelope or seal((inner or self.xml()).encode(), key=key, app_id=app_id, filler=filler)
        query = self.query(encrypt_type="aes")
        signature = signed or sha1(CREDENTIALS["token"], query["timestamp"], "nonce1", envelope)
        body = f"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><Encrypt><![CDATA[{envelope}]]></Encrypt></xml>"
        return Inbound("POST", query | ({} if signature == "-" else {"msg_signature": signature}), {}, body.encode())


def rows(now: datetime) -> list[HostileRow]:
    """The table for a server whose clock says `now`."""
    make = Maker(now)
    parts = (_signatures, _replays, _envelopes, _broken_xml, _sizes, _encodings, _texts, _unknown, _ids, _clocks, _doors)
    return checked(row for part in parts for row in part(make))


row = partial(HostileRow, account=ACCOUNTS["compat"])
safe = partial(HostileRow, account=ACCOUNTS["safe"])


def _signatures(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.xml())
    for name in ("signature", "timestamp", "nonce"):
        yield row(f"signature: no {name}", replace(good, query={key: value for key, value in good.query.items() if key != name}), 403, 0)
    yield row("signature: none of its fields", replace(good, query={}), 403, 0)
    given = good.query["signature"]
    wrong = {
        "empty": "", "of zeros": "0" * 40, "in capitals": given.upper(), "cut": given[:-1], "with a blank": given + " ",
        "long": given * 250,
        "beyond ASCII": "é签\ufffd" * 10, "with NUL": given + "\x00", "of another length": "0" * 64,
    }  # fmt: skip
    for name, value in wrong.items():
        yield row(f"signature: {name}", replace(good, query={**good.query, "signature": value}), 403, 0)
    yield row("signature: with another token", make.post(make.xml(), token="another"), 403, 0)
    yield row("signature: with an empty token", make.post(make.xml(), token=""), 403, 0)
    yield row("signature: of a URL check is wrong", make.get(token="another", echostr="1"), 403, 0)
    for at in ("now", "-5", "1e9", "１７６３７７６８００", "9" * 400, "0", " 1 "):
        yield row(f"signature: signed timestamp {at[:12]!r}", make.post(make.xml(), at=at), 403, 0)


def _replays(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.xml())
    yield row("replay: the same request again", good, 200, 1, before=(good,))
    yield row("replay: the same message under a new signature", make.post(make.xml(), nonce="n2"), 200, 1, before=(good,))
    yield row("replay: twenty copies", good, 200, 1, before=(good,) * 19)
    old = make.query(-3600)
    yield row("replay: an old signature with a new timestamp", replace(good, query={**old, "timestamp": good.query["timestamp"]}), 403, 0)
    yield row("replay: captured eleven minutes ago", make.post(make.xml(), shift=-660), 403, 0)
    sealed = make.sealed()
    yield safe("replay: a sealed request again", sealed, 200, 1, before=(sealed,))
    yield row("replay: sealed once, plain once", good, 200, 1, before=(sealed,))


def _envelopes(make: Maker) -> Iterator[HostileRow]:
    changed = make.sealed()
    position = changed.body.index(b"<Encrypt>") + 60
    letter = b"A" if changed.body[position : position + 1] != b"A" else b"B"
    for kind in (row, safe):
        mode = kind.keywords["account"].id
        yield kind(f"signature: of the envelope wrong, {mode}", make.sealed(signed="0" * 40), 403, 0)
        yield kind(f"signature: of the envelope missing, {mode}", make.sealed(signed="-"), 403, 0)
        yield kind(f"signature: of the request for the envelope, {mode}", make.sealed(signed=make.query()["signature"]), 403, 0)
    tampered = changed.body[:position] + letter + changed.body[position + 1 :]
    yield safe("signature: envelope changed by a letter", replace(changed, body=tampered), 403, 0)
    yield safe("signature: plain body in safe mode", make.post(make.xml()), 403, 0)
    yield safe("signature: envelope for another account", make.sealed(app_id="wx00c0ffee00000002"), 403, 0)
    yield safe("signature: envelope for nobody", make.sealed(app_id=""), 403, 0)
    yield safe("signature: envelope under another key", make.sealed(key=OTHER_KEY), 403, 0)
    yield safe(
        "signature: envelope with odd padding", make.sealed(make.xml() + " " * (37 - len(make.xml().encode()) % 32), filler=b"?"), 403, 0
    )
    for name, envelope in {
        "of no base64": "%%%%",
        "of one block": "A" * 24,
        "of words": "你好",
        "cut": seal(b"x" * 99, key=KEY)[:-8],
    }.items():
        yield safe(f"signature: envelope {name}", make.sealed(envelope=envelope), 403, 0)
    for name, inner in {"no XML": "hello", "a bomb": BOMB, "another envelope": "<xml><Encrypt>x</Encrypt></xml>", "nothing": " "}.items():
        yield safe(f"xml: sealed, {name}", make.sealed(inner), 400, 0)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><xml><MsgType>&j;</MsgType></xml>"
)


def _broken_xml(make: Maker) -> Iterator[HostileRow]:
    whole = make.xml()
    broken: dict[str, str | bytes] = {
        "empty": "", "blank": " \n ", "cut in a tag": whole[:-4], "cut in a field": whole[:120],
        "cut in a character": whole.encode()[: whole.encode().index("补".encode()) + 1],
        "cut in a section": whole[: whole.index("]]>")], "bomb": BOMB,
        "outside entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>',
        "outside entity over the net": '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]><xml><MsgType>&e;</MsgType></xml>',
        "parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]><xml><MsgType>text</MsgType></xml>',
        "outside document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + whole, "bare document type": "<!DOCTYPE xml>" + whole,
        "unknown entity": "<xml><MsgType>&nbsp;</MsgType></xml>", "eight thousand levels": f"<xml>{nested('<a>', '</a>', 8_000)}</xml>",
        "forty levels around a message": make.xml(nested("<a>", "</a>", 40)), "NUL": whole.replace("补办", "\x00"),
        "NUL as a reference": "<xml><MsgType>text</MsgType><Content>&#0;</Content></xml>",
        "a control character": whole.replace("补办", "\x08"),
        "half a character as a reference": "<xml><MsgType>text</MsgType><Content>&#xD800;</Content></xml>", "two roots": whole + whole,
        "another root": whole.replace("xml>", "html>"), "no field": "<xml></xml>", "words only": "<xml>text</xml>",
        "an attribute twice": '<xml a="1" a="2"><MsgType>text</MsgType></xml>', "no MsgType": "<xml><FromUserName>o</FromUserName></xml>",
        "empty MsgType": make.xml(MsgType=""), "MsgType with children": "<xml><MsgType><a>text</a></MsgType></xml>",
    }  # fmt: skip
    for name, body in broken.items():
        yield row(f"xml: {name}", make.post(body), 400, 0)
    harmless = {
        "ten thousand fields": make.xml("".join(f"<f{n}>1</f{n}>" for n in range(10_000))),
        "one field ten thousand times": make.xml("<a>1</a>" * 10_000),
        "a thousand attributes": whole.replace("<xml>", f"<xml {' '.join(f'a{n}="1"' for n in range(1_000))}>"),
        "a processing instruction": '<?xml-stylesheet href="http://127.0.0.1:9/"?>' + whole,
        "a comment with markup": make.xml("<!-- <MsgType>event</MsgType> -->"),
        "a field twice": make.xml("<FromUserName>oOther</FromUserName>"),
    }
    for name, body in harmless.items():
        yield row(f"xml: {name}", make.post(body), 200, 1)


def _sizes(make: Maker) -> Iterator[HostileRow]:
    yield row("size: over the platform's cap", make.post(make.xml(Content="字" * 100_000)), 413, 0)
    yield row("size: over one megabyte", make.post(b"<xml>" + b" " * 1_100_000), 413, 0)
    yield row("size: JSON over one megabyte", make.post(b'{"a":"' + b"x" * 1_100_000 + b'"}'), 413, 0)
    yield row("size: sixty thousand emoji bytes", make.post(make.xml(Content="😀" * 15_000)), 200, 1)
    yield row("json: instead of XML", make.post('{"MsgType":"text"}'), 400, 0)
    yield row("json: deep", make.post("[" * 100_000), 400, 0)
    yield row("json: huge", make.post('{"a":"' + "x" * 200_000 + '"}'), 400, 0)


def _encodings(make: Maker) -> Iterator[HostileRow]:
    whole = make.xml()
    yield row("encoding: GBK", make.post(whole.encode("gbk")), 400, 0)
    yield row("encoding: GBK as announced", make.post(b'<?xml version="1.0" encoding="GBK"?>' + whole.encode("gbk")), 400, 0)
    yield row("encoding: UTF-16", make.post(whole.encode("utf-16")), 400, 0)
    yield row("encoding: UTF-32", make.post(whole.encode("utf-32")), 400, 0)
    yield row("encoding: UTF-7 announced", make.post(b'<?xml version="1.0" encoding="UTF-7"?>' + whole.encode()), 200, 1)
    yield row("encoding: a byte order mark", make.post(b"\xef\xbb\xbf" + whole.encode()), 200, 1)
    yield row("encoding: overlong UTF-8", make.post(whole.encode().replace("补".encode(), b"\xc0\x80")), 400, 0)
    yield row("encoding: gzip", replace(make.post(gzip.compress(whole.encode())), headers={"content-encoding": "gzip"}), 400, 0)
    for stated in ("application/json", "multipart/form-data; boundary=x", "text/xml; charset=gbk", "a/b; c=\"'", ""):
        yield row(f"type: {stated or 'none'}", replace(make.post(whole), headers={"content-type": stated}), 200, 1)


def _texts(make: Maker) -> Iterator[HostileRow]:
    for name, text in TEXTS.items():
        yield row(f"text: {name}", make.post(make.xml(Content=text.replace("]]>", ""))), 200, 1)
        yield safe(f"text: {name}, sealed", make.sealed(make.xml(Content=text)), 200, 1)
    yield row("text: none", make.post(make.xml(Content="")), 200, 1)
    yield row("text: a section's end", make.post(make.xml(Content="]]]]><![CDATA[><MsgType>event</MsgType>")), 200, 1)


def _unknown(make: Maker) -> Iterator[HostileRow]:
    yield row("unknown: message type", make.post(make.xml(MsgType="hologram")), 200, 1)
    yield row("unknown: event", make.post(make.xml(MsgType="event", Event="moon_landing")), 200, 1)
    yield row("unknown: event without a name", make.post(make.xml(MsgType="event")), 200, 1)
    yield row("unknown: type of four thousand letters", make.post(make.xml(MsgType="x" * 4_000)), 200, 1)
    yield row("unknown: picture without an address", make.post(make.xml(MsgType="image")), 200, 1)
    yield row("unknown: place beyond the earth", make.post(make.xml(MsgType="location", Location_X="1e999", Location_Y="NaN")), 200, 1)
    yield row("unknown: picture in our own network", make.post(make.xml(MsgType="image", PicUrl="http://169.254.169.254/")), 200, 1)
    yield row("unknown: sender", make.post(make.xml(FromUserName="")), 200, 1)
    yield row("unknown: receiver", make.post(make.xml(ToUserName="gh_somebody_else")), 200, 1)


def _ids(make: Maker) -> Iterator[HostileRow]:
    first, second = (make.post(make.xml(Content=text)) for text in ("一", "二"))
    yield row("id: twice with another text", second, 200, 1, before=(first,))
    later, earlier = make.post(make.xml(number="<MsgId>9002</MsgId>")), make.post(make.xml(number="<MsgId>9001</MsgId>", shift=-5))
    yield row("id: out of order", earlier, 200, 1, before=(later,), stored=2)
    none = make.post(make.xml(number=""))
    yield row("id: missing", none, 200, 1)
    yield row("id: missing, the same again", none, 200, 1, before=(none,))
    yield row("id: missing, another text", make.post(make.xml(number="", Content="二")), 200, 1, before=(none,), stored=2)
    for name, number in {
        "of 500 digits": "9" * 500,
        "negative": "-1",
        "in words": "编号",
        "with a NUL's picture": "\u2400",
        "empty": "",
    }.items():
        yield row(f"id: {name}", make.post(make.xml(number=f"<MsgId>{number}</MsgId>")), 200, 1)
    yield row("id: twice in one message", make.post(make.xml("<MsgId>7002</MsgId>")), 200, 1)
    yield row("id: a sender of five thousand letters", make.post(make.xml(FromUserName="o" * 5_000)), 200, 1)
    follow = make.post(make.xml(number="", MsgType="event", Event="subscribe"))
    yield row("id: an event twice", follow, 200, 1, before=(follow,))


def _clocks(make: Maker) -> Iterator[HostileRow]:
    yield row("clock: signed a day ago", make.post(make.xml(), shift=-86_400), 403, 0)
    yield row("clock: signed a day ahead", make.post(make.xml(), shift=86_400), 403, 0)
    yield row("clock: signed five minutes ago", make.post(make.xml(), shift=-300), 200, 1)
    yield row("clock: written a day ago", make.post(make.xml(shift=-86_400)), 200, 1)
    yield row("clock: written a day ahead", make.post(make.xml(shift=86_400)), 200, 1)
    for at in ("", "0", "-1", "x", "99999999999", "9" * 400, "1.5", "[1682391258]"):
        yield row(f"clock: written at {at[:12]!r}", make.post(make.xml(CreateTime=at)), 200, 1)


def _doors(make: Maker) -> Iterator[HostileRow]:
    good = make.post(make.xml())
    for method in METHODS:
        yield row(f"method: {method}", replace(good, method=method), 405, 0)
    yield row("query: a URL check without echostr", make.get(), 403, 0)
    yield row("query: a URL check with markup to echo", make.get(echostr="<script>1</script>"), 200, 0)
    yield row("query: a URL check with four thousand letters", make.get(echostr="e" * 4_000), 200, 0)
    yield row("query: forty fields too many", make.post(make.xml(), **{f"x{n}": "1" for n in range(40)}), 200, 1)
    yield row("query: garbage beside the signature", make.post(make.xml(), openid="\x00\ufffd'\"<>", x="%00%ff"), 200, 1)
    yield row("query: sealed as announced, but plain", make.post(make.xml(), encrypt_type="aes", msg_signature="0" * 40), 200, 1)
    for name, headers in HEADERS.items():
        yield row(f"header: {name}", replace(good, headers=headers), 200, 1)


ROWS = rows(NOW)
