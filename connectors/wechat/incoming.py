"""Bytes of WeChat's server -> events. Order: signature, freshness, size, XML, envelope (facts §1.2-1.4, §6.5)."""

from datetime import datetime

from connectors.contract import Answer, Inbound, Reading, Rejected
from connectors.wechat import crypto
from connectors.wechat.credentials import PLAIN, SAFE, mode, text
from connectors.wechat.events import ANSWERABLE, event
from connectors.wechat.limits import table
from connectors.wechat.markup import Fields, parse
from connectors.wechat.markup import text as field
from policies.facts import AccountFacts, Event

ACKNOWLEDGED = Answer(body=b"success")  # 被动回复 page: the preferred answer that means "nothing now, do not repeat"


def read(request: Inbound, account: AccountFacts, now: datetime) -> Reading:
    """Verify, then read: GET = URL verification, POST = one message or event.

    Raises Rejected: 403 not from WeChat, stale or not for this account; 405 method; 413 size; 400 unreadable.
    """
    hook = table()["hook"]
    _verify(request, account, now, hook["replay_seconds"])
    if request.method == "GET":
        return Reading(Answer(body=_required(request, "echostr").encode("utf-8", "replace")))
    if request.method != "POST":
        raise Rejected(405, "method")
    if len(request.body) > hook["body_bytes"]:
        raise Rejected(413, "the body is too large")
    body = request.body
    fields = parse(body, hook["xml_depth"])
    slot = ""
    if "Encrypt" in fields and not _plain_counts(request, account, fields):
        body, slot = _unseal(request, account, field(fields, "Encrypt"))
        fields = parse(body, hook["xml_depth"])
    elif mode(account) == SAFE:
        raise Rejected(403, "plain body in safe mode")
    if not field(fields, "MsgType"):
        raise Rejected(400, "the XML has no MsgType")
    found = event(fields, body, now, hook["replay_seconds"])
    return Reading(ACKNOWLEDGED, (found,), _passive(found, fields, slot))


def _plain_counts(request: Inbound, account: AccountFacts, fields: Fields) -> bool:
    """Whether the fields beside an envelope are the message: never in safe mode; else when the envelope cannot be the message,
    because nothing signs it or, in plain mode, because there is no key for it. Both modes take plain bodies anyway.
    """
    if mode(account) == SAFE or "MsgType" not in fields:
        return False
    return "msg_signature" not in request.query or (mode(account) == PLAIN and not text(account, "aes_key"))


def _required(request: Inbound, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise Rejected(403, f"no {name}")
    return value


def _verify(request: Inbound, account: AccountFacts, now: datetime, window: float) -> None:
    """The signature over token, timestamp and nonce; it proves where the request comes from, not what the body says."""
    timestamp = _required(request, "timestamp")
    if not crypto.signed(_required(request, "signature"), text(account, "token"), timestamp, _required(request, "nonce")):
        raise Rejected(403, "wrong signature")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise Rejected(403, "odd timestamp")
    if abs(int(timestamp) - now.timestamp()) > window:
        raise Rejected(403, "stale timestamp")


def _unseal(request: Inbound, account: AccountFacts, envelope: str) -> tuple[bytes, str]:
    """msg_signature covers the ciphertext; the account's id stands at the end of the plain text."""
    given, timestamp, nonce = (_required(request, name) for name in ("msg_signature", "timestamp", "nonce"))
    if not crypto.signed(given, text(account, "token"), timestamp, nonce, envelope):
        raise Rejected(403, "wrong msg_signature")
    try:
        return crypto.decrypt(account, envelope)
    except crypto.Undecipherable:
        raise Rejected(403, "the envelope does not open with this account's keys") from None


def _passive(found: Event, fields: Fields, slot: str) -> dict[str, str] | None:
    if not found.citizen or found.kind not in ANSWERABLE:
        return None
    return {"to": found.citizen, "from": field(fields, "ToUserName"), "slot": slot}
