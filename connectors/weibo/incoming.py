"""The fan service's push (facts §2): signature, then body, then events; and the answer written into the same response."""

import hashlib
import hmac
import json
import re
from datetime import datetime
from urllib.parse import quote

from connectors.contract import Answer, Inbound, Reading, Rejected
from connectors.weibo import wire
from connectors.weibo.config import LIMITS, credential
from connectors.weibo.pushes import Push, from_json, from_xml, to_event
from policies.facts import AccountFacts, Event, WindowTrigger

BOUNDS = LIMITS["incoming"]
FIELD_MAX = 128  # characters of one signed query field
_STAMP = re.compile(r"[0-9]{1,16}")


def signature(secret: str, timestamp: str, nonce: str) -> str:
    """sha1 over the three texts, sorted and joined (W/Messages_api_start; the official vector is in the tests)."""
    parts = sorted(each.encode("utf-8", "surrogatepass") for each in (secret, timestamp, nonce))
    return hashlib.sha1(b"".join(parts)).hexdigest()


def read(request: Inbound, account: AccountFacts, now: datetime) -> Reading:
    """Verify, then read. Raises Rejected: 403 not believed, 405 method, 413 too large, 400 unreadable. Unknown shapes are events."""
    if len(request.body) > BOUNDS["body_max"]:
        raise Rejected(413, "body too large")
    _verify(request, account, now)
    if request.method == "GET":
        return Reading(_echo(request))
    if request.method != "POST":
        raise Rejected(405, "method not allowed")
    push = _parse(request.body)
    event = to_event(push, credential(account, "uid"), now)
    return Reading(Answer(), (event,), _passive_data(push, event))


def _verify(request: Inbound, account: AccountFacts, now: datetime) -> None:
    secret = credential(account, "app_secret")
    given, timestamp, nonce = (request.query.get(name, "") for name in ("signature", "timestamp", "nonce"))
    if not secret:
        raise Rejected(403, "account has no app_secret")
    if not (given and timestamp and nonce) or max(len(given), len(timestamp), len(nonce)) > FIELD_MAX:
        raise Rejected(403, "signature fields missing or too long")
    wanted = signature(secret, timestamp, nonce).encode()
    if not hmac.compare_digest(given.lower().encode("utf-8", "surrogatepass"), wanted):
        raise Rejected(403, "wrong signature")
    if not _STAMP.fullmatch(timestamp):
        raise Rejected(403, "timestamp is not a number")
    seconds = int(timestamp) / 1000 if int(timestamp) > 10**11 else int(timestamp)
    if abs(now.timestamp() - seconds) > BOUNDS["clock_seconds"]:
        raise Rejected(403, "stale timestamp")


def _echo(request: Inbound) -> Answer:
    echo = request.query.get("echostr", "")
    if not echo or len(echo) > BOUNDS["echo_max"]:
        raise Rejected(400, "echostr missing or too long")
    return Answer(body=wire.clean_text(echo).encode())


def _parse(body: bytes) -> Push:
    try:
        text = body.decode("utf-8-sig").strip()
        return from_xml(text) if text.startswith("<") else from_json(text)
    except ValueError:  # wrong encoding, broken JSON or XML, entities, depth
        raise Rejected(400, "body is not a readable push") from None


def _passive_data(push: Push, event: Event) -> dict[str, str] | None:
    """What the answer in the same response needs. Mentions have none: their only reply belongs to a person."""
    if event.trigger in (WindowTrigger.NONE, WindowTrigger.MENTION) or not (push.sender and push.receiver):
        return None
    return {"form": push.form, "to": push.sender, "sender": push.receiver}


def passive(reading: Reading, account: AccountFacts, text: str, now: datetime) -> Answer | None:
    """The webhook's own answer carrying `text` (facts §2.4): ids swapped, `data` a URL-encoded JSON text; XML answers XML.

    None when the request cannot be answered so, or the text is empty or longer than a private message may be.
    """
    about, said = reading.passive, wire.clean_text(text)
    if about is None or not said.strip() or len(said) > LIMITS["private"]["text_max"]:
        return None
    if about["form"] == "xml":
        return Answer(body=_xml(about["to"], about["sender"], said, now).encode(), content_type="application/xml; charset=utf-8")
    data = quote(json.dumps({"text": said}, ensure_ascii=False), safe="")
    body = {"result": True, "receiver_id": about["to"], "sender_id": about["sender"], "type": "text", "data": data}
    return Answer(body=json.dumps(body).encode(), content_type="application/json; charset=utf-8")


def _xml(to: str, sender: str, text: str, now: datetime) -> str:
    inner = {"ToUserName": _cdata(to), "FromUserName": _cdata(sender), "CreateTime": str(int(now.timestamp()))}
    inner |= {"MsgType": _cdata("text"), "Content": _cdata(text)}
    return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in inner.items())}</xml>"


def _cdata(text: str) -> str:
    # XML 1.0 knows no control characters but tab and line ends; "]]>" would end the section early.
    legal = re.sub("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
    return f"<![CDATA[{legal.replace(']]>', ']]]]><![CDATA[>')}]]>"
