"""One item -> one customer-service message -> one Result (custom/send, facts §3.2-3.3).

The platform knows no idempotency key here: what may have left is UNKNOWN and never repeated by us. Only a refused token is,
because a refused token means that nothing was sent.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from connectors import http
from connectors.contract import Tools
from connectors.wechat.answers import Answered, Unclear
from connectors.wechat.client import Client
from connectors.wechat.errors import judge
from connectors.wechat.limits import may_write_first, table
from connectors.wechat.markup import clean
from connectors.wechat.tokens import NoToken
from policies.facts import AccountFacts, Hold, Outcome, Outgoing, Result

log = logging.getLogger(__name__)

_UNSURE = "消息可能已送达：请在公众平台核对后再决定是否重发"


def send(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Send one text to one citizen, once. Never raises."""
    unfit = _unfit(item, account)
    if unfit:
        return unfit
    return attempt(lambda: _sent(Client(account, tools).message.send_text(item.citizen, clean(item.text))), account, tools)


def attempt(call: Callable[[], Result], account: AccountFacts, tools: Tools) -> Result:
    """Do one call to the platform; whatever comes of it is a Result."""
    try:
        return call()
    except NoToken as nothing:
        return nothing.result
    except Answered as refusal:
        return judge(refusal.code, refusal.errmsg, account, tools.now, refusal.body)
    except Unclear as answer:
        return _unclear(answer)
    except http.NotSent as fault:
        return Result(Outcome.RETRY, error=f"连不上微信接口（{fault}），稍后自动重试")
    except (http.MaybeSent, http.TooLarge) as fault:
        return Result(Outcome.UNKNOWN, error=f"微信没有给出完整的答复（{type(fault).__name__}）。{_UNSURE}")
    except Exception as fault:  # the last wall: its text may hold an address with a token, so only its name is kept
        log.error("wechat: unforeseen %s", type(fault).__name__)
        return Result(Outcome.UNKNOWN, error=f"发送时出现意外错误（{type(fault).__name__}）。{_UNSURE}")


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


def _unclear(answer: Unclear) -> Result:
    """A refusal by HTTP (3xx, 4xx) comes from before the platform; 408, 499 and 5xx may come from behind it."""
    code = f"http-{answer.status}"
    if 300 <= answer.status < 500 and answer.status not in (408, 499):
        wait = answer.retry_after or float(table()["wait"]["gateway_seconds"])
        words = f"接口地址拒绝了请求（HTTP {answer.status}），消息未送达，稍后自动重试；如持续出现请检查接口地址和网络出口"
        return Result(Outcome.RETRY, code=code, error=words, retry_after=wait, account_wide=True)
    return Result(Outcome.UNKNOWN, code=code, error=f"微信的答复无法识别（HTTP {answer.status}）。{_UNSURE}")
