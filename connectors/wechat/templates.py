"""Template messages (模板消息): WeChat's own notice to a follower, outside the customer-service window (facts §4.5).

Certified service accounts only. The template is chosen in the account's back office; its id, and where they differ from the usual
ones its fields, stand in the credentials: `template_id`, `template_fields` = {"thing1": "title", …}.
"""

from collections.abc import Mapping
from typing import Any

from connectors.contract import Tools
from connectors.wechat.calling import attempt
from connectors.wechat.client import Client
from connectors.wechat.credentials import template_fields, text
from connectors.wechat.errors import RIGHTS_CODES
from connectors.wechat.limits import kind, may_write_first, table
from connectors.wechat.markup import clean
from policies.facts import AccountFacts, Outcome, Outgoing, Result

KIND = "announcement"
ADDRESS = "message/template/send"


def announces(account: AccountFacts) -> bool:
    """Whether notices can be sent: a certified service account that names its template."""
    return bool(text(account, "template_id")) and may_write_first(account) and bool(kind(account)["family"] == "service")


def send(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """Send one notice, once; `client_msg_id` is our key. Never raises.

    That notices are refused (quota, right) says nothing about the account's other messages: it neither pauses nor disconnects it.
    """
    if not announces(account) or not item.citizen:
        return Result(Outcome.REFUSED, error="此账号没有配置模板消息（template_id），或不是已认证的服务号")
    content = item.thread.get(KIND)
    body = {
        "touser": item.citizen,
        "template_id": text(account, "template_id"),
        "data": fields(account, content if isinstance(content, Mapping) else {}),
        "client_msg_id": item.key,
    }
    if isinstance(content, Mapping) and str(content.get("url", "")).startswith(("http://", "https://")):
        body["url"] = str(content["url"])
    return _own(attempt(lambda: _sent(Client(account, tools).post(ADDRESS, data=body)), account, tools))


def fields(account: AccountFacts, content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The template's fields, each filled and cut to what its kind may hold."""
    limits, filled = table()["template"]["longest"], {}
    for name, word in _mapping(account).items():
        longest = limits.get(name.rstrip("0123456789"), limits["other"])
        value = " ".join(clean(str(content.get(word) or "")).split()) or "–"
        filled[name] = {"value": value if len(value) <= longest else value[: longest - 1] + "…"}
    return filled


def _mapping(account: AccountFacts) -> Mapping[str, str]:
    usual: Mapping[str, str] = table()["template"]["fields"]
    return template_fields(account) or usual


def _sent(body: Mapping[str, Any]) -> Result:
    number = body.get("msgid", "")
    return Result(Outcome.SENT, platform_id=str(number) if isinstance(number, int | str) else "")


def _own(result: Result) -> Result:
    """A refusal of the template interface kept to this one notice."""
    lost = result.outcome is Outcome.RECONNECT and result.code in {str(code) for code in RIGHTS_CODES}
    if not lost and not result.account_wide:
        return result
    outcome = Outcome.REFUSED if lost else result.outcome
    return Result(outcome, result.platform_id, result.url, result.code, result.error, None if lost else result.retry_after, result.hold)
