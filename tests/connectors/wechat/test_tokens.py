"""The life of an access token: one refresh at a time, one repeat, no loop, no secret outside."""

import io
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors import http
from connectors.wechat import connector
from connectors.wechat.client import Client
from policies.facts import Outcome
from tests.connectors.wechat.house import SECRET, BrokenStore, BusyStore, KnowingStore, Platform, Say, Store, account, item, tools

STALE = {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}
GOOD = {"errcode": 0, "errmsg": "ok"}


def send(platform: Platform, store: Store | None = None, **credentials):
    return connector.send(item(), account(base_url=platform.url, **credentials), tools(store))


def test_the_token_is_asked_for_with_stable_token_and_never_forced(platform):
    send(platform)
    call = platform.calls[0]
    assert (call.method, call.path, call.query) == ("POST", "/cgi-bin/stable_token", {})
    assert call.json["force_refresh"] is False and call.json["grant_type"] == "client_credential"


def test_a_token_is_shared_between_calls_until_its_margin(platform):
    store = Store()
    assert [send(platform, store).outcome for _ in range(3)] == [Outcome.SENT] * 3
    assert platform.token_calls == 1
    assert list(store.seconds.values()) == [6900]


def test_many_calls_at_once_make_one_token_call(platform):
    platform.token_wait = 0.1
    store = Store()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: send(platform, store).outcome, range(8)))
    assert outcomes == [Outcome.SENT] * 8
    assert platform.token_calls == 1


def test_many_calls_with_one_refused_token_make_one_refresh(platform):
    store = Store()
    send(platform, store)
    platform.sends(*[Say(STALE, wait=0.1)] * 6, GOOD)
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: send(platform, store).outcome, range(6)))
    assert outcomes == [Outcome.SENT] * 6
    assert platform.token_calls == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_renewed_once_and_the_call_repeated_once(platform, code):
    platform.sends({"errcode": code}, GOOD)
    assert send(platform).outcome is Outcome.SENT
    assert (platform.token_calls, platform.send_calls) == (2, 2)
    assert platform.calls[-1].query["access_token"] == "canarytoken-2"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_refused_for_ever_ends_after_one_repeat(platform, code):
    platform.sends({"errcode": code})
    result = send(platform)
    assert (result.outcome, result.code) == (Outcome.RECONNECT, str(code))
    assert (platform.token_calls, platform.send_calls) == (2, 2)


def test_another_code_makes_no_refresh(platform):
    platform.sends({"errcode": 41001})
    assert send(platform).outcome is Outcome.REFUSED
    assert (platform.token_calls, platform.send_calls) == (1, 1)


def test_a_token_renewed_by_another_process_is_not_dropped(platform):
    store = Store()
    send(platform, store)
    (key,) = store.values
    store.drop(key, "an older token")
    assert store.get(key) == "canarytoken-1"


@pytest.mark.parametrize("code", [40001, 40013, 40125, 40164, 40243, 41004, 89503, 40002])
def test_a_refused_secret_or_address_needs_a_person(platform, code):
    platform.says("/cgi-bin/stable_token", {"errcode": code, "errmsg": "x"})
    result = send(platform)
    assert (result.outcome, result.code) == (Outcome.RECONNECT, str(code))
    assert (platform.token_calls, platform.send_calls) == (1, 0)


@pytest.mark.parametrize("missing", [{"app_secret": None}, {"app_id": ""}, {"app_secret": [5]}])
def test_an_account_without_a_secret_needs_a_person_and_asks_nobody(platform, missing):
    assert send(platform, **missing).outcome is Outcome.RECONNECT
    assert platform.calls == []


ODD = [
    {},
    {"access_token": ""},
    {"access_token": 5},
    b"",
    b"[]",
    b"<html>",
    Say(b"", status=502),
    Say({}, cut=True),
    {"errcode": -1},
    {"errcode": 777},
]


@pytest.mark.parametrize("answer", ODD)
def test_an_odd_token_answer_is_never_unknown_because_nothing_was_sent(platform, answer):
    platform.says("/cgi-bin/stable_token", answer)
    assert send(platform).outcome is Outcome.RETRY
    assert platform.send_calls == 0


@pytest.mark.parametrize(
    ("expires", "kept"), [(7200, 6900), (300, 150), (0, 300), (-5, 300), ("7200", 300), (None, 300), (10**9, 300), (True, 300)]
)
def test_a_lifetime_is_kept_with_a_margin_and_an_odd_one_is_short(platform, expires, kept):
    platform.says("/cgi-bin/stable_token", {"access_token": "canarytoken-9", "expires_in": expires})
    store = Store()
    send(platform, store)
    assert list(store.seconds.values()) == [kept]


@pytest.mark.parametrize("store", [BusyStore(), BrokenStore()])
def test_a_lock_that_cannot_be_had_or_a_lost_store_means_later(platform, store):
    result = send(platform, store)
    assert (result.outcome, platform.calls) == (Outcome.RETRY, [])
    assert "password" not in result.error


def test_an_account_with_another_secret_does_not_get_the_shared_token(platform):
    store = Store()
    send(platform, store)
    send(platform, store, app_secret="another")
    assert (platform.token_calls, len(store.values)) == (2, 2)


BAD_ANSWERS = [
    {"errcode": 40001, "errmsg": f"{SECRET} canarytoken-1"},
    {"errcode": 99999, "errmsg": SECRET},
    Say(b"canary", status=502),
    Say({}, cut=True),
]


@pytest.mark.parametrize("answer", BAD_ANSWERS)
@pytest.mark.parametrize("path", ["/cgi-bin/stable_token", "/cgi-bin/message/custom/send", "/cgi-bin/getcallbackip"])
def test_no_secret_is_in_a_result_a_report_or_a_log(platform, answer, path, caplog):
    caplog.set_level(logging.DEBUG)
    platform.says(path, answer)
    who, lent = account(base_url=platform.url), tools()
    seen = [connector.send(item(), who, lent), connector.check(item(), who, lent), connector.health(who, lent), who]
    assert "canary" not in repr(seen) + caplog.text


def test_no_secret_is_in_an_exception_of_the_client(platform):
    platform.says("/cgi-bin/get", {"errcode": 40003, "errmsg": "canarytoken-1"})
    client = Client(account(base_url=platform.url), tools())
    with pytest.raises(Exception, match="40003") as refusal:
        client.get("get")
    assert "canary" not in repr(refusal.value) + str(refusal.value)


class Pipe(io.BytesIO):
    """A stream that can be read once, like an upload that is still arriving."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


def test_a_repeated_upload_sends_the_whole_file_again(platform):
    platform.says("/cgi-bin/media/upload", STALE, {"media_id": "m1"})
    client = Client(account(base_url=platform.url), tools())
    assert client.media.upload("image", Pipe(b"picture" * 700))["media_id"] == "m1"
    sizes = {len(call.body) for call in platform.calls if call.path == "/cgi-bin/media/upload"}
    assert len(sizes) == 1 and sizes.pop() > 4900


def test_addresses_written_out_in_wechatpy_go_to_the_account_s_own_origin(platform):
    platform.says("/customservice/kfsession/getwaitcase", {"count": 0, "waitcaselist": []})
    Client(account(base_url=platform.url), tools()).customservice.get_wait_case()
    assert platform.count("/customservice/kfsession/getwaitcase") == 1


def test_nothing_bypasses_the_one_way_out(platform):
    client = Client(account(base_url=platform.url), tools())
    assert client._http is None
    with pytest.raises(TypeError):
        client.fetch_access_token()


def test_a_network_fault_leaves_the_client_as_the_house_s_own_exception():
    client = Client(account(base_url="http://127.0.0.1:1"), tools(KnowingStore()))
    with pytest.raises(http.NotSent) as fault:
        client.get("getcallbackip")
    assert str(fault.value) == "ConnectError"
