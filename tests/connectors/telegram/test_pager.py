"""Calling staff by a bot: the same call as a reply, with the link whole."""

from connectors.telegram.pager import Pager
from policies.facts import AccountFacts, Outcome
from tests.connectors.telegram.conftest import TOKEN
from tests.connectors.telegram.fake import FakeTelegram, Fault
from tests.pretend_pagers.gateways import LINK, paging, tools


def facts(server: FakeTelegram) -> AccountFacts:
    return AccountFacts("1", "telegram", "值班", base_url=server.origin, credentials={"bot_token": TOKEN})


def test_a_page_goes_to_the_chat_with_its_link(server):
    result = Pager().send(paging("超" * 5000), "42", facts(server), tools(timeout=2))
    assert result.outcome is Outcome.SENT
    name, fields = server.calls[-1]
    assert name == "sendMessage" and str(fields["chat_id"]) == "42" and fields["text"].endswith(LINK)


def test_a_bot_that_is_blocked_is_told(server):
    server.faults["sendMessage"] = [Fault(403, description="Forbidden: bot was blocked by the user")]
    result = Pager().send(paging(), "42", facts(server), tools(timeout=2))
    assert (result.outcome, result.code) == (Outcome.REFUSED, "403")


def test_a_gateway_without_a_token_is_told():
    assert Pager().validate(AccountFacts("1", "telegram", "x", credentials={"bot_token": "nonsense"}))
    assert not Pager().validate(AccountFacts("1", "telegram", "x", credentials={"bot_token": TOKEN}))
