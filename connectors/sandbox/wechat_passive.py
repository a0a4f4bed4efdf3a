"""Reading the webhook's own answer as WeChat does: strictly (wechat.md §1.5, §3.1)."""

import secrets
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.sandbox.accounts import Account
from connectors.sandbox.push import Judged
from connectors.sandbox.wechat_crypto import BadEnvelope, decrypt, encrypt, same, signature

PAYLOAD = {
    "text": "Content",
    "image": "Image/MediaId",
    "voice": "Voice/MediaId",
    "video": "Video/MediaId",
    "music": "Music/ThumbMediaId",
    "news": "Articles/item/Title",
    "transfer_customer_service": "",
}


class Malformed(Exception):
    """WeChat would show its system notice instead of this answer. The text says why."""


def judge(account: Account, openid: str, text_bytes: int, status: int, body: bytes) -> Judged:
    """What WeChat does with an answer: a status other than 200 counts as none and is repeated."""
    if status != 200:
        return Judged(True, f"status {status}")
    if body in (b"", b"success"):
        return Judged(False, body.decode() or "empty")
    try:
        reply = _open(account, body)
        return Judged(False, "passive", _read(reply, account, openid, text_bytes))
    except Malformed as error:
        return Judged(False, "malformed", problem=str(error))


def _xml(body: bytes) -> Element:
    try:
        root: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, RecursionError, LookupError):
        raise Malformed("not well-formed XML") from None
    if root.tag != "xml":
        raise Malformed("the root element is not <xml>")
    return root


def _field(root: Element, path: str) -> str:
    return root.findtext(path) or ""


def _open(account: Account, body: bytes) -> Element:
    root, mode = _xml(body), account.secret("mode")
    if root.find("Encrypt") is None:
        if mode == "safe":
            raise Malformed("safe mode wants an encrypted answer")
        return root
    if mode == "plain":
        raise Malformed("plain mode cannot read an encrypted answer")
    names = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    encrypted, given, stamp, nonce = (_field(root, name) for name in names)
    if not (given and nonce and stamp.isdigit()):
        raise Malformed("MsgSignature, TimeStamp or Nonce is missing or wrong")
    if not same(given, signature(account.secret("token"), stamp, nonce, encrypted)):
        raise Malformed("MsgSignature does not fit")
    try:
        return _xml(decrypt(encrypted, account.secret("aes_key"), account.secret("app_id")))
    except BadEnvelope as error:
        raise Malformed(f"cannot decrypt: {error}") from None


def _read(root: Element, account: Account, openid: str, text_bytes: int) -> str:
    if _field(root, "ToUserName") != openid:
        raise Malformed("ToUserName is not the citizen who wrote")
    if _field(root, "FromUserName") != account.origin_id:
        raise Malformed("FromUserName is not the account")
    if not _field(root, "CreateTime").isdigit():
        raise Malformed("CreateTime is not a number")
    kind = _field(root, "MsgType")
    if kind not in PAYLOAD:
        raise Malformed(f"MsgType {kind[:40]!r} is unknown")
    if kind == "transfer_customer_service":
        return "[转接客服]"
    content = _field(root, PAYLOAD[kind])
    if not content:
        raise Malformed(f"{PAYLOAD[kind]} is empty")
    if kind != "text":
        return f"[{kind}] {content}"
    if len(content.encode()) > text_bytes:
        raise Malformed(f"Content is over {text_bytes} bytes")
    return content


def seal(account: Account, message: bytes, stamp: int) -> dict[str, Any]:
    """The envelope of an encrypted document: Encrypt, MsgSignature, TimeStamp, Nonce."""
    nonce = str(secrets.randbelow(10**10))
    encrypted = encrypt(message, account.secret("aes_key"), account.secret("app_id"))
    given = signature(account.secret("token"), str(stamp), nonce, encrypted)
    return {"Encrypt": encrypted, "MsgSignature": given, "TimeStamp": stamp, "Nonce": nonce}
