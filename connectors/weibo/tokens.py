"""Whether the token lives, and for how long (oauth2/get_token_info, facts §1.2)."""

from connectors.contract import Tools
from connectors.weibo import api, wire
from connectors.weibo.config import LIMITS, credential
from connectors.weibo.oauth import seconds
from policies.facts import AccountFacts, Health, HealthReport, Outcome, Result

DAY = 86400.0


def life(account: AccountFacts, tools: Tools) -> HealthReport:
    """Ask the platform about the token. Dead or another account's = RECONNECT; ending within the warning days = DEGRADED."""
    token, uid = credential(account, "access_token"), credential(account, "uid")
    if not token:
        return HealthReport(Health.RECONNECT, "缺少授权，请账号持有人授权 / no token: authorise the account")
    said = api.ask(account, tools, "/oauth2/get_token_info", {"access_token": token})
    if said.failure:
        return _failed(said.failure)
    found = wire.mapping(said.data)
    if not any(name in found for name in ("expires_in", "expire_in")):
        return HealthReport(Health.DEGRADED, "微博没有说明授权的有效期 / Weibo did not say how long the token lives")
    owner = wire.ident(found.get("uid"))
    if uid and owner and owner != uid:
        return HealthReport(Health.RECONNECT, "令牌属于另一个微博账号，请用本账号重新授权 / the token belongs to another account")
    return _report(seconds(found))


def _report(left: float) -> HealthReport:
    quota = {"token_days_left": round(max(left, 0.0) / DAY, 1)}
    if left <= 0:
        return HealthReport(Health.RECONNECT, "授权已到期，请账号持有人重新授权 / the token has ended: authorise again", quota)
    reached = [days for days in LIMITS["token"]["warn_days"] if left <= days * DAY]
    if not reached:
        return HealthReport(Health.OK, quota=quota)
    hours = int(left // 3600)
    rest = f"{hours} 小时" if min(reached) <= 1 else f"{int(left // DAY)} 天"
    rest_en = f"{hours} hours" if min(reached) <= 1 else f"{int(left // DAY)} days"
    message = f"授权还剩 {rest}，请账号持有人在到期前重新授权 / the token ends in {rest_en}: authorise again before that"
    return HealthReport(Health.DEGRADED, message, quota | {"warning_days": min(reached)})


def _failed(failure: Result) -> HealthReport:
    if failure.outcome is Outcome.RECONNECT:
        return HealthReport(Health.RECONNECT, failure.error)
    silent = failure.code in ("not sent", "no answer") or failure.code.startswith("http 5")
    return HealthReport(Health.DOWN if silent else Health.DEGRADED, failure.error)
