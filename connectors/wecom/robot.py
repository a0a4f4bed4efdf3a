"""The robot of a group: one webhook with a key."""

from collections.abc import Mapping

from connectors.contract import Field, Paging, Tools, fitted
from connectors.http import asked, judged
from connectors.wecom.config import CODES, LIMITS, MEMBER, MOBILE, credential, lacking, origin, size
from policies.facts import AccountFacts, Result


class Robot:
    """See `connectors.contract.Pager`. developer.work.weixin.qq.com/document/path/91770."""

    means = "wecom"
    label: Mapping[str, str] = {"zh": "企业微信群机器人", "en": "WeCom group robot"}
    fields: tuple[Field, ...] = (Field("key", {"zh": "Webhook 地址里的 key", "en": "key of the webhook address"}, secret=True),)
    address = Field("member", {"zh": "在群里 @ 的手机号或成员账号", "en": "mobile number or member id to mention"}, required=False)
    base_url_required = False
    per_minute: float = LIMITS["robot"]["per_minute"]

    def validate(self, gateway: AccountFacts) -> list[str]:
        return lacking(gateway, {"key": "key"})

    def refuses(self, address: str) -> str:
        return "" if not address or MEMBER.fullmatch(address) else "应为手机号或成员账号 / a mobile number or member id"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        text: dict[str, object] = {"content": fitted(page, LIMITS["text"]["max_bytes"], size)}
        if address:
            text["mentioned_mobile_list" if MOBILE.fullmatch(address) else "mentioned_list"] = [address]
        url, key = f"{origin(gateway)}/cgi-bin/webhook/send", credential(gateway, "key")
        answer = asked("POST", url, timeout=tools.timeout, params={"key": key}, json={"msgtype": "text", "text": text})
        return judged(answer, ("errcode",), CODES)
