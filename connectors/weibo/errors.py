"""From an answer or a broken connection to one of the six outcomes. Keyed on the code, never on `request` or the HTTP status."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from connectors.http import MaybeSent, NotSent, Response, TooLarge
from connectors.weibo import wire
from connectors.weibo.codes import CODES, Rule
from connectors.weibo.config import LIMITS, SECRETS, credential
from policies.facts import AccountFacts, Outcome, Result

TEXT_MAX = 200  # characters of the platform's own words shown to staff
RETRY_AFTER_MAX = 86400.0


def body(response: Response) -> Any:
    """The answer as data; None when it is not JSON (HTML of a gateway, an empty body)."""
    try:
        return wire.load(response.text, depth_max=LIMITS["incoming"]["depth_max"])
    except ValueError:
        return None


def code_and_words(data: Any) -> tuple[str, str]:
    """Code and text of either envelope, `{error_code, error}` or `{errcode, errmsg}`; ("", "") when it is no error.

    The code comes as number or text. OAuth answers sometimes name only `error`: that name then is the code.
    """
    if not isinstance(data, Mapping):
        return "", ""
    text = wire.words(data.get("error_description")) or wire.words(data.get("error")) or wire.words(data.get("errmsg"))
    for name in ("error_code", "errcode"):
        if (code := wire.words(data.get(name)).strip()) not in ("", "0"):
            return code[:20], text
    return (wire.words(data.get("error"))[:40], text) if data.get("error") else ("", "")


def judge(response: Response, account: AccountFacts, *, wrote: bool) -> Result | None:
    """The failure an answer reports, None when it reports none. `wrote` = the request changes something on the platform."""
    data = body(response)
    code, text = code_and_words(data)
    if code:
        return _by_code(code, scrub(text, account), wrote)
    if response.status == 429:
        wait = retry_after(response) or LIMITS["waits"]["over_limit"]
        return Result(Outcome.RETRY, code="429", error="微博限流，稍后自动重试 / rate limited", retry_after=wait, account_wide=True)
    if response.status < 300 and isinstance(data, dict | list):
        return None
    error = f"微博的回答无法理解（HTTP {response.status}），是否已发出不明 / unreadable answer"
    if wrote:
        return Result(Outcome.UNKNOWN, code=f"http {response.status}", error=error)
    wait = retry_after(response) or LIMITS["waits"]["transient"]
    return Result(Outcome.RETRY, code=f"http {response.status}", error=error, retry_after=wait)


def broken(fault: Exception, *, wrote: bool) -> Result:
    """The outcome when there was no whole answer: surely not sent, or perhaps (then nobody but a person may repeat a POST)."""
    wait = LIMITS["waits"]["transient"]
    if isinstance(fault, NotSent):
        return Result(Outcome.RETRY, code="not sent", error="连不上微博，稍后自动重试 / no connection to Weibo", retry_after=wait)
    what = "回答过长" if isinstance(fault, TooLarge) else "连接中断或超时"
    if wrote:
        return Result(Outcome.UNKNOWN, code="no answer", error=f"{what}，是否已发出不明 / {type(fault).__name__}")
    return Result(Outcome.RETRY, code="no answer", error=f"{what}，稍后自动重试 / {type(fault).__name__}", retry_after=wait)


FAULTS = (NotSent, MaybeSent, TooLarge)


def retry_after(response: Response) -> float | None:
    """The Retry-After header in seconds (its date form is not used by Weibo); None when absent or odd."""
    text = response.headers.get("retry-after", "").strip()
    return min(float(text), RETRY_AFTER_MAX) if text.isascii() and text.isdigit() and len(text) < 9 else None


def scrub(text: str, account: AccountFacts) -> str:
    """The platform's words, short and without any of the account's secrets (it may echo what it was sent)."""
    for name in SECRETS:
        if secret := credential(account, name):
            for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(form, "***")
    return text[:TEXT_MAX]


def _by_code(code: str, text: str, wrote: bool) -> Result:
    rule = CODES.get(code)
    if rule is None:
        outcome = Outcome.UNKNOWN if wrote else Outcome.RETRY
        wait = None if wrote else float(LIMITS["waits"]["transient"])
        return Result(outcome, code=code, error=f"微博报告了未知的错误 {code}：{text} / unknown error", retry_after=wait)
    outcome = rule.outcome if wrote or rule.read is None else rule.read
    result = Result(outcome, code=code, error=_words(rule, code, text), hold=rule.hold, account_wide=rule.account_wide)
    if outcome is Outcome.RETRY:
        result = replace(result, retry_after=float(LIMITS["waits"][rule.wait]))
    return replace(result, error="", detail={"delayed": True}) if outcome is Outcome.SENT else _noted(result, rule)


def _noted(result: Result, rule: Rule) -> Result:
    detail: dict[str, Any] = {"note": rule.note} if rule.note else {}
    if rule.note:
        result = replace(result, error=f"{result.error} 可能是我们先前的一次发送 / probably our earlier attempt")
    if result.code == "10022":
        detail["whole_address"] = True  # all accounts behind this egress address are stopped
    return replace(result, detail=detail)


def _words(rule: Rule, code: str, text: str) -> str:
    return f"{rule.zh} / {rule.en} ({code}{': ' + text if text else ''})"
