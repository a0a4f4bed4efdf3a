"""A gateway's request and its test of success, as data: placeholders filled in, and an answer looked at.

Placeholders: {mobile} {text} {link} {key}. In the address and in a form they are percent-encoded, in JSON as JSON's text has them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

NAMES = ("mobile", "text", "link", "key")
_PLACE = re.compile(r"\{(mobile|text|link|key)\}")
_PLAIN = re.compile(r"[\w.\-]{1,40}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}: ?[\x20-\x7e]{1,1000}")


def filled_url(template: str, values: Mapping[str, str]) -> str:
    """The address with its values percent-encoded."""
    return _PLACE.sub(lambda found: quote(values[found[1]], safe=""), template)


def filled_body(template: str, values: Mapping[str, str]) -> tuple[bytes, str]:
    """The body and its content type: JSON where the template begins like JSON, else a form."""
    if is_json(template):
        return _PLACE.sub(lambda found: json.dumps(values[found[1]])[1:-1], template).encode(), "application/json"
    return filled_url(template, values).encode(), "application/x-www-form-urlencoded"


def is_json(template: str) -> bool:
    """Whether a body's template is meant as JSON."""
    return template.lstrip()[:1] in ("{", "[")


def header_of(line: str) -> dict[str, str]:
    """`Name: value` as a header; {} for an empty line."""
    name, _, value = line.partition(":")
    return {name.strip(): value.strip()} if value else {}


def succeeded(test: str, status: int, content: bytes) -> tuple[bool, str]:
    """Whether the answer means success, and the code to show. `test` is `json:path=value` or `text:pattern`.

    A path goes down by names and numbers: `result.0.code=OK`. The HTTP status must be below 300 besides.
    """
    kind, _, rule = test.partition(":")
    text = content.decode("utf-8", errors="replace")
    if kind == "text":
        return status < 300 and re.search(rule, text[:10_000]) is not None, f"http {status}"
    path, _, wanted = rule.partition("=")
    found = _down(text, path)
    code = found if _PLAIN.fullmatch(found) else f"http {status}"
    return status < 300 and found == wanted, code


def _down(text: str, path: str) -> str:
    try:
        node: Any = json.loads(text)
        for step in path.split("."):
            node = node[int(step)] if isinstance(node, list) else node[step]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        return ""
    return json.dumps(node) if isinstance(node, bool) or node is None else str(node)


def wrong(url: str, body: str, header: str, test: str) -> list[str]:
    """What cannot be right about a gateway, in words."""
    found = []
    if not _is_address(url):
        found.append("请求地址应以 http:// 或 https:// 开头 / the address begins with http:// or https://")
    if "{mobile}" not in url + body or "{link}" not in url + body:
        found.append("地址或正文须含 {mobile} 和 {link} / address or body must hold {mobile} and {link}")
    if is_json(body) and not _is_json(_PLACE.sub("x", body)):
        found.append("正文不是有效的 JSON / the body is not valid JSON")
    if header and not _HEADER.fullmatch(header):
        found.append("请求头应为“名称: 值” / a header is “Name: value”")
    if not _is_test(test):
        found.append("成功条件应如 json:code=0 或 text:^OK / the test of success looks like json:code=0 or text:^OK")
    return found


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(_PLACE.sub("x", url))
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_test(test: str) -> bool:
    kind, _, rule = test.partition(":")
    if kind == "text":
        try:
            return bool(rule) and re.compile(rule).search("") is None  # one that an empty answer meets is no test
        except re.error:
            return False
    return kind == "json" and rule.partition("=")[0] != "" and rule.partition("=")[2] != ""
