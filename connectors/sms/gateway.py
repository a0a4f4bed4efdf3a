"""A text-message gateway over HTTP, described by its request's template and its test of success."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import Field, Paging, Tools, load_limits
from connectors.http import asked
from connectors.sms import template
from connectors.sms.errors import judged
from policies.facts import AccountFacts, Result

LIMITS: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))["sms"]
MOBILE = re.compile(r"\+?[0-9]{5,20}")


class Gateway:
    """See `connectors.contract.Pager`."""

    means = "sms"
    label: Mapping[str, str] = {"zh": "短信（HTTP 网关）", "en": "Text message (HTTP gateway)"}
    fields: tuple[Field, ...] = (
        Field("url", {"zh": "请求地址，可含 {mobile} {text} {link}", "en": "address, may hold {mobile} {text} {link}"}, secret=True),
        Field("body", {"zh": "正文模板（空 = GET）", "en": "body template (empty = GET)"}, secret=True, required=False),
        Field(
            "header",
            {"zh": "请求头（名称: 值，可空）", "en": "header (Name: value, may be empty)"},
            secret=True,
            required=False,
        ),
        Field("success", {"zh": "成功条件，如 json:code=0", "en": "test of success, e.g. json:code=0"}),
    )
    address = Field("mobile", {"zh": "手机号", "en": "mobile number"})
    base_url_required = False
    per_minute: float = LIMITS["per_minute"]

    def validate(self, gateway: AccountFacts) -> list[str]:
        url, body, header, success = _texts(gateway)
        if max(len(url), len(body)) > LIMITS["template_max"]:
            return ["模板过长 / a template is too long"]
        return template.wrong(url, body, header, success)

    def refuses(self, address: str) -> str:
        return "" if MOBILE.fullmatch(address) else "应为手机号 / a mobile number"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        url, body, header, success = _texts(gateway)
        text = " ".join(page.text.split())[: LIMITS["text_max"]]
        values = {"mobile": address, "text": text, "link": page.link, "key": page.key}
        url = _moved(template.filled_url(url, values), gateway.base_url)
        headers = template.header_of(header)
        if not body:
            return judged(asked("GET", url, timeout=tools.timeout, headers=headers), success)
        content, kind = template.filled_body(body, values)
        return judged(asked("POST", url, timeout=tools.timeout, content=content, headers={"Content-Type": kind, **headers}), success)


def _texts(gateway: AccountFacts) -> tuple[str, str, str, str]:
    url, body, header, success = (str(gateway.credentials.get(name) or "").strip() for name in ("url", "body", "header", "success"))
    return url, body, header, success


def _moved(url: str, base_url: str) -> str:
    """The address at another origin, where the gateway has one."""
    if not base_url:
        return url
    parts = urlsplit(url)
    return f"{base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
