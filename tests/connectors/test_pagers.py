"""What holds for every means: honest outcomes whatever comes back, and no secret in any of them."""

import pytest

from bot.paging.registry import all_pagers
from connectors.contract import Pager
from policies.facts import Outcome, Result
from tests.pretend_pagers.gateways import ADDRESSES, LINK, SECRETS, gateway, paging, tools
from tests.pretend_pagers.web import platform

PAGERS = all_pagers()
WEB = sorted(ADDRESSES)
BAD = [
    "code:-1",
    "code:45009",
    "code:130101",
    "code:19021",
    "code:987654321",
    "http:429",
    "http:302",
    "drop",
    "hang",
    "drip",
    "garbage",
    "html",
]
ODD = ["", "null", "[]", "0", "[" * 9000, '{"errcode": false, "code": false}', '{"errcode": "0", "code": "0"}', '{"errcode": 0.0}']


def sent(means: str, url: str, timeout: float = 1.0) -> Result:
    return PAGERS[means].send(paging(), ADDRESSES[means], gateway(means, url), tools(timeout=timeout))


def test_there_are_all_the_means_of_the_plan():
    assert set(PAGERS) == {"wecom", "wecom-app", "dingtalk", "feishu", "mail", "sms", "telegram"}


@pytest.mark.parametrize("means", WEB)
def test_a_good_platform_gets_the_text_and_the_link(means):
    with platform() as server:
        result = sent(means, server.url)
        got = str(server.taken[-1].body)
    assert result.outcome is Outcome.SENT
    assert "20261120-000001" in got and LINK in got


@pytest.mark.parametrize("means", WEB)
@pytest.mark.parametrize("mode", BAD)
def test_nothing_but_success_is_success_and_no_secret_is_told(means, mode, caplog):
    with platform(mode) as server:
        result = sent(means, server.url, timeout=0.1 if mode in ("hang", "drip") else 1.0)
    assert result.outcome not in (Outcome.SENT, Outcome.PENDING)
    assert result.code and result.error
    assert not any(secret in f"{result!r}{caplog.text}" for secret in (*SECRETS, "13800000000"))


@pytest.mark.parametrize("means", WEB)
@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_an_odd_answer_is_no_success(means, body):
    with platform("body", body=body.encode()) as server:
        assert sent(means, server.url).outcome is not Outcome.SENT


@pytest.mark.parametrize("means", WEB)
def test_a_platform_that_is_away_is_known_not_to_have_got_it(means):
    assert sent(means, "http://127.0.0.1:9").outcome is Outcome.RETRY


@pytest.mark.parametrize("means", WEB)
def test_the_longest_text_keeps_its_link(means):
    with platform() as server:
        long = paging("超" * 100_000)
        result = PAGERS[means].send(long, ADDRESSES[means], gateway(means, server.url), tools())
        assert LINK in str(server.taken[-1].body)
    assert result.outcome is Outcome.SENT


@pytest.mark.parametrize("means", WEB)
def test_a_complete_gateway_has_nothing_wrong_and_an_empty_one_has(means):
    assert PAGERS[means].validate(gateway(means, "https://ok.invalid")) == []
    assert PAGERS[means].validate(type(gateway(means, ""))("1", means, "x")) != []


@pytest.mark.parametrize("pager", PAGERS.values(), ids=list(PAGERS))
@pytest.mark.parametrize("address", ["张三", "a b", "x\ny", "x" * 300, '"><at user_id="all">'])
def test_an_impossible_address_is_refused_in_words(pager: Pager, address):
    assert pager.refuses(address)


@pytest.mark.parametrize("pager", PAGERS.values(), ids=list(PAGERS))
def test_an_empty_address_is_fine_only_where_none_is_needed(pager: Pager):
    assert bool(pager.refuses("")) == pager.address.required
