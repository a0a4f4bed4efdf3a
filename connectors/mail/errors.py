"""From a mail server's reply to an outcome. RFC 5321 4.2: 4yz is for now, 5yz for good; an enhanced code (RFC 3463) is not needed."""

import smtplib
import ssl

from policies.facts import Outcome, Result

_AUTH = frozenset({530, 534, 535, 538})  # RFC 4954 6: authentication is wanted, too weak, failed, or needs encryption


def outcome(error: Exception, greylist: float, *, given: bool) -> Result:
    """What a failure means. `given`: the message itself had left, so that it may have been taken. No text of the server is told."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((reply[0] for reply in error.recipients.values()), 550)
        return _by_code(code, "收件人被拒绝 / the receiver was refused", greylist)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Result(Outcome.RECONNECT, code=str(error.smtp_code), error="邮件账号或密码不对 / wrong user name or password")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _broken(given)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, "邮件服务器拒绝 / the mail server refused", greylist)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Result(Outcome.RECONNECT, code="no tls", error="邮件服务器不支持加密或登录 / the server has no STARTTLS or no AUTH")
    if isinstance(error, ssl.SSLError):
        return Result(Outcome.RECONNECT, code="tls", error="邮件服务器的证书或加密不可信 / the server's certificate is not trusted")
    return _broken(given)


def _broken(given: bool) -> Result:
    if given:
        return Result(Outcome.UNKNOWN, code="no answer", error="邮件服务器没有回答 / no answer from the mail server")
    return Result(Outcome.RETRY, code="not sent", error="连不上邮件服务器，或连接中断 / no connection to the mail server")


def _by_code(code: int, words: str, greylist: float) -> Result:
    if code in _AUTH:
        return Result(Outcome.RECONNECT, code=str(code), error=words)
    if 400 <= code <= 499:
        return Result(Outcome.RETRY, code=str(code), error=words, retry_after=greylist)
    return Result(Outcome.REFUSED, code=str(code), error=words)
