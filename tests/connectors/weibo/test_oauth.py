"""Authorising, and giving the token back."""

from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.weibo import oauth
from policies.facts import Outcome
from tests.connectors.weibo.lending import SECRET, UID, account, api, tools

EXCHANGE, REVOKE = "/oauth2/access_token", "/oauth2/revokeoauth2"


def test_the_authorize_address_carries_key_redirect_and_state_and_no_secret():
    url = oauth.authorize_url(account(), "https://hy.example.gov.cn/back?a=1", "s" * 32)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("https://api.weibo.com/oauth2/authorize?") and SECRET not in url
    assert (query["client_id"], query["state"], query["redirect_uri"]) == (
        ["1234567890"],
        ["s" * 32],
        ["https://hy.example.gov.cn/back?a=1"],
    )


def test_a_guessable_state_is_not_accepted():
    with pytest.raises(ValueError, match="state"):
        oauth.authorize_url(account(), "https://x", "1")


def test_a_code_becomes_a_token_with_its_life(weibo):
    weibo.routes[EXCHANGE] = api("access_token")
    grant = oauth.exchange(account(weibo.url), "c-1", "https://x/back", tools())
    assert (grant.access_token, grant.seconds, grant.uid) == ("2.00FIXTURE", 157679999, UID) and "FIXTURE" not in repr(grant)
    form = {"client_id": "1234567890", "client_secret": SECRET, "grant_type": "authorization_code", "code": "c-1"}
    assert weibo.fields(EXCHANGE) == [{**form, "redirect_uri": "https://x/back"}]


@pytest.mark.parametrize(
    ("told", "again", "words"),
    [
        ({"error": "invalid_grant", "error_code": 21325, "error_description": "code used"}, False, "重新开始授权"),
        ({"error": "redirect_uri_mismatch", "error_code": "21322"}, False, "回调地址"),
        ({"error_code": 21331}, True, "暂不可用"),
        ((502, b"<html>"), True, "无法理解"),
        ({"uid": UID}, False, "没有返回令牌"),
        ({"access_token": "t", "uid": "5"}, False, "不一致"),
    ],
)
def test_a_failed_exchange_says_why_and_whether_to_try_again(weibo, told, again, words):
    weibo.routes[EXCHANGE] = told
    with pytest.raises(oauth.OAuthError, match=words) as caught:
        oauth.exchange(account(weibo.url), "c-1", "https://x/back", tools())
    assert caught.value.again is again and SECRET not in repr(caught.value)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [({"result": True}, "sent"), ({"result": "true"}, "sent"), ({"error_code": 21327}, "sent"), ({}, "unknown"), ((502, b""), "unknown")],
)
def test_a_token_is_given_back(weibo, told, outcome):
    weibo.routes[REVOKE] = told
    assert oauth.revoke(account(weibo.url), tools()).outcome == Outcome(outcome)
