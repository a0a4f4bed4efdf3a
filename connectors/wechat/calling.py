"""One call to the platform; whatever comes of it is a Result."""

import logging
from collections.abc import Callable

from connectors import http
from connectors.contract import Tools
from connectors.wechat.answers import Answered, Unclear
from connectors.wechat.errors import judge
from connectors.wechat.limits import table
from connectors.wechat.tokens import NoToken
from policies.facts import AccountFacts, Outcome, Result

log = logging.getLogger(__name__)

_UNSURE = "消息可能已送达：请在公众平台核对后再决定是否重发"


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


def _unclear(answer: Unclear) -> Result:
    """A refusal by HTTP (3xx, 4xx) comes from before the platform; 408, 499 and 5xx may come from behind it."""
    code = f"http-{answer.status}"
    if 300 <= answer.status < 500 and answer.status not in (408, 499):
        wait = answer.retry_after or float(table()["wait"]["gateway_seconds"])
        words = f"接口地址拒绝了请求（HTTP {answer.status}），消息未送达，稍后自动重试；如持续出现请检查接口地址和网络出口"
        return Result(Outcome.RETRY, code=code, error=words, retry_after=wait, account_wide=True)
    return Result(Outcome.UNKNOWN, code=code, error=f"微信的答复无法识别（HTTP {answer.status}）。{_UNSURE}")
