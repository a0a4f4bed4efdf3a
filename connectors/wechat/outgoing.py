"""One item -> one customer-service message -> one Result (custom/send, facts §3.2-3.3).

The platform knows no idempotency key here: what may have left is UNKNOWN and never repeated by us. Only a refused token is,
because a refused token means that nothing was sent.
"""

from collections.abc import Mapping
from typing import Any

from connectors.contract import Tools
from connectors.wechat import templates
from connectors.wechat.calling import attempt
from connectors.wechat.client import Client
from connectors.wechat.limits import may_write_first, table
from connectors.wechat.markup import clean
from policies.facts import AccountFacts, Hold, Outcome, Outgoing, Result


def send(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Send one text, or one notice by template, to one citizen, once. Never raises."""
    if item.kind == templates.KIND:
        return templates.send(item, account, tools)
    unfit = _unfit(item, account)
    if unfit:
        return unfit
    return attempt(lambda: _sent(Client(account, tools).message.send_text(item.citizen, clean(item.text))), account, tools)


def _unfit(item: Outgoing, account: AccountFacts) -> Result | None:
    """What can be said before anything leaves."""
    if not may_write_first(account):
        words = "未认证的公众号不能主动发送客服消息，只能在市民来信时即时回复；请完成微信认证"
        return Result(Outcome.REFUSED, error=words, hold=Hold.UNSUPPORTED)
    if item.kind != "text":
        return Result(Outcome.REFUSED, error=f"微信客服消息暂只发送文字，不能发送“{clean(item.kind)[:20]}”")
    text = clean(item.text)
    if not item.citizen or not text.strip():
        return Result(Outcome.REFUSED, error="缺少接收人或内容为空，请填写后重新发送")
    size, most = len(text.encode()), table()["text"]["max"]
    if size > most:
        words = f"内容 {size} 字节，超过微信单条 {most} 字节（约 {most // 3} 个汉字）的限制：请缩短或分条发送"
        return Result(Outcome.REFUSED, code="45002", error=words)
    return None


def _sent(body: Mapping[str, Any]) -> Result:
    number = body.get("msgid", body.get("msg_id", ""))
    return Result(Outcome.SENT, platform_id=str(number) if isinstance(number, int | str) else "")
