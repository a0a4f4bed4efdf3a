"""No secret in logs, results, reports, refusals or reprs, whatever the platform does."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

import connectors.weibo
from connectors.contract import MediaError, Rejected
from connectors.weibo import connector, oauth
from policies.facts import AccountFacts, Media, MediaKind
from tests.connectors.weibo.lending import FAN_TOKEN, NOW, SECRET, TOKEN, account, item, push, signed, to_comment, tools

SECRETS = {form for secret in (SECRET, TOKEN, FAN_TOKEN) for form in (secret, quote(secret, safe=""), quote_plus(secret))}
ECHO = {"error_code": 10013, "error": f"illegal {TOKEN} {quote_plus(TOKEN)} {FAN_TOKEN} {SECRET}", "request": f"/2?access_token={TOKEN}"}
WORLDS: dict[str, Any] = {
    "page not found": (404, b""),
    "gateway": (502, f"<html>{TOKEN}{FAN_TOKEN}{SECRET}</html>".encode()),
    "echo": ECHO,
    "dead": {**ECHO, "error_code": 21327},
    "unknown code": {**ECHO, "error_code": 77777},
    "empty": {},
}


def everything(facts: AccountFacts) -> Iterator[object]:
    """What each verb of the connector hands back or raises."""
    yield facts
    yield connector.send(item(), facts, tools())
    yield connector.send(to_comment(), facts, tools())
    yield connector.check(to_comment(), facts, tools())
    yield connector.poll(facts, {}, tools())
    yield connector.health(facts, tools())
    yield connector.hook_changed(facts, "https://x", tools())
    yield connector.validate(facts)
    yield oauth.revoke(facts, tools())
    yield from _raised(lambda: oauth.exchange(facts, "c", "https://x", tools()), oauth.OAuthError)
    yield from _raised(lambda: connector.fetch(Media(MediaKind.IMAGE, ref="1"), facts, tools()), MediaError)
    yield from _raised(lambda: connector.read(signed(push("text"), signature="0" * 40), facts, NOW), Rejected)


def _raised(run: Any, kind: type[Exception]) -> Iterator[object]:
    with pytest.raises(kind) as caught:
        run()
    yield (repr(caught.value), str(caught.value), caught.value.__cause__, caught.value.__dict__)


@pytest.mark.parametrize("world", WORLDS)
def test_no_secret_shows_anywhere(weibo, world, caplog):
    caplog.set_level(logging.DEBUG)
    for path in ("messages/reply", "comments/reply", "comments/show", "comments/by_me", "comments/to_me", "statuses/mentions"):
        weibo.routes[f"/2/{path}.json"] = WORLDS[world]
    weibo.routes |= dict.fromkeys(("/oauth2/get_token_info", "/oauth2/access_token", "/oauth2/revokeoauth2", "/2/mss/msget"), WORLDS[world])
    shown = "".join(repr(each) for each in everything(account(weibo.url, fan_access_token=FAN_TOKEN))) + caplog.text
    assert len(weibo.asked) > 8 and not [secret for secret in SECRETS if secret in shown]


def test_no_secret_shows_when_nobody_answers(caplog):
    caplog.set_level(logging.DEBUG)
    shown = "".join(repr(each) for each in everything(account("http://127.0.0.1:9", fan_access_token=FAN_TOKEN))) + caplog.text
    assert not [secret for secret in SECRETS if secret in shown]


LOUD = """
import logging
logging.basicConfig(level=logging.DEBUG)
from connectors.weibo import connector
from tests.connectors.weibo.lending import account, tools
from tests.connectors.weibo.server import serving
with serving() as fake:
    connector.poll(account(fake.url), {}, tools())
    logging.info("asked %s times", len(fake.asked))
"""


def test_a_process_that_logs_everything_does_not_log_the_address_with_the_token():
    """In a process of its own: the house's settings would silence the HTTP library here whatever the connector does."""
    root = Path(connectors.weibo.__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", LOUD], cwd=root, capture_output=True, text=True, timeout=60, check=True)
    assert "asked 3 times" in ran.stderr and not [secret for secret in SECRETS if secret in ran.stderr]
