"""Did an UNKNOWN message arrive? The chat record of the customer-service desk can prove it, never disprove it.

Source: dw/doc/service/api/customer/message/api_getmsglist (2002 = sent by customer service, at most 24 h a query).
"""

from collections.abc import Iterator
from typing import Any

from connectors.contract import Tools
from connectors.wechat.calling import attempt
from connectors.wechat.client import Client
from connectors.wechat.credentials import OFFICIAL_ORIGIN
from connectors.wechat.limits import may_write_first, table
from connectors.wechat.markup import clean
from connectors.wechat.templates import KIND
from policies.facts import AccountFacts, Outcome, Outgoing, Result

ADDRESS = OFFICIAL_ORIGIN + "/customservice/msgrecord/getmsglist"
SENT_BY_SERVICE = "2002"

_ABSENT = "聊天记录中没有找到这条消息，但这不能证明它未送达：请人工核对"


def check(item: Outgoing, account: AccountFacts, tools: Tools) -> Result:
    """SENT when the record of the minutes after the first attempt holds this text to this citizen; else UNKNOWN.

    A record older than the first attempt proves nothing (the same text may have been sent before). Never raises.
    """
    if item.first_tried_at is None or not may_write_first(account) or item.kind == KIND:
        return Result(Outcome.UNKNOWN, error=_ABSENT)
    result = attempt(lambda: _search(item, Client(account, tools), tools), account, tools)
    if result.outcome is Outcome.SENT:
        return result
    return Result(Outcome.UNKNOWN, code=result.code, error=result.error or _ABSENT)


def _search(item: Outgoing, client: Client, tools: Tools) -> Result:
    assert item.first_tried_at is not None  # noqa: S101  (checked by the caller; for the type checker)
    begin = int(item.first_tried_at.timestamp())
    end = max(begin + 1, min(int(tools.now.timestamp()) + 1, begin + table()["record"]["seconds"]))
    for record in _records(client, begin, end):
        if _proves(record, item, begin, end):
            return Result(Outcome.SENT, detail={"proof": "getmsglist", "time": record.get("time")})
    return Result(Outcome.UNKNOWN, error=_ABSENT)


def _records(client: Client, begin: int, end: int) -> Iterator[dict[str, Any]]:
    rules = table()["record"]
    first = 1
    for _ in range(rules["pages"]):
        body = client.post(ADDRESS, data={"starttime": begin, "endtime": end, "msgid": first, "number": rules["page"]})
        found = body.get("recordlist")
        records = [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []
        yield from records
        following = body.get("msgid")
        if len(records) < rules["page"] or not isinstance(following, int) or following <= first:
            return
        first = following


def _proves(record: dict[str, Any], item: Outgoing, begin: int, end: int) -> bool:
    time = record.get("time")
    return (
        record.get("openid") == item.citizen
        and str(record.get("opercode")) == SENT_BY_SERVICE
        and isinstance(time, int)
        and begin <= time <= end
        and str(record.get("text", "")).strip() == clean(item.text).strip()
    )
