"""Pausing and resuming by a program."""

from datetime import timedelta
from typing import Any

import pytest

from bot import clock
from bot.tickets.models import Ticket
from tests.bot.api.test_api import Caller, alice, ticket

__all__ = ["alice", "ticket"]


def body(days: float = 2, **fields: Any) -> dict[str, Any]:
    return {"reason": "detail", "text": "是哪个接种点？", "until": (clock.now() + timedelta(days=days)).isoformat(), **fields}


@pytest.fixture(autouse=True)
def in_time(ticket: Ticket) -> None:
    soon = clock.now() + timedelta(days=5)
    Ticket.objects.update(service_deadline=soon, deadline=soon)


def test_a_program_pauses_and_resumes(alice: Caller, ticket: Ticket) -> None:
    paused = alice.post(f"tickets/{ticket.number}/pause", body())
    assert (paused.status_code, paused.json()["state"]) == (200, "awaiting_citizen")
    assert paused.json()["paused_until"] and paused.json()["pause_reason"].endswith("是哪个接种点？")
    resumed = alice.post(f"tickets/{ticket.number}/resume").json()
    assert (resumed["state"], resumed["paused_until"], resumed["pause_reason"]) == ("claimed", None, "")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"reason": "x"}, 422), ({"text": ""}, 422), ({"until": "soon"}, 422), ({"until": "2020-01-01T00:00:00"}, 422), ({"days": 60}, 422)],
)
def test_a_pause_that_cannot_be_is_a_problem_document(alice: Caller, ticket: Ticket, wrong: dict[str, Any], code: int) -> None:
    answer = alice.post(f"tickets/{ticket.number}/pause", body(**wrong))
    assert (answer.status_code, answer["Content-Type"], Ticket.objects.get().state) == (code, "application/problem+json", "waiting")


def test_resuming_what_does_not_stand_is_a_conflict(alice: Caller, ticket: Ticket) -> None:
    assert alice.post(f"tickets/{ticket.number}/resume").status_code == 409
