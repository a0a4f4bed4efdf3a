"""What WeChat's error codes mean for us (facts §5.3): data, not code.

Sources: WxMpErrorMsgEnum.java of WxJava, wechatpy/constants.py, and the pages named in facts §5.1 and §5.3.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.wechat.limits import is_subscription, may_write_first
from policies.facts import AccountFacts, Hold, Outcome, Result

TOKEN_CODES = frozenset({40001, 40014, 42001})
"""The token is refused: fetch it anew once, repeat once."""

NOT_ENTITLED = 48001
"""Not entitled: uncertified, certification lapsed, or function not enabled. Subscription accounts are often the first,
so their answers wait for the citizen; a service account must be put right by a person.
"""

RIGHTS_CODES = frozenset({NOT_ENTITLED, 40200, 45103, 48008})
"""The account is not entitled. For an uncertified account that is its nature, not a fault."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The end one code stands for. `wait` in seconds; `next_day` = until the next midnight in Beijing."""

    outcome: Outcome
    words: str
    wait: float | None = None
    next_day: bool = False
    hold: Hold = Hold.NONE
    account_wide: bool = False


def _retry(words: str, wait: float | None = None, *, next_day: bool = False, account_wide: bool = False) -> Meaning:
    return Meaning(Outcome.RETRY, words, wait, next_day, account_wide=account_wide)


def _refused(words: str, hold: Hold = Hold.NONE) -> Meaning:
    return Meaning(Outcome.REFUSED, words, hold=hold)


def _reconnect(words: str, wait: float | None = None) -> Meaning:
    return Meaning(Outcome.RECONNECT, words, wait, account_wide=wait is not None)


_IP = "出口 IP 不在白名单：请在公众平台 › 设置与开发 › 基本配置 › IP白名单中加入本系统的出口 IP"
_MEDIA = "素材的类型、大小或格式不符合要求，请更换素材"
_MEDIA_ID = "素材编号无效或已过期（临时素材 3 天有效），请重新上传"
_SIZE = "内容超过平台长度限制，请缩短后重新发送"
_COMMENT = "留言不存在、受限或未开通留言功能，请到公众平台后台核对"
_OWN = "请求不符合接口要求，请联系系统管理员"
_RIGHT = "账号没有此接口权限：请核对认证是否有效、功能是否已开通；确未认证的，请在账号管理中把类型改为“未认证服务号”（service_uncertified）"
_SUBSCRIPTION = "微信未向此订阅号开放客服消息，只能在市民来信时即时回复；此答复已保留，市民可凭查询码查看。如已认证，请核对认证是否有效"
_TOKEN = "access_token 刷新后仍被拒绝：请核对 AppSecret，并确认没有其他系统反复强制刷新"  # noqa: S105  (words for staff)
_PUBLISH = "发布未通过平台检查或需在后台手工处理：请登录公众平台查看"
_TYPING = "输入状态未能显示，不影响消息发送"

MEANINGS: dict[int, Meaning] = {
    -1: _retry("微信系统繁忙，稍后自动重试", 5),
    40001: _reconnect(_TOKEN),
    40014: _reconnect(_TOKEN),
    42001: _reconnect(_TOKEN),
    41001: _refused(_OWN),
    41002: _reconnect("缺少开发者ID（AppID）：请在账号管理中填写"),
    41004: _reconnect("缺少开发者密码（AppSecret）：请在账号管理中填写"),
    40002: _reconnect("获取凭证的方式不被接受：请核对开发者ID和开发者密码"),
    40013: _reconnect("开发者ID（AppID）无效：请在账号管理中更正"),
    40125: _reconnect("开发者密码（AppSecret）错误：请在账号管理中重新填写"),
    40243: _reconnect("开发者密码（AppSecret）已被冻结：请在公众平台 › 基本配置中解冻"),
    40164: _reconnect(_IP),
    89501: _reconnect("出口 IP 正等待公众号管理员确认：请管理员在微信上处理"),
    89503: _reconnect("出口 IP 需公众号管理员确认：请管理员在微信上处理，或加入 IP 白名单"),
    89506: _reconnect("管理员两次拒绝了本系统的出口 IP，24 小时内不能再用：" + _IP, 86400),
    89507: _reconnect("管理员拒绝了本系统的出口 IP，1 小时内不能再用：" + _IP, 3600),
    40003: _refused("接收人的 OpenID 无效或不属于本公众号"),
    **dict.fromkeys((*range(40004, 40007), *range(40008, 40013), 40137), _refused(_MEDIA)),
    **dict.fromkeys((40007, 40118, 40121), _refused(_MEDIA_ID)),
    **dict.fromkeys((40032, 40130), _refused("接收人数量不符合要求（至少 2 人，至多 10000 人）")),
    40033: _refused("内容含有平台不接受的字符，请修改后重新发送"),
    40037: _refused("模板编号（template_id）无效：请在账号管理中核对，或在公众平台重新选用模板"),
    40059: _refused("消息编号无效或已过期"),
    40152: _refused("标签（分组）编号无效"),
    40200: _reconnect(_RIGHT),
    42010: _retry("群发过于频繁，几分钟后自动重试", 300),
    43004: _refused("对方未关注本公众号，待其再次来访时送达", Hold.UNFOLLOWED),
    50005: _refused("对方未关注本公众号，待其再次来访时送达", Hold.UNFOLLOWED),
    48002: _refused("对方拒收本公众号消息，待其再次来访时送达", Hold.UNFOLLOWED),
    43019: _refused("对方在本公众号的黑名单中，请先在后台移出"),
    43101: _refused("对方未同意或已取消此项订阅通知"),
    **dict.fromkeys((44002, 44003, 44004), _refused("内容为空，请填写后重新发送")),
    **dict.fromkeys(range(45001, 45009), _refused(_SIZE)),
    45009: _retry("此接口当日调用次数已用完，次日零点（北京时间）后自动重试", next_day=True, account_wide=True),
    45011: _retry("调用过于频繁，一分钟后自动重试", 60, account_wide=True),
    45015: _refused("超过 48 小时回复时限或对方已取消关注，待其再次来访时送达", Hold.WINDOW),
    45047: _refused("本次可下发的客服消息条数已用完，待对方再次来访时送达", Hold.QUOTA),
    45028: _retry("群发次数已用完，次日零点（北京时间）后自动重试", next_day=True),
    45065: Meaning(Outcome.PENDING, "同一群发任务已被平台接受，等待结果"),
    45066: _retry("同一群发任务重试过快，稍后自动重试", 60),
    45067: _refused(_OWN),
    **dict.fromkeys((45072, 45080, 45081), _refused(_TYPING)),
    45103: _reconnect("平台已停用或不支持此接口：" + _RIGHT),
    45106: _reconnect("平台已停用此接口，请联系系统管理员"),
    45166: _refused("内容含有平台不支持的标记或链接，请修改后重新提交"),
    47001: _refused(_OWN),
    47003: _refused("模板参数不符合要求，请修改后重新提交"),
    48001: _reconnect(_RIGHT),
    48003: _reconnect("管理员尚未同意群发协议：请登录公众平台处理"),
    48004: _reconnect("此接口已被平台封禁：请登录公众平台查看通知并处理"),
    48005: _refused("素材正被自定义菜单或自动回复使用，不能删除"),
    48006: _refused("本月清零调用次数的机会已用完"),
    48008: _refused("账号没有发送此类消息的权限"),
    50001: _refused("用户未授权此接口"),
    50002: _reconnect("账号或用户受限，可能已被封禁：请登录公众平台查看"),
    **dict.fromkeys((53503, 53504, 53505), _reconnect(_PUBLISH)),
    61007: _reconnect("第三方平台未获得此接口的授权，请重新授权"),
    **dict.fromkeys(range(61451, 61458), _refused("客服账号参数不符合要求，请核对客服账号")),
    **dict.fromkeys((65400, 65416, 65417), _refused("客服功能未开通或查询参数不符合要求")),
    87009: _refused("签名无效，请联系系统管理员"),
    87014: _refused("内容被平台判定有风险，请修改后重新提交"),
    88000: _reconnect("未开通留言功能：请登录公众平台开通"),
    **dict.fromkeys((88001, 88002, 88003, 88004, 88005, 88007, 88008), _refused(_COMMENT)),
}
"""Code -> meaning. A code not listed is UNKNOWN: the request may have had an effect."""

_BEIJING = ZoneInfo("Asia/Shanghai")
_RID = re.compile(r"rid:\s*([0-9a-f]{6,12}(?:-[0-9a-f]{4,12}){1,4})")
_HINT = re.compile(r"hint:\s*\[\s*([0-9A-Za-z_-]{4,24})\s*\]")
_ADDRESS = re.compile(r"invalid ip\s+([0-9A-Fa-f.:]{3,45})", re.IGNORECASE)


def judge(code: int, errmsg: str, account: AccountFacts, now: datetime, body: dict[str, Any] | None = None) -> Result:
    """The Result a code stands for, in words for staff with code and rid. The platform's own text is never passed on whole."""
    meaning = MEANINGS.get(code)
    if meaning is None:
        words = "微信返回了未知的错误码，消息可能已送达：请人工核对后再决定是否重发"
        return Result(Outcome.UNKNOWN, code=str(code), error=_sentence(code, errmsg, words))
    if code in RIGHTS_CODES and not may_write_first(account):
        words = "未认证的公众号没有此接口权限，只能在市民来信时即时回复；请完成微信认证"
        return Result(Outcome.REFUSED, code=str(code), error=_sentence(code, errmsg, words), hold=Hold.UNSUPPORTED)
    if code == NOT_ENTITLED and is_subscription(account):
        return Result(Outcome.REFUSED, code=str(code), error=_sentence(code, errmsg, _SUBSCRIPTION), hold=Hold.UNSUPPORTED)
    return Result(
        meaning.outcome,
        platform_id=_number(body, "msg_id") if meaning.outcome is Outcome.PENDING else "",
        code=str(code),
        error="" if meaning.outcome is Outcome.PENDING else _sentence(code, errmsg, meaning.words),
        retry_after=until_midnight(now) if meaning.next_day else meaning.wait,
        hold=meaning.hold,
        account_wide=meaning.account_wide,
    )


def until_midnight(now: datetime) -> float:
    """Seconds to the next 00:00 in Beijing, when daily quotas are presumed to start anew (facts §5.3)."""
    local = now.astimezone(_BEIJING)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - local).total_seconds()


def _sentence(code: int, errmsg: str, words: str) -> str:
    found = _RID.search(errmsg) or _HINT.search(errmsg)
    mark = f"，rid {found.group(1)}" if found else ""
    address = _ADDRESS.search(errmsg) if code == 40164 else None
    egress = f"（本系统出口 IP：{address.group(1)}）" if address else ""
    return f"{words}{egress}（微信错误 {code}{mark}）"


def _number(body: dict[str, Any] | None, name: str) -> str:
    value = (body or {}).get(name)
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
