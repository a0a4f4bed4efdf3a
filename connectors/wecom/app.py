"""Messages of an own application to one member, with the life of its access_token."""

import hashlib
from collections.abc import Mapping

from connectors.contract import Field, Paging, Tools, fitted
from connectors.http import Response, asked, judged, mapping_of
from connectors.wecom.config import CODES, LIMITS, MEMBER, credential, lacking, origin, size
from connectors.wecom.errors import TOKEN_DEAD
from policies.facts import AccountFacts, Outcome, Result

_UNREACHED = ("invaliduser", "unlicenseduser")  # named in an answer with errcode 0: the member got nothing (path/90236)


class App:
    """See `connectors.contract.Pager`. developer.work.weixin.qq.com/document/path/90236."""

    means = "wecom-app"
    label: Mapping[str, str] = {"zh": "企业微信应用消息", "en": "WeCom application message"}
    fields: tuple[Field, ...] = (
        Field("corp_id", {"zh": "企业 ID (corpid)", "en": "corp id"}),
        Field("agent_id", {"zh": "应用 AgentId", "en": "agent id"}),
        Field("secret", {"zh": "应用 Secret", "en": "application secret"}, secret=True),
    )
    address = Field("member", {"zh": "成员账号 (userid)", "en": "member id (userid)"})
    base_url_required = False
    per_minute: float = LIMITS["app"]["per_minute"]

    def validate(self, gateway: AccountFacts) -> list[str]:
        wrong = lacking(gateway, {"corp_id": "企业 ID", "secret": "Secret"})
        return wrong if credential(gateway, "agent_id").isdecimal() else [*wrong, "AgentId 应为数字 / the agent id is a number"]

    def refuses(self, address: str) -> str:
        return "" if MEMBER.fullmatch(address) else "应为成员账号 / a member id"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        token = _token(gateway, tools)
        if isinstance(token, Result):
            return token
        result, dead = _sent(page, address, gateway, token, tools)
        if not dead:
            return result
        tools.tokens.drop(_key(gateway), token)
        token = _token(gateway, tools)
        return token if isinstance(token, Result) else _sent(page, address, gateway, token, tools)[0]


def _sent(page: Paging, address: str, gateway: AccountFacts, token: str, tools: Tools) -> tuple[Result, bool]:
    """The result, and whether the token was the reason."""
    agent = credential(gateway, "agent_id")
    body = {
        "touser": address,
        "msgtype": "text",
        "agentid": int(agent) if agent.isdecimal() else 0,
        "text": {"content": fitted(page, LIMITS["text"]["max_bytes"], size)},
    }
    url = f"{origin(gateway)}/cgi-bin/message/send"
    answer = asked("POST", url, timeout=tools.timeout, params={"access_token": token}, json=body)
    result = judged(answer, ("errcode",), CODES)
    data = mapping_of(answer) if isinstance(answer, Response) else {}
    if result.outcome is Outcome.SENT and (missed := [name for name in _UNREACHED if data.get(name)]):
        words = "成员不存在、未激活或没有许可 / the member does not exist, is not active or has no licence"
        return Result(Outcome.REFUSED, code=missed[0], error=words), False
    return result, data.get("errcode") in TOKEN_DEAD


def _key(gateway: AccountFacts) -> str:
    """Names the token without telling the secret; another secret means another token."""
    parts = [origin(gateway), credential(gateway, "corp_id"), credential(gateway, "secret")]
    return f"wecom:{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:40]}"


def _token(gateway: AccountFacts, tools: Tools) -> str | Result:
    """The token everybody shares, or one fetched now. Fetching twice gives the same one, so a lock that cannot be had does no harm."""
    key = _key(gateway)
    if known := tools.tokens.get(key):
        return known
    with tools.tokens.lock(key, LIMITS["app"]["lock_seconds"]):
        return tools.tokens.get(key) or _fetched(key, gateway, tools)


def _fetched(key: str, gateway: AccountFacts, tools: Tools) -> str | Result:
    query = {"corpid": credential(gateway, "corp_id"), "corpsecret": credential(gateway, "secret")}
    answer = asked("GET", f"{origin(gateway)}/cgi-bin/gettoken", timeout=tools.timeout, params=query)
    result = judged(answer, ("errcode",), CODES)
    if result.outcome is Outcome.UNKNOWN:  # nothing was written: surely not sent
        return Result(Outcome.RETRY, code=result.code, error=result.error)
    if result.outcome is not Outcome.SENT or not isinstance(answer, Response):
        return result
    data, app = mapping_of(answer), LIMITS["app"]
    token, seconds = data.get("access_token"), data.get("expires_in")
    if not isinstance(token, str) or not token:
        return Result(Outcome.RETRY, code="no token", error="平台没有给出 access_token / no access_token in the answer")
    life = seconds if isinstance(seconds, int) and 0 < seconds <= app["token_seconds"] else app["token_seconds"]
    tools.tokens.put(key, token, max(1.0, life - app["token_reserve"]))
    return token
