"""From an exception of a call to the outcome of the house: the table of section 3.5 of the facts.

The order matters: python-telegram-bot makes BadRequest and TimedOut subclasses of NetworkError, and a permanent
error taken for a network error would be tried for ever. What is not known to be harmless is UNKNOWN.
"""

from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from connectors.telegram.keys import Keys
from connectors.telegram.request import HttpFailure, NotSent, TooFast, TooLarge, Unusable
from policies.facts import Hold, Outcome, Result

_BLOCKED = (
    ("blocked by the user", "市民屏蔽了机器人，等他再次联系 / the citizen blocked the bot; wait until they write again"),
    ("can't initiate conversation", "市民还没有联系过机器人，不能先发 / the citizen has never written to the bot; it cannot write first"),
)
_GONE = (
    ("user is deactivated", "该用户已注销 / this Telegram user has closed their account"),
    ("send messages to bots", "对方也是机器人，不能发 / the receiver is a bot"),
)
_NO_RIGHT = (
    "kicked", "not a member", "not enough rights", "have no rights", "no rights", "need administrator rights",
    "write_forbidden", "admin_required", "chat_restricted", "administrator rights",
)  # fmt: skip
_BAD = (
    ("message is too long", "超过 4096 个字符，请删减 / over 4096 characters: shorten it"),
    ("text must be non-empty", "内容为空 / the text is empty"),
    ("message text is empty", "内容为空 / the text is empty"),
    ("chat not found", "找不到这个会话：编号错误，或对方从未联系过机器人 / chat not found: a wrong id, or they never wrote to the bot"),
    ("peer_id_invalid", "找不到这个会话 / chat not found"),
    ("message thread not found", "该话题已删除 / this topic was deleted"),
    ("topic_closed", "该话题已关闭 / this topic is closed"),
)


def outcome(error: BaseException, keys: Keys, *, own_chat: bool = False) -> Result:
    """What a failed call means. `own_chat` = the receiver was the account's own channel or group: a lost right there is
    the account's own, not one delivery's. Never raises; no text carries a secret.
    """
    if isinstance(error, TooFast | RetryAfter):
        return _flood(error)
    if isinstance(error, ChatMigrated):
        words = "该群已升级，按新编号重试 / the group was upgraded; trying again under its new id"
        return Result(Outcome.RETRY, code="400", error=words, retry_after=0.0, detail={"new_chat_id": error.new_chat_id})
    if isinstance(error, InvalidToken):
        words = "机器人令牌无效或地址不对，请重新连接账号 / the bot token is not valid, or base_url is wrong: reconnect the account"
        return Result(Outcome.RECONNECT, code="401", error=words)
    if isinstance(error, Unusable):
        words = "令牌、地址或代理不可用，请重新连接账号 / token, base_url or proxy cannot be used: reconnect the account"
        return Result(Outcome.RECONNECT, error=words)
    if isinstance(error, Forbidden):
        return _forbidden(error, keys, own_chat)
    if isinstance(error, BadRequest):
        return _bad_request(error, keys, own_chat)
    if isinstance(error, Conflict):
        return Result(Outcome.RETRY, code="409", error=CONFLICT)
    return _network(error, keys)


CONFLICT = (
    "409：已设置 webhook，或另一个程序也在轮询这个机器人，请停掉其中一个"
    " / 409: a webhook is set, or a second poller runs with this bot; switch one of them off"
)


def _flood(error: TooFast | RetryAfter) -> Result:
    after = error.retry_after  # PTB's own is a number or, with PTB_TIMEDELTA, a timedelta
    seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
    words = f"发送过快，平台要求等待 {seconds:.0f} 秒 / too fast: Telegram asks to wait {seconds:.0f} s"
    return Result(Outcome.RETRY, code="429", error=words, retry_after=seconds, account_wide=True)


def _forbidden(error: Forbidden, keys: Keys, own_chat: bool) -> Result:
    said = str(error).lower()
    for words, meaning in _BLOCKED:
        if words in said:
            return Result(Outcome.REFUSED, code="403", error=meaning, hold=Hold.UNFOLLOWED)
    for words, meaning in _GONE:
        if words in said:
            return Result(Outcome.REFUSED, code="403", error=meaning)
    return _no_right("403", error, keys, own_chat)


def _bad_request(error: BadRequest, keys: Keys, own_chat: bool) -> Result:
    said = str(error).lower()
    if "message is not modified" in said:
        return Result(Outcome.SENT, code="400")  # it already reads as we want it to
    if "logged out" in said:
        return Result(Outcome.RECONNECT, code="400", error="机器人已从该服务器登出 / the bot is logged out of this Bot API server")
    if any(words in said for words in _NO_RIGHT):
        return _no_right("400", error, keys, own_chat)
    for words, meaning in _BAD:
        if words in said:
            return Result(Outcome.REFUSED, code="400", error=meaning)
    said = keys.hide(error)
    return Result(Outcome.REFUSED, code="400", error=f"平台拒绝：{said} / Telegram refused it: {said}")


def _no_right(code: str, error: Exception, keys: Keys, own_chat: bool) -> Result:
    said = keys.hide(error)
    if own_chat:
        words = f"机器人在本账号的频道或群里没有权限，请重新加入并授权：{said} / the bot lost its rights in the account's own chat: {said}"
        return Result(Outcome.RECONNECT, code=code, error=words)
    words = f"机器人不在该群或没有发言权限：{said} / the bot is not in that group or may not write there: {said}"
    return Result(Outcome.REFUSED, code=code, error=words)


def _network(error: BaseException, keys: Keys) -> Result:
    if isinstance(error, NotSent):
        words = f"连不上平台（{error}），稍后重试 / no connection to Telegram ({error}); it will be tried again"
        return Result(Outcome.RETRY, code=str(error), error=words)
    if isinstance(error, HttpFailure):
        return _http(error, keys)
    if isinstance(error, TooLarge):
        return _unknown("too_large", "平台的回答过大 / the answer was too large")
    if isinstance(error, TimedOut | TimeoutError):
        return _unknown("timeout", "平台没有及时回答 / Telegram did not answer in time")
    if isinstance(error, NetworkError):
        return _unknown("broken", "连接中断 / the connection broke")
    return _unknown("garbage", f"平台的回答无法读懂（{type(error).__name__}） / the answer could not be read")


def _http(error: HttpFailure, keys: Keys) -> Result:
    code, said = str(error.status), keys.hide(error.description)
    if 300 <= error.status <= 399:
        words = f"地址被转向（HTTP {code}），请检查 base_url / the address redirects (HTTP {code}): check base_url"
        return Result(Outcome.RETRY, code=code, error=words)
    if error.status in (405, 411, 413, 414, 415, 422, 431):
        return Result(Outcome.REFUSED, code=code, error=f"平台拒绝（HTTP {code}）{said} / refused with HTTP {code} {said}")
    return _unknown(code, f"平台出错（HTTP {code}）{said} / Telegram failed with HTTP {code}")


def _unknown(code: str, what: str) -> Result:
    words = f"{what}。可能已送达，请先查看再决定是否重发 / It may have arrived: look before sending again"
    return Result(Outcome.UNKNOWN, code=code, error=words)
