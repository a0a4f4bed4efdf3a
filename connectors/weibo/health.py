"""Whether the account works: the token, then the quota; and what to enter where when the hook's address changes."""

from typing import Any

from connectors.contract import Tools
from connectors.weibo import api, pace, tokens, wire
from connectors.weibo.config import credential
from policies.facts import AccountFacts, Health, HealthReport, Outcome, Result

_COUNTS = {"user_limit": "user_limit", "remaining_user_hits": "user_left", "ip_limit": "ip_limit", "remaining_ip_hits": "ip_left"}


def health(account: AccountFacts, tools: Tools) -> HealthReport:
    """The token's report with the quota added. Never raises. The quota is asked at most twice an hour: it costs calls."""
    report = tokens.life(account, tools)
    if report.health in (Health.RECONNECT, Health.DOWN):
        return report
    quota = pace.recall(account, tools)
    if not pace.is_fresh(quota, tools.now):
        quota, failure = _measure(account, tools)
        if failure is not None and failure.outcome is Outcome.RECONNECT:
            return HealthReport(Health.RECONNECT, failure.error, report.quota)
        if failure is not None and failure.account_wide:
            return HealthReport(Health.DEGRADED, _join(report.message, failure.error), report.quota)
        if quota:
            pace.remember(account, quota, tools)
    message, state = report.message, report.health
    if 0 in (quota.get("user_left"), quota.get("ip_left")):
        state, message = Health.DEGRADED, _join(message, f"微博调用额度已用完，{_reset(quota)}重置 / quota used up")
    return HealthReport(state, message, {**report.quota, **quota})


def _join(*messages: str) -> str:
    return "；".join(each for each in messages if each)


def _reset(quota: dict[str, Any]) -> str:
    return f"{quota['reset_in'] // 60 + 1} 分钟后" if isinstance(quota.get("reset_in"), int) else "稍后"


def _measure(account: AccountFacts, tools: Tools) -> tuple[dict[str, Any], Result | None]:
    """GET account/rate_limit_status (facts §1.8; it may no longer answer, then nothing is known and nothing is wrong)."""
    said = api.get(account, tools, "/2/account/rate_limit_status.json", credential(account, "access_token"), {})
    if said.failure:
        return {}, said.failure
    found = wire.mapping(said.data)
    quota: dict[str, Any] = {ours: number for theirs, ours in _COUNTS.items() if (number := _count(found.get(theirs))) is not None}
    if quota:
        quota["unit"] = wire.words(found.get("limit_time_unit"))[:10] or "HOURS"
    if (reset := _count(found.get("reset_time_in_seconds"))) is not None:
        quota["reset_in"] = reset
    return quota, None


def _count(value: Any) -> int | None:
    text = wire.words(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def hook_changed(account: AccountFacts, hook_url: str, tools: Tools) -> HealthReport:
    """Weibo has no call for this: a person enters the address (facts §2.1)."""
    key = credential(account, "app_key") or "（未填写）"
    message = (
        "微博没有设置回调地址的接口。请用该账号登录微博 → 管理中心 → 粉丝服务 → 高级功能 → 开发模式，"
        f"URL 填 {hook_url}，AppKey 填 {key}，然后点“提交”；微博会立即访问该地址验证。"
        " / Weibo has no call for this: enter the URL and the AppKey under Fan service → Advanced → Developer mode."
    )
    return HealthReport(Health.OK, message)
