"""The automatic answer in the webhook's own response (被动回复, facts §3.1). It costs no message of the window."""

import secrets
from datetime import datetime

from connectors.contract import Answer, Reading
from connectors.wechat import crypto
from connectors.wechat.credentials import text as credential
from connectors.wechat.limits import table
from connectors.wechat.markup import cdata, clean
from policies.facts import AccountFacts

_XML = "application/xml; charset=utf-8"


def passive(reading: Reading, account: AccountFacts, text: str, now: datetime) -> Answer | None:
    """The answer carrying `text`, sealed with the key that opened the request if it was sealed.

    None when this request cannot be answered so, or the text is empty or over the platform's limit: nothing is cut off.
    """
    way = reading.passive
    text = clean(text)
    if way is None or not text.strip() or len(text.encode()) > table()["text"]["max"]:
        return None
    seconds = int(now.timestamp())
    document = (
        f"<xml><ToUserName>{cdata(way['to'])}</ToUserName><FromUserName>{cdata(way['from'])}</FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>{cdata(text)}</Content></xml>"
    )
    if way["slot"]:
        document = _sealed(account, way["slot"], document, str(seconds))
    return Answer(body=document.encode(), content_type=_XML)


def _sealed(account: AccountFacts, slot: str, document: str, timestamp: str) -> str:
    envelope = crypto.encrypt(account, slot, document)
    nonce = secrets.token_hex(8)
    signature = crypto.signature(credential(account, "token"), timestamp, nonce, envelope).decode()
    return (
        f"<xml><Encrypt><![CDATA[{envelope}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )
