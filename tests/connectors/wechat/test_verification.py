"""Who is believed: signatures, freshness, the three modes, the envelope, and the platform's own vectors."""

import json
from dataclasses import replace

import pytest

from connectors.contract import Inbound, Rejected
from connectors.wechat import connector, crypto
from tests.connectors.wechat.house import FIXTURES, KEY, NOW, OLD_KEY, account, fixture, post, post_sealed, query, sha1

TEXT = fixture("text")
ENVELOPES = FIXTURES / "envelopes"
VECTOR = json.loads((ENVELOPES / "request.json").read_text())


def refused(request: Inbound, mode: str = "plain", **credentials) -> int:
    with pytest.raises(Rejected) as refusal:
        connector.read(request, account(mode, **credentials), NOW)
    return refusal.value.status


def words(request: Inbound, mode: str = "plain", **credentials) -> str:
    return connector.read(request, account(mode, **credentials), NOW).events[0].text


def test_the_official_signature_vector_holds():
    assert crypto.signature("AAAAA", "1714037059", "486452656") == b"899cf89e464efb63f54ddac96b0a0a235f53aa78"


@pytest.mark.parametrize(("mode", "name"), [("safe", "safe"), ("compat", "compat"), ("compat", "safe"), ("safe", "compat")])
def test_the_cross_check_vector_opens(mode, name):
    request = Inbound("POST", VECTOR["query"], {}, (ENVELOPES / f"{name}.xml").read_bytes())
    assert words(request, mode, **VECTOR["account"]) == "你好"


def test_a_url_verification_gets_its_echostr_verbatim_in_every_mode():
    request = Inbound("GET", query(echostr="5a+/== 你"), {}, b"")
    for mode in ("plain", "compat", "safe"):
        reading = connector.read(request, account(mode), NOW)
        assert (reading.answer.body, reading.events, reading.passive) == ("5a+/== 你".encode(), (), None)


def test_a_url_verification_without_echostr_is_refused():
    assert refused(Inbound("GET", query(), {}, b"")) == 403


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce"])
@pytest.mark.parametrize("value", [None, "", "0", "x" * 5000, "é\ud800文", "\x00"])
def test_a_missing_or_odd_parameter_is_refused(name, value):
    asked = query() | {name: value}
    if value is None:
        del asked[name]
    assert refused(Inbound("POST", asked, {}, TEXT)) == 403


@pytest.mark.parametrize("at", ["1699990000", "1700090000", "1700000000.0", "１７０００００００", "+1700000000", "17000000000000"])
def test_a_stale_future_or_odd_timestamp_is_refused_though_it_is_signed(at):
    assert refused(post(TEXT, at=at)) == 403


def test_a_request_at_the_edge_of_the_replay_window_is_still_read():
    assert words(post(TEXT, at=str(1700000003 - 600)))
    assert refused(post(TEXT, at=str(1700000003 - 601))) == 403


def test_a_signature_in_capitals_is_not_the_signature():
    asked = query()
    assert refused(Inbound("POST", asked | {"signature": asked["signature"].upper()}, {}, TEXT)) == 403


@pytest.mark.parametrize("token", [None, "", 12345, ["simtoken"]])
def test_an_account_without_a_usable_token_believes_nobody(token):
    assert refused(post(TEXT), token=token) == 403


def test_a_request_signed_with_an_empty_token_is_refused():
    asked = query() | {"signature": sha1("", "1700000000", "nonce1")}
    assert refused(Inbound("POST", asked, {}, TEXT), token="") == 403


def test_an_envelope_with_a_wrong_padding_is_refused():
    assert refused(post_sealed(TEXT + b" " * (5 - len(TEXT) % 32), filler=b"?"), "safe") == 403


def test_a_plain_body_is_refused_in_safe_mode():
    assert refused(post(TEXT), "safe") == 403


def test_an_unknown_mode_is_as_strict_as_safe_mode():
    assert refused(post(TEXT), "whatever") == 403


def test_a_plain_body_is_read_in_compatible_mode():
    assert words(post(TEXT), "compat").startswith("请问医保卡")


def test_the_sealed_part_counts_in_compatible_mode_whatever_stands_beside_it():
    forged = "<MsgType>text</MsgType><FromUserName>oEvil</FromUserName><Content>假的</Content>"
    assert words(post_sealed(TEXT, beside=forged), "compat").startswith("请问医保卡")


def unsigned(request: Inbound) -> Inbound:
    """The same request without the signature of its envelope."""
    return replace(request, query={name: value for name, value in request.query.items() if name not in ("msg_signature", "encrypt_type")})


BESIDE = TEXT.decode().removeprefix("<xml>").strip().removesuffix("</xml>")


@pytest.mark.parametrize(("mode", "key"), [("compat", KEY), ("plain", KEY), ("plain", None)])
def test_the_fields_beside_an_envelope_nobody_signed_are_read_as_a_plain_body(mode, key):
    assert words(unsigned(post_sealed(TEXT, beside=BESIDE)), mode, aes_key=key).startswith("请问医保卡")


def test_an_envelope_nobody_signed_is_refused_when_it_is_all_there_is():
    assert {refused(unsigned(post_sealed(TEXT)), mode) for mode in ("plain", "compat", "safe")} == {403}
    assert refused(unsigned(post_sealed(TEXT, beside=BESIDE)), "safe") == 403


def test_in_plain_mode_a_sealed_body_needs_its_own_signature():
    assert refused(post_sealed(TEXT, msg_signature="0" * 40), "plain") == 403
    assert refused(post_sealed(TEXT, beside=BESIDE, msg_signature="0" * 40), "plain") == 403


def test_an_account_without_a_mode_reads_what_its_key_says():
    assert words(post_sealed(TEXT), None) and words(post(TEXT), None, aes_key=None)
    assert refused(post(TEXT), None) == 403


@pytest.mark.parametrize("mode", ["compat", "safe"])
@pytest.mark.parametrize("signature", ["", "0" * 40, "é" * 40])
def test_a_sealed_body_without_its_own_signature_is_refused(mode, signature):
    assert refused(post_sealed(TEXT, msg_signature=signature), mode) == 403


def test_the_request_signature_does_not_pass_as_msg_signature():
    assert refused(post_sealed(TEXT, msg_signature=query()["signature"]), "safe") == 403


def test_a_sealed_body_with_a_changed_letter_is_refused():
    request = post_sealed(TEXT)
    position = request.body.index(b"<Encrypt>") + 40
    changed = request.body[:position] + (b"A" if request.body[position : position + 1] != b"A" else b"B") + request.body[position + 1 :]
    assert refused(Inbound("POST", request.query, {}, changed), "safe") == 403


def test_a_body_sealed_for_another_account_is_refused():
    assert refused(post_sealed(TEXT, app_id="wx0000000000000002"), "safe") == 403
    assert refused(post_sealed(TEXT, app_id=""), "safe", app_id="") == 403


def test_a_body_sealed_with_the_previous_key_is_read_while_that_key_is_known():
    assert words(post_sealed(TEXT, key=OLD_KEY), "safe", aes_key_previous=OLD_KEY)
    assert refused(post_sealed(TEXT, key=OLD_KEY), "safe") == 403


@pytest.mark.parametrize("key", [None, "", "short", KEY[:-1] + "!", 43, "密" * 43])
def test_a_broken_key_refuses_and_does_not_raise(key):
    assert refused(post_sealed(TEXT), "safe", aes_key=key) == 403


def test_an_encrypted_body_without_a_key_in_plain_mode_is_refused():
    assert refused(post_sealed(TEXT), aes_key=None) == 403


def test_a_sealed_message_survives_in_plain_mode_when_the_key_is_known():
    assert words(post_sealed(TEXT), "plain")


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "post"])
def test_another_method_is_refused(method):
    assert refused(Inbound(method, query(), {}, TEXT)) == 405


def test_a_repeated_delivery_has_the_same_key_in_plain_and_sealed_form():
    keys = {
        connector.read(request, account("compat"), NOW).events[0].dedup_key
        for request in (post(TEXT), post(TEXT, nonce="other"), post_sealed(TEXT))
    }
    assert len(keys) == 1
