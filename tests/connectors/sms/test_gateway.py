"""Text messages: the request is data, and so is what counts as success."""

import json

import pytest

from connectors.contract import Paging
from connectors.sms import template
from connectors.sms.gateway import Gateway
from policies.facts import Outcome
from tests.pretend_pagers.gateways import LINK, gateway, paging, tools
from tests.pretend_pagers.web import platform

NASTY = '他说 "好"\n& 换行=1'


def test_values_are_escaped_in_json():
    body, kind = template.filled_body('{"t": "{text}"}', {"text": NASTY, "mobile": "1", "link": "l", "key": "k"})
    assert (json.loads(body)["t"], kind) == (NASTY, "application/json")


def test_values_are_escaped_in_addresses_and_forms():
    with platform() as server:
        values = {"url": "http://x.invalid/sms/send?to={mobile}&t={text}&l={link}", "body": "", "header": ""}
        page = Paging("k", NASTY, LINK)
        assert Gateway().send(page, "+8613800000000", gateway("sms", server.url, **values), tools()).outcome is Outcome.SENT
        query = server.taken[0].query
    assert query == {"to": "+8613800000000", "t": " ".join(NASTY.split()), "l": LINK}


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again():
    assert template.filled_url("{text}", {"text": "{mobile}", "mobile": "1", "link": "l", "key": "k"}) == "%7Bmobile%7D"


def test_the_header_goes_along():
    with platform() as server:
        Gateway().send(paging(), "13800000000", gateway("sms", server.url), tools())
        assert server.taken[0].headers["authorization"] == "Bearer canary-two-1234"


@pytest.mark.parametrize(
    ("test", "content", "well"),
    [
        ("json:code=0", b'{"code": 0}', True),
        ("json:code=0", b'{"code": "0"}', True),
        ("json:code=0", b'{"code": 7}', False),
        ("json:code=0", b"", False),
        ("json:a.1.b=OK", b'{"a": [0, {"b": "OK"}]}', True),
        ("json:a.9.b=OK", b'{"a": []}', False),
        ("json:ok=true", b'{"ok": true}', True),
        ("text:^OK", b"OK 123", True),
        ("text:^OK", b"ERROR OK", False),
    ],
)
def test_success_is_what_the_gateway_says_it_is(test, content, well):
    assert template.succeeded(test, 200, content)[0] is well


def test_an_error_status_is_no_success_whatever_the_body_says():
    assert template.succeeded("text:OK", 500, b"OK")[0] is False


@pytest.mark.parametrize(
    "values",
    [
        {"url": "ftp://x/{mobile}{link}"},
        {"url": "not an address"},
        {"body": '{"to": "{mobile}"}'},
        {"body": '{"to": "{mobile}" "{link}"}'},
        {"header": "no header"},
        {"header": "A: b\nC: d"},
        {"success": ""},
        {"success": "text:"},
        {"success": "text:.*"},
        {"success": "text:["},
        {"success": "json:code"},
    ],
)
def test_a_gateway_that_cannot_work_is_told_so(values):
    assert Gateway().validate(gateway("sms", "", **values))
