"""Whatever the bytes: a Reading or a Rejected, and nothing that cannot be stored."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from connectors.contract import Answer, Inbound, Reading, Rejected
from connectors.telegram import connector
from policies.facts import EventKind
from tests.connectors.telegram.conftest import FIXTURES, NOW, account_at, post

HERE = account_at("http://127.0.0.1:1")
PATHS = sorted(FIXTURES.glob("*.json"))
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from(["private", "\x00", "\ud800"])
)
JSON = some.recursive(
    LEAVES, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=6), inner, max_size=3), max_leaves=8
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reads_or_refuses(request: Inbound) -> None:
    try:
        reading = connector.read(request, HERE, NOW)
    except Rejected as refusal:
        assert 400 <= refusal.status < 500
        return
    assert isinstance(reading, Reading) and len(reading.events) == 1
    event = reading.events[0]
    stored = json.dumps(
        [event.detail, dict(event.thread), event.text, event.citizen, event.citizen_name], allow_nan=False, ensure_ascii=False
    )
    assert "\\u0000" not in stored and stored.encode() and isinstance(event.kind, EventKind) and event.sent_at <= NOW
    answer = connector.passive(reading, HERE, "好", NOW)
    assert answer is None or isinstance(answer, Answer)


@QUICK
@given(body=some.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    reads_or_refuses(post(body))


@QUICK
@given(method=some.text(max_size=5), headers=some.dictionaries(some.text(max_size=9), some.text(max_size=9)), body=some.binary(max_size=50))
def test_any_request(method: str, headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Rejected):
        connector.read(Inbound(method, {}, headers, body), HERE, NOW)


@QUICK
@given(
    kind=some.sampled_from([path.stem for path in PATHS] + ["message", "callback_query"]), node=JSON, number=some.integers(-(2**63), 2**63)
)
def test_any_json(kind: str, node: Any, number: int) -> None:
    reads_or_refuses(post(json.dumps({"update_id": number, kind: node}).encode()))


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, child in pairs for found in ((*path, key), *places(child, (*path, key)))]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=some.data(), path=some.sampled_from(PATHS), value=JSON)
def test_any_fixture_with_one_place_replaced(data: some.DataObject, path: Any, value: Any) -> None:
    update = json.loads(path.read_bytes())
    *way, last = data.draw(some.sampled_from(places(update)))
    node = update
    for key in way:
        node = node[key]
    node[last] = value
    reads_or_refuses(post(json.dumps(update).encode()))


@QUICK
@given(path=some.sampled_from(PATHS), cut=some.integers(0, 2000))
def test_any_fixture_cut_short(path: Any, cut: int) -> None:
    reads_or_refuses(post(path.read_bytes()[:cut]))
