"""The robot of a group: one webhook with a token, signed with HMAC where the robot asks for it."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.contract import Field, Paging, Tools, fitted, load_limits
from connectors.feishu.errors import table
from connectors.http import Meaning, asked, judged
from policies.facts import AccountFacts, Result

LIMITS: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))
ROBOT: Mapping[str, Any] = LIMITS["robot"]
CODES: Mapping[int, Meaning] = table(ROBOT["throttled_seconds"])
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,100}")
MEMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Robot:
    """See `connectors.contract.Pager`."""

    means = "feishu"
    label: Mapping[str, str] = {"zh": "飞书群机器人", "en": "Feishu group robot"}
    fields: tuple[Field, ...] = (
        Field("token", {"zh": "Webhook 地址末段", "en": "last part of the webhook address"}, secret=True),
        Field("secret", {"zh": "签名校验密钥", "en": "signing secret"}, secret=True, required=False),
    )
    address = Field("member", {"zh": "在群里 @ 的用户 ID", "en": "user id to mention in the group"}, required=False)
    base_url_required = False
    per_minute: float = ROBOT["per_minute"]

    def validate(self, gateway: AccountFacts) -> list[str]:
        token = gateway.credentials.get("token")
        return [] if isinstance(token, str) and TOKEN.fullmatch(token) else ["Webhook 地址末段不对 / the token is wrong"]

    def refuses(self, address: str) -> str:
        return "" if not address or MEMBER.fullmatch(address) else "应为用户 ID / a user id"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        origin = gateway.base_url or LIMITS["origin"]["robot"]
        # The text may hold marks of the platform's own; only the mention is ours.
        plain = replace(page, text=page.text.replace("<", "‹").replace(">", "›"))
        mention = f'<at user_id="{address}"></at> ' if address else ""
        text = mention + fitted(plain, ROBOT["text_max"] - len(mention))
        body = {**signed(gateway, tools.now), "msg_type": "text", "content": {"text": text}}
        url = f"{origin}/open-apis/bot/v2/hook/{gateway.credentials.get('token', '')}"
        return judged(asked("POST", url, timeout=tools.timeout, json=body), ("code", "StatusCode"), CODES)


def signed(gateway: AccountFacts, now: datetime) -> dict[str, str]:
    """`timestamp` in seconds and `sign`, as 签名校验 wants them; {} for a robot without.

    It signs nothing, with both as the key (facts 4.2).
    """
    secret = str(gateway.credentials.get("secret") or "")
    if not secret:
        return {}
    stamp = str(int(now.timestamp()))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
