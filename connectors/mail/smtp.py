"""Mail over SMTP: encrypted from the start (smtps), by STARTTLS (smtp), or within one's own network in plain (smtp+plain)."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from connectors.contract import Field, Paging, Tools, fitted, load_limits
from connectors.mail.errors import outcome
from policies.facts import AccountFacts, Outcome, Result

LIMITS: Mapping[str, Any] = load_limits(Path(__file__).with_name("limits.toml"))["mail"]
PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}  # RFC 8314 3, RFC 6409, RFC 5321
GOODBYE_SECONDS = 1.0
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


class Smtp:
    """See `connectors.contract.Pager`."""

    means = "mail"
    label: Mapping[str, str] = {"zh": "电子邮件", "en": "E-mail"}
    fields: tuple[Field, ...] = (
        Field("sender", {"zh": "发件人地址", "en": "sender's address"}),
        Field("username", {"zh": "登录名（可空）", "en": "user name (may be empty)"}, required=False),
        Field("password", {"zh": "密码或授权码", "en": "password"}, secret=True, required=False),
        Field("ca", {"zh": "单位自有 CA 证书（PEM，可空）", "en": "own CA certificate (PEM, may be empty)"}, required=False),
    )
    address = Field("address", {"zh": "邮箱地址", "en": "mail address"})
    base_url_required = True
    per_minute: float = LIMITS["per_minute"]

    def validate(self, gateway: AccountFacts) -> list[str]:
        wrong = [] if _server(gateway) else ["接口地址应如 smtps://mail.example.gov.cn:465 / the address looks like smtps://host:465"]
        sender = str(gateway.credentials.get("sender", ""))
        wrong += [] if ADDRESS.fullmatch(sender) else ["发件人地址不对 / the sender's address is wrong"]
        try:
            _trust(str(gateway.credentials.get("ca") or ""))
        except (ssl.SSLError, ValueError):
            wrong.append("CA 证书无法读取 / the CA certificate cannot be read")
        return wrong

    def refuses(self, address: str) -> str:
        return "" if ADDRESS.fullmatch(address) else "应为邮箱地址 / a mail address"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        server = _server(gateway)
        if server is None or self.refuses(address):
            return Result(Outcome.REFUSED, code="address", error="服务器或邮箱地址不对 / the server's or the mail address is wrong")
        limit = LIMITS["greylist_seconds"]
        try:
            line = _opened(server, gateway, tools.timeout)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return outcome(error, limit, given=False)
        try:
            line.send_message(_message(page, address, gateway, tools))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return outcome(error, limit, given=True)
        finally:
            _leave(line)
        return Result(Outcome.SENT)


def _server(gateway: AccountFacts) -> SplitResult | None:
    try:
        parts = urlsplit(gateway.base_url)
        usable = parts.scheme in PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if usable else None


@cache
def _trust(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca or None)


def _opened(server: SplitResult, gateway: AccountFacts, timeout: float) -> smtplib.SMTP:
    """A connection that is encrypted and signed in, as far as the gateway says. Raises SMTPException, OSError or SSLError."""
    host, port = str(server.hostname), server.port or PORTS[server.scheme]
    own = str(gateway.credentials.get("sender", "")).rpartition("@")[2]  # else smtplib asks the name service who we are
    context = _trust(str(gateway.credentials.get("ca") or ""))
    if server.scheme == "smtps":
        line: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own, timeout=timeout, context=context)
    else:
        line = smtplib.SMTP(host, port, own, timeout=timeout)
    try:
        if server.scheme == "smtp":
            line.starttls(context=context)
        if username := str(gateway.credentials.get("username") or ""):
            line.login(username, str(gateway.credentials.get("password") or ""))
    except BaseException:
        line.close()
        raise
    return line


def _leave(line: smtplib.SMTP) -> None:
    """Say goodbye; the message is taken or not by now, and a server that hangs here changes nothing."""
    with suppress(smtplib.SMTPException, OSError):
        if line.sock is not None:
            line.sock.settimeout(GOODBYE_SECONDS)
            line.quit()
    line.close()


def _message(page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> EmailMessage:
    mail = EmailMessage()
    sender = str(gateway.credentials.get("sender", ""))
    mail["From"], mail["To"] = sender, address
    mail["Subject"] = page.text.partition("\n")[0][: LIMITS["subject_max"]]
    mail["Date"] = format_datetime(tools.now)
    mail["Message-ID"] = f"<{page.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices in answer
    if page.urgent:
        mail["X-Priority"], mail["Importance"] = "1", "high"
    mail.set_content(fitted(page, LIMITS["text_max"]))
    return mail
