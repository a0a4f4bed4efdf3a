"""Incidents from outside: what a token sees, and one reply to all, once."""

import pytest

from bot.incidents.following import Follows
from bot.incidents.models import Answer, Incident
from tests.bot.api.test_api import Caller
from tests.bot.conftest import NOW, World
from tests.bot.incidents.conftest import OUTAGE, Says, says

__all__ = ["says"]


@pytest.fixture
def number(says: Says) -> str:
    for text in OUTAGE:
        says(text)
    Follows("test").follow(NOW)
    return Incident.objects.get().number


def test_the_hottest_come_first_with_their_figures(world: World, number: str) -> None:
    shown = Caller("alice", world.health).get("incidents").json()["items"]
    assert [(row["number"], row["citizens"], row["waiting"], row["place"]) for row in shown] == [(number, 3, 3, "阳光花园")]
    assert {"heat", "warmth", "rising", "line", "state", "title", "last_at"} <= set(shown[0])


def test_newest_first_pages_by_cursor(world: World, number: str) -> None:
    answer = Caller("alice", world.health).get("incidents", order="new", limit=1).json()
    assert [row["number"] for row in answer["items"]] == [number] and answer["next"] is None


def test_another_department_sees_nothing(world: World, number: str) -> None:
    charlie = Caller("charlie", world.water)
    assert charlie.get("incidents").json()["items"] == []
    assert charlie.get(f"incidents/{number}").status_code == 404
    assert charlie.post(f"incidents/{number}/reply", {"text": "好"}).status_code == 404


def test_the_same_key_replies_to_all_once(world: World, number: str) -> None:
    alice = Caller("alice", world.health)
    first = alice.post(f"incidents/{number}/reply", {"text": "今晚八点来水。"}, key="k")
    second = alice.post(f"incidents/{number}/reply", {"text": "今晚八点来水。"}, key="k")
    assert (first.status_code, first.json()) == (202, second.json())
    assert first.json()["counts"]["waiting"] == 3 and Answer.objects.count() == 1


def test_an_incident_tells_of_its_tickets_and_replies(world: World, number: str) -> None:
    alice = Caller("alice", world.health)
    alice.post(f"incidents/{number}/reply", {"text": "今晚八点来水。"})
    shown = alice.get(f"incidents/{number}").json()
    assert len(shown["tickets"]) == 3 and shown["replies"][0]["state"] == "running"
    assert alice.get(f"tickets/{shown['tickets'][0]['number']}").json()["incident"] == number


def test_wrong_requests_are_refused_in_words(world: World, number: str) -> None:
    alice = Caller("alice", world.health)
    assert alice.get("incidents", state="burning").status_code == 422
    assert alice.post(f"incidents/{number}/reply", {"text": "  "}).status_code == 422
    assert alice.post(f"incidents/{number}/reply", {"text": "好", "tickets": ["20990101-000001"]}).status_code == 422
