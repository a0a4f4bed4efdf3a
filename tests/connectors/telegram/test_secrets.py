"""The canary: the token stands in every address, and must stand nowhere else."""

import logging
import traceback
from typing import Any

import pytest

from connectors.contract import MediaError, Tools
from connectors.telegram import connector
from connectors.telegram.bots import bot_of
from connectors.telegram.keys import keys_of
from policies.facts import AccountFacts, Media, MediaKind
from tests.connectors.telegram.conftest import SECRET, TOKEN, account_at, text_to
from tests.connectors.telegram.fake import FakeTelegram

CANARIES = (TOKEN, TOKEN.replace(":", "%3A"), SECRET, "CANARY-token")
ECHO = f"Bad Request: wrong address /bot{TOKEN}/sendMessage with {SECRET} and {TOKEN.replace(':', '%3A')}"
METHODS = ("sendMessage", "getMe", "getUpdates", "getFile", "setWebhook")
LOUD = ("httpx", "httpcore.http11", "httpcore.connection", "telegram", "telegram.Bot", "telegram.BaseRequest")
FAULTS: list[dict[str, Any]] = [
    {"status": 400, "description": ECHO},
    {"status": 403, "description": ECHO},
    {"status": 500, "description": ECHO},
    {"status": 413, "description": ECHO},
    {"status": 409, "description": ECHO},
    {"status": 400, "body": ECHO.encode()},
    {"status": 401, "body": ECHO.encode()},
    {"body": ECHO.encode()},
    {"status": 302, "headers": {"location": f"http://127.0.0.1:9/bot{TOKEN}/x"}},
    {"drop": True},
]


def everything(account: AccountFacts, tools: Tools) -> str:
    """All that the connector says in words, for every call it has."""
    said: list[object] = [connector.send(text_to("5001"), account, tools), connector.check(text_to("5001"), account, tools)]
    said += [connector.health(account, tools), connector.hook_changed(account, "https://x.example.org/h", tools), account]
    said.append(connector.poll(account_at(account.base_url, mode="polling"), {}, tools))
    said += [keys_of(account), connector.validate(account), bot_of(keys_of(account)), str(bot_of(keys_of(account)))]
    try:
        connector.fetch(Media(MediaKind.IMAGE, ref="x"), account, tools)
    except MediaError as error:
        said += [repr(error), "".join(traceback.format_exception(error))]
    return repr(said)


def clean(text: str) -> bool:
    return not any(canary in text for canary in CANARIES)


@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
def test_no_word_of_the_connector_holds_a_secret(
    fault: dict[str, Any], server: FakeTelegram, account: AccountFacts, tools: Tools, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    for name in (None, "asyncio", *LOUD):
        caplog.set_level(logging.DEBUG, logger=name)
    for method in METHODS:
        server.fail(method, **fault)
    said = everything(account, tools)
    printed = capfd.readouterr()
    assert server.calls and all(clean(text) for text in (said, caplog.text, printed.out, printed.err))


def test_a_bot_made_anew_logs_no_address(server: FakeTelegram, tools: Tools, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = "7001:CANARY-token-never-seen-before"
    server.token = token
    result = connector.send(text_to("5001"), account_at(server.origin, bot_token=token), tools)
    assert result.platform_id and "CANARY" not in caplog.text


def test_the_libraries_say_nothing_at_any_level(
    server: FakeTelegram, account: AccountFacts, tools: Tools, caplog: pytest.LogCaptureFixture
) -> None:
    for name in LOUD:
        caplog.set_level(logging.DEBUG, logger=name)
    server.fail("getMe", body=b"garbage")
    everything(account, tools)
    assert server.calls and not {record.name for record in caplog.records} & set(LOUD)


def test_logging_in_debug_without_pytest_is_clean(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(self.format(record))

    keep, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        logging.getLogger("huiyin.test").debug("heard")
        everything(account, tools)
    finally:
        root.removeHandler(keep)
        root.setLevel(level)
    assert "heard" in seen and all(clean(line) for line in seen)


@pytest.mark.parametrize("proxy", ["http://user:hunter2hunter2@127.0.0.1:9", "http://user:hunter2hunter2@127.0.0.1:notaport"])
def test_a_proxys_password_is_never_said(proxy: str, server: FakeTelegram, tools: Tools, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    account = account_at(server.origin, proxy=proxy)
    said = [connector.send(text_to("5001"), account, tools), connector.health(account, tools), connector.validate(account)]
    assert "hunter2" not in repr(said) + caplog.text + repr(keys_of(account))
