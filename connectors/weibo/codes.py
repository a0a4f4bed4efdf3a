"""Weibo's error codes as data: what each means for us and for staff (facts §1.2, §1.7, §2.5).

Sources: mirrors of the platform's error page (snserror of Rabbit.js, cnblogs lxwphp/p/9400049, csdn fanwei4751/105192150),
OAuth codes of wjhsh.net/highriver-p-2260589, 26403 of W/Send_Customer_Service_Message.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.facts import Hold, Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    """What one code means. `wait` names a row of [waits]; `read` replaces the outcome for requests that change nothing."""

    outcome: Outcome
    zh: str
    en: str
    wait: str = ""
    account_wide: bool = False
    hold: Hold = Hold.NONE
    read: Outcome | None = None
    note: str = ""


def _same(codes: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(codes.split(), rule)


_R, _X, _U, _C = Outcome.RETRY, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.RECONNECT
_AGAIN = "请账号持有人重新授权"
_AGAIN_EN = "authorise the account again"

_SYSTEM: dict[str, Rule] = {
    # Named transient, but a POST that met them may have been stored: the table says to look in the timeline first.
    **_same("10001 10003 10010 10011", Rule(_U, "微博系统出错，是否已发出不明", "Weibo failed inside", "transient", read=_R)),
    # Turned away at the door: nothing was done.
    **_same("10002 10009", Rule(_R, "微博服务暂停或繁忙，稍后自动重试", "Weibo is suspended or busy", "transient")),
    **_same("10004", Rule(_C, "本服务器的 IP 不在应用的白名单内，请在微博开放平台添加", "our IP is not on the app's list")),
    **_same("10005 10014", Rule(_X, "应用没有此接口的权限，请在微博开放平台申请", "the app may not use this interface")),
    **_same(
        "10006 10007 10008 10012 10013 10016 10018 10020 10021 21320",
        Rule(_X, "微博不接受这个请求，请联系系统管理员", "request not acceptable"),
    ),
    **_same("10017", Rule(_X, "参数不被接受；若提示 domain，请检查安全域名", "parameter refused; with `domain`: the safe domain")),
    **_same("10022", Rule(_R, "本服务器 IP 的微博调用已达上限，等待重置", "our IP is over its limit", "over_limit", True)),
    **_same("10023", Rule(_R, "该账号的微博调用已达上限，等待重置", "the account is over its limit", "over_limit", True)),
    **_same("10024", Rule(_R, "该接口的调用已达上限，等待重置", "this interface is over its limit", "over_limit")),
}

_SERVICE: dict[str, Rule] = {
    **_same("20003", Rule(_X, "对方账号不存在", "no such user")),
    **_same("20005 20006 20007", Rule(_X, "图片格式、大小或上传方式不对", "picture not acceptable")),
    **_same("20008", Rule(_X, "内容为空", "empty text")),
    **_same("20012 20013 20049", Rule(_X, "内容过长，请缩短", "text too long")),
    **_same("20014", Rule(_R, "微博安全检查要求再试一次", "safety check, try again", "try_again")),
    **_same("20015", Rule(_C, "账号、IP 或应用被微博判为异常，请登录微博处理", "account, IP or app judged illegal")),
    **_same("20016", Rule(_R, "发布过于频繁，稍后自动重试", "posting too often", "too_often", True)),
    **_same("20017", Rule(_U, "微博认为内容与刚发布的相似", "similar text just posted", note="probably our earlier attempt")),
    **_same("20018", Rule(_X, "内容含有被禁止的链接", "illegal address in the text")),
    **_same("20019 20111", Rule(_U, "微博认为内容与已发布的相同", "identical text already posted", note="probably our earlier attempt")),
    **_same("20020", Rule(_X, "微博判为广告，请修改内容", "judged advertising")),
    **_same("20021 21602", Rule(_X, "含有微博禁止的内容，请修改", "forbidden words")),
    **_same("20022", Rule(_C, "本服务器 IP 行为异常，请暂停并联系微博", "our IP behaves oddly")),
    **_same("20023", Rule(_X, "微博暂不提供此功能", "function not available")),
    **_same("20031", Rule(_C, "微博要求验证码，请在浏览器登录该账号处理", "captcha wanted: act in a browser")),
    **_same("20032", Rule(Outcome.SENT, "已接受，一两分钟后显示", "accepted, shown with delay")),
    **_same("20033", Rule(_C, f"登录状态异常，{_AGAIN}", f"log-in state abnormal: {_AGAIN_EN}")),
    **_same("20101", Rule(_X, "原微博已不存在", "the post is gone")),
    **_same("20102 20203", Rule(_X, "不是本账号的内容", "not our own")),
    **_same("20104 20112 20120", Rule(_X, "原微博违规、受隐私限制或不可见", "the post is not visible")),
    **_same("20201", Rule(_X, "该评论已不存在", "the comment is gone")),
    **_same("20206 20207", Rule(_X, "作者限制了评论，请改用私信", "the author limits who may comment")),
    **_same("20301", Rule(_X, "对方未关注本账号，等其再次联系", "the citizen does not follow us", hold=Hold.UNFOLLOWED)),
    **_same("20305", Rule(_X, "私信条数已达上限，等其再次联系", "too many private messages", hold=Hold.QUOTA)),
    **_same("20306", Rule(_X, "与上一条私信相同，未再发送；对方可能已收到", "equal to the last private message")),
    **_same("26403", Rule(_X, "回复窗口已关闭或次数已用完，等其再次联系", "reply window closed or used up", hold=Hold.WINDOW)),
}

_OAUTH: dict[str, Rule] = {
    **_same("21301 21314 21315 21316 21317 21319 21327 21332", Rule(_C, f"授权已失效，{_AGAIN}", f"token dead: {_AGAIN_EN}")),
    **_same("21321", Rule(_C, "应用未过审核（仅测试用户）或授权被撤回", "app not audited, or authorisation withdrawn")),
    **_same("21335", Rule(_X, "uid 与授权账号不一致，请检查账号设置", "uid is not the authorised account")),
    **_same("21322", Rule(_X, "回调地址与开放平台登记的不一致", "redirect_uri mismatch")),
    **_same("21323 21326 21328 21329 21337 21338", Rule(_X, "应用设置或权限不对", "app configuration")),
    **_same("21324", Rule(_X, "App Key 或 App Secret 不对", "invalid client")),
    **_same("21325", Rule(_X, "授权码已用过或过期，请重新开始授权", "code used or expired: start again")),
    **_same("21330", Rule(_X, "账号持有人拒绝了授权", "the account holder refused")),
    **_same("21331", Rule(_R, "微博授权服务暂不可用，稍后自动重试", "authorisation temporarily unavailable", "transient")),
}

CODES: Mapping[str, Rule] = {**_SYSTEM, **_SERVICE, **_OAUTH}
