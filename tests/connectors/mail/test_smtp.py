"""Mail: what left and what did not, encryption, and that a server which hangs ends in time."""

import time
from email import message_from_string
from email.header import decode_header, make_header

import pytest

from connectors.mail.smtp import Smtp
from policies.facts import AccountFacts, Outcome, Result
from tests.pretend_pagers.gateways import LINK, paging, tools
from tests.pretend_pagers.mail import MailServer, certificate, mail_server

TO = "zhang@example.gov.cn"
SECRET = "canary-password"


def gateway(server: MailServer, scheme: str = "smtp+plain", **credentials: str) -> AccountFacts:
    values = {"sender": "huiyin@example.gov.cn", **credentials}
    return AccountFacts("1", "mail", "邮件", base_url=f"{scheme}://127.0.0.1:{server.port}", credentials=values)


def sent(server: MailServer, *parts: str, to: str = TO, **credentials: str) -> Result:
    return Smtp().send(paging(), to, gateway(server, *parts, **credentials), tools())


def test_a_mail_says_what_it_is_about_and_holds_the_link():
    with mail_server() as server:
        assert sent(server).outcome is Outcome.SENT
        mail = message_from_string(server.mails[0])
    assert "20261120-000001" in str(make_header(decode_header(mail["Subject"])))
    assert LINK in mail.get_payload(decode=True).decode()
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("mode", "outcome", "code"),
    [
        ("rcpt:550", Outcome.REFUSED, "550"),
        ("rcpt:450", Outcome.RETRY, "450"),
        ("data:554", Outcome.REFUSED, "554"),
        ("data:451", Outcome.RETRY, "451"),
        ("auth:535", Outcome.RECONNECT, "535"),
        ("drop", Outcome.RETRY, "not sent"),
        ("hang", Outcome.RETRY, "not sent"),
        ("garbage", Outcome.REFUSED, "-1"),
        ("drop-after-data", Outcome.UNKNOWN, "no answer"),
        ("hang-after-data", Outcome.UNKNOWN, "no answer"),
    ],
)
def test_every_end_has_its_outcome_and_tells_no_secret(mode, outcome, code):
    begun = time.monotonic()
    with mail_server(mode) as server:
        result = sent(server, username="huiyin", password=SECRET)
    assert (result.outcome, result.code) == (outcome, code)
    assert SECRET not in repr(result) and time.monotonic() - begun < 3


def test_a_server_that_is_away_has_surely_not_got_it():
    server = MailServer(port=9)
    assert sent(server).outcome is Outcome.RETRY


def test_starttls_encrypts_before_the_password_goes(tmp_path):
    context, pem = certificate(tmp_path)
    with mail_server(tls=context) as server:
        result = sent(server, "smtp", ca=pem, username="huiyin", password=SECRET)
    assert (result.outcome, server.encrypted, len(server.users)) == (Outcome.SENT, [True], 1)


def test_an_unknown_certificate_is_not_trusted(tmp_path):
    context, _ = certificate(tmp_path)
    with mail_server(tls=context) as server:
        result = sent(server, "smtp", username="huiyin", password=SECRET)
    assert (result.outcome, result.code, server.users) == (Outcome.RECONNECT, "tls", [])


def test_a_server_without_starttls_gets_no_password():
    with mail_server() as server:
        result = sent(server, "smtp", username="huiyin", password=SECRET)
    assert (result.outcome, server.users) == (Outcome.RECONNECT, [])


@pytest.mark.parametrize("url", ["", "http://x", "smtps://", "smtp://x:0", "smtp://x:99999999", "smtp://[x"])
def test_an_address_that_is_no_mail_server_is_told_so(url):
    facts = AccountFacts("1", "mail", "x", base_url=url, credentials={"sender": "a@b.cn"})
    assert Smtp().validate(facts)
    assert Smtp().send(paging(), TO, facts, tools()).outcome is Outcome.REFUSED


@pytest.mark.parametrize("to", ["a@b\r\nBcc: c@d", "a@b, c@d", "<a@b>"])
def test_a_receiver_that_is_more_than_one_gets_nothing(to):
    with mail_server() as server:
        assert sent(server, to=to).outcome is Outcome.REFUSED
        assert server.mails == []


def test_a_certificate_that_is_none_is_told_so():
    assert Smtp().validate(AccountFacts("1", "mail", "x", base_url="smtps://x", credentials={"sender": "a@b.cn", "ca": "nonsense"}))
