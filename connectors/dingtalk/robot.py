"""The robot of a group: one webhook with a token, signed with HMAC where the robot asks for it."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.contract import Field, Paging, Tools, fitted, load_limits
from connectors.dingtalk.errors import table
from connectors.http import Meaning, asked, judged
from policies.facts import AccountFacts, Result

LIMITS: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))
ROBOT: Mapping[str, Any] = LIMITS["robot"]
CODES: Mapping[int, Meaning] = table(ROBOT["refused_seconds"], ROBOT["busy_seconds"])
MOBILE = re.compile(r"1\d{10}")
TOKEN = re.compile(r"[\x21-\x7e]{8,200}")


class Robot:
    """See `connectors.contract.Pager`."""

    means = "dingtalk"
    label: Mapping[str, str] = {"zh": "钉钉群机器人", "en": "DingTalk group robot"}
    fields: tuple[Field, ...] = (
        Field("access_token", {"zh": "access_token（Webhook 地址末尾）", "en": "access_token (end of the webhook address)"}, secret=True),
        Field("secret", {"zh": "加签密钥（SEC…）", "en": "signing secret (SEC…)"}, secret=True, required=False),
    )
    address = Field("mobile", {"zh": "在群里 @ 的手机号", "en": "mobile number to mention in the group"}, required=False)
    base_url_required = False
    per_minute: float = ROBOT["per_minute"]

    def validate(self, gateway: AccountFacts) -> list[str]:
        token = gateway.credentials.get("access_token")
        return [] if isinstance(token, str) and TOKEN.fullmatch(token) else ["access_token 不对 / access_token is wrong"]

    def refuses(self, address: str) -> str:
        return "" if not address or MOBILE.fullmatch(address) else "应为 11 位手机号 / an 11-digit mobile number"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        origin = gateway.base_url or LIMITS["origin"]["robot"]
        query = {"access_token": str(gateway.credentials.get("access_token", "")), **signed(gateway, tools.now)}
        text = fitted(page, ROBOT["text_max"])
        body = {"msgtype": "text", "text": {"content": text}, "at": {"atMobiles": [address] if address else [], "isAtAll": False}}
        answer = asked("POST", f"{origin}/robot/send", timeout=tools.timeout, params=query, json=body)
        return judged(answer, ("errcode",), CODES)


def signed(gateway: AccountFacts, now: datetime) -> dict[str, str]:
    """`timestamp` in ms and `sign`, as the robot's 加签 wants them; {} for a robot without (facts 4.2)."""
    secret = str(gateway.credentials.get("secret") or "")
    if not secret:
        return {}
    stamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
