"""Does the account work? Asked with the cheapest calls there are; the words are for staff."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import Tools
from connectors.wechat.calling import attempt
from connectors.wechat.client import Client
from connectors.wechat.credentials import SAFE, mode, validate
from connectors.wechat.limits import kind, may_write_first, table
from policies.facts import AccountFacts, Health, HealthReport, Outcome, Result

_MODES = {"plain": "明文模式", "compat": "兼容模式", "safe": "安全模式（推荐）"}
_PLACE = "公众平台 › 设置与开发 › 基本配置 › 服务器配置"


def health(account: AccountFacts, tools: Tools) -> HealthReport:
    """Token, IP whitelist (getcallbackip) and the day's quota of custom/send. Never raises."""
    problems = validate(account)
    if problems:
        return HealthReport(Health.RECONNECT, "账号设置有误：" + "；".join(problems))
    result = attempt(lambda: _asked(Client(account, tools)), account, tools)
    if result.outcome is Outcome.RECONNECT:
        return HealthReport(Health.RECONNECT, result.error)
    if result.outcome is Outcome.REFUSED or result.code == "45009":
        return HealthReport(Health.DEGRADED, result.error)
    if result.outcome is not Outcome.SENT:
        mark = f"（{result.code}）" if result.code else ""
        return HealthReport(Health.DOWN, f"微信接口暂不能正常应答{mark}：请检查网络和接口地址，系统会自动再查")
    if not may_write_first(account):
        return HealthReport(Health.DEGRADED, f"{kind(account)['label']}：收信正常；不能主动发送客服消息，只能在市民来信时即时回复")
    return _with_quota(account, tools)


def _asked(client: Client) -> Result:
    client.get("getcallbackip")
    return Result(Outcome.SENT)


def _with_quota(account: AccountFacts, tools: Tools) -> HealthReport:
    """openapi/quota/get; an account or server without that call is healthy all the same."""
    found: dict[str, Any] = {}

    def ask() -> Result:
        found.update(_numbers(Client(account, tools).post("openapi/quota/get", data={"cgi_path": "/cgi-bin/message/custom/send"})))
        return Result(Outcome.SENT)

    attempt(ask, account, tools)
    limit, left = found.get("daily_limit", 0), found.get("remain", 0)
    if limit and left <= limit * table()["quota"]["warn_share"]:
        return HealthReport(Health.DEGRADED, f"今日客服消息接口只剩 {left} 次（每日 {limit} 次）", found)
    note = "" if mode(account) == SAFE else "；建议在服务器配置中改用安全模式，明文内容未经签名保护"
    return HealthReport(Health.OK, f"{kind(account)['label']}：收发正常{note}", found)


def _numbers(body: Mapping[str, Any]) -> dict[str, int]:
    quota = body.get("quota")
    if not isinstance(quota, dict):
        return {}
    return {name: value for name in ("daily_limit", "used", "remain") if isinstance(value := quota.get(name), int)}


def hook_changed(account: AccountFacts, hook_url: str, tools: Tools) -> HealthReport:
    """WeChat has no call for the hook's address: say what a person enters where. `tools` is not needed. Never raises."""
    problems = validate(account)
    if problems:
        return HealthReport(Health.RECONNECT, "账号设置有误：" + "；".join(problems))
    words = (
        f"请在 {_PLACE} 中填写：服务器地址(URL) {hook_url}；令牌(Token) 与 EncodingAESKey 与本系统账号设置中填写的相同；"
        f"消息加解密方式选“{_MODES[mode(account)]}”；保存后点击启用"
    )
    try:
        parts = urlsplit(hook_url)
        fits = parts.scheme in ("http", "https") and parts.port in (None, 80, 443)
    except ValueError:
        fits = False
    if not fits:
        return HealthReport(Health.DEGRADED, words + "。注意：微信只接受 http(s) 的 80 和 443 端口，当前地址不符合")
    return HealthReport(Health.OK, words)
