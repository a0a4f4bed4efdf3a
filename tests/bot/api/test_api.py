"""The API from outside: tokens, shapes, problems, paging, idempotency."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from bot.dialogue.handle import handle
from bot.outbox.models import Delivery
from bot.staff.actions import create_token
from bot.staff.models import Department, Person
from bot.tickets.models import Message, Ticket
from policies.roles import Role
from tests.bot.conftest import NOW, World
from tests.bot.dialogue.test_handle import read, said


class Caller:
    """A program with a token."""

    def __init__(self, person: str, department: Department, role: Role = Role.AGENT) -> None:
        self.token = create_token("test", Person.objects.get(username=person), department, role, "t", NOW)

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(f"/api/v1/{path}", query, headers={"Authorization": f"Bearer {self.token}"})

    def post(self, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return Client().post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def alice(world: World) -> Caller:
    return Caller("alice", world.health)


@pytest.fixture
def ticket(world: World) -> Ticket:
    handle([said(world, "question|疫苗几点打？")], read, NOW, timedelta(0))
    return Ticket.objects.get()


def test_no_token_and_a_wrong_token_get_401_with_a_problem_document(world: World) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = Client().get("/api/v1/tickets", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
        assert answer.json()["status"] == 401


def test_a_ticket_shows_the_promised_fields(alice: Caller, ticket: Ticket) -> None:
    shown = alice.get(f"tickets/{ticket.number}").json()
    promised = "number query_code state intent subject confidence department account platform citizen owner received_at deadline"
    assert set(f"{promised} window_until quota_left messages".split()) <= set(shown)
    assert {"id", "at", "direction", "author", "text", "media", "delivery"} <= set(shown["messages"][0])
    assert [row["direction"] for row in shown["messages"]] == ["citizen", "auto"]


def test_a_reply_is_accepted_with_its_delivery(alice: Caller, ticket: Ticket) -> None:
    answer = alice.post(f"tickets/{ticket.number}/reply", {"text": "上午九点。"})
    assert answer.status_code == 202
    assert {"id", "account", "state", "outcome", "attempts", "platform_id", "url", "error", "queued_at", "sent_at"} <= set(answer.json())
    assert alice.get(f"tickets/{ticket.number}").json()["state"] == "answered"


def test_the_same_key_does_the_deed_once(alice: Caller, ticket: Ticket) -> None:
    first = alice.post(f"tickets/{ticket.number}/reply", {"text": "上午九点。"}, key="k1")
    second = alice.post(f"tickets/{ticket.number}/reply", {"text": "上午九点。"}, key="k1")
    assert first.json() == second.json() and second["Idempotency-Replayed"] == "true"
    assert Message.objects.filter(direction="human").count() == 1


def test_the_same_key_for_another_request_is_refused(alice: Caller, ticket: Ticket) -> None:
    alice.post(f"tickets/{ticket.number}/reply", {"text": "上午九点。"}, key="k1")
    assert alice.post(f"tickets/{ticket.number}/reply", {"text": "下午三点。"}, key="k1").status_code == 422


def test_a_refused_deed_is_kept_too(world: World, alice: Caller, ticket: Ticket) -> None:
    first = alice.post(f"tickets/{ticket.number}/close", key="k2")
    second = alice.post(f"tickets/{ticket.number}/close", key="k2")
    assert (first.status_code, second.status_code, first.json()) == (409, 409, second.json())


def test_another_department_gets_404_for_everything(world: World, ticket: Ticket) -> None:
    charlie = Caller("charlie", world.water)
    assert charlie.get("tickets").json()["items"] == []
    assert charlie.get(f"tickets/{ticket.number}").status_code == 404
    assert charlie.get("accounts/tg1").status_code == 404
    assert charlie.get(f"deliveries/{Delivery.objects.get().pk}").status_code == 404
    for deed in ("claim", "close"):
        assert charlie.post(f"tickets/{ticket.number}/{deed}").status_code == 404


def test_a_token_counts_only_for_its_own_role_and_department(world: World, ticket: Ticket) -> None:
    editor = Caller("alice", world.health, Role.EDITOR)
    assert editor.post(f"tickets/{ticket.number}/claim").status_code in (403, 404)


def test_refusing_takes_two_tokens_of_two_people(world: World, alice: Caller, ticket: Ticket) -> None:
    asked = alice.post(f"tickets/{ticket.number}/refuse", {"reason": "不属受理范围", "text": "请走法律途径。"})
    again = Caller("alice", world.health, Role.SUPERVISOR).post(f"tickets/{ticket.number}/refuse")
    agreed = Caller("bob", world.health, Role.SUPERVISOR).post(f"tickets/{ticket.number}/refuse")
    assert (asked.status_code, again.status_code, agreed.status_code) == (202, 403, 200)
    assert agreed.json()["state"] == "refused"


def test_pages_follow_one_another_without_gap_or_repeat(world: World, alice: Caller) -> None:
    for number in range(7):
        handle([said(world, f"question|{number}", citizen=str(number))], read, NOW, timedelta(0))
    seen, cursor = [], ""
    while cursor is not None:
        found = alice.get("tickets", limit=3, cursor=cursor).json()
        seen += [row["number"] for row in found["items"]]
        cursor = found["next"]
    assert seen == sorted(seen, reverse=True) and len(set(seen)) == 7


@pytest.mark.parametrize("query", [{"cursor": "???"}, {"cursor": "e30"}, {"cursor": "WzFd"}, {"state": "nonsense"}, {"limit": "x"}])
def test_a_wrong_query_is_a_problem_and_not_a_fault(alice: Caller, query: dict[str, str]) -> None:
    answer = alice.get("tickets", **query)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("body", ["[]", '{"text": 5}', '{"text": ""}', "{", '{"text": "' + "x" * 6000 + '"}', '{"text": "\\u0000"}'])
def test_a_wrong_body_is_a_problem_and_changes_nothing(world: World, alice: Caller, ticket: Ticket, body: str) -> None:
    headers = {"Authorization": f"Bearer {alice.token}"}
    answer = Client().post(f"/api/v1/tickets/{ticket.number}/reply", body, content_type="application/json", headers=headers)
    assert answer.status_code in (400, 422)
    assert Ticket.objects.get().state == "waiting"


def test_filters_narrow_the_list(alice: Caller, ticket: Ticket) -> None:
    for query, count in (
        ({"state": "waiting"}, 1),
        ({"state": "open"}, 1),
        ({"state": "closed"}, 0),
        ({"account": "tg1"}, 1),
        ({"q": "疫苗"}, 1),
    ):
        assert len(alice.get("tickets", **query).json()["items"]) == count
    assert len(alice.get("tickets", updated_since="2026-11-19T00:00:00Z").json()["items"]) == 1


def test_accounts_never_show_credentials(world: World, alice: Caller) -> None:
    shown = alice.get("accounts").json()["items"][0]
    assert {"id", "platform", "name", "department", "kind", "base_url", "state", "health", "quota", "last_published_at"} <= set(shown)
    assert "s3cret" not in str(shown) and "123456" not in str(shown)


def test_the_balance_of_a_department_is_its_own(world: World, alice: Caller, ticket: Ticket) -> None:
    assert alice.get("balance").json()["received"] == 1
    assert Caller("charlie", world.water).get("balance").json()["received"] == 0
    assert alice.get("balance", account="tg1", day="2026-11-20").json()["difference"] == 0


def test_the_description_of_the_api_is_public_and_whole(world: World) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert "/api/v1/tickets/{number}/reply" in described["paths"]
