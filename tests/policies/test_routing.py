"""Routing by subject and topic."""

import math

import pytest

from policies.facts import Understanding
from policies.routing import SURE, Routed, department_for

OWN = {"transport": "jtj", "transport.taxi": "ygc", "emptied": ""}
ABOVE = {"transport": "upper", "education": "jyj"}


def read(subject: str, topic: str = "", sure: float = 0.9, topic_sure: float = 0.9) -> Understanding:
    return Understanding("complaint", 0.9, subject, sure, "rasa", topic=topic, topic_confidence=topic_sure)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (read("transport"), Routed("jtj", "transport")),
        (read("transport", "transport.taxi"), Routed("ygc", "transport.taxi")),
        (read("transport", "transport.roads"), Routed("jtj", "transport")),
        (read("transport", "transport.taxi", topic_sure=0.3), Routed("jtj", "transport")),
        (read("transport", "transport.taxi", sure=0.3), Routed("own")),
        (read("education"), Routed("jyj", "education")),
        (read("emptied"), Routed("own")),
        (read("unknown"), Routed("own")),
        (read(""), Routed("own")),
        (read("transport", sure=math.nan), Routed("own")),
    ],
)
def test_a_reading_goes_to_its_nearest_route_else_stays_with_the_account(reading: Understanding, expected: Routed) -> None:
    assert department_for(reading, "own", [OWN, ABOVE]) == expected


def test_what_the_own_table_says_of_a_subject_goes_before_what_a_table_above_says_of_its_topic() -> None:
    assert (
        department_for(read("transport", "transport.taxi"), "own", [{"transport": "jtj"}, {"transport.taxi": "above"}]).department == "jtj"
    )


@pytest.mark.parametrize(("sure", "expected"), [(SURE, "jyj"), (SURE - 0.01, "own")])
def test_a_doubtful_reading_moves_nothing(sure: float, expected: str) -> None:
    assert department_for(read("education", sure=sure), "own", [ABOVE]).department == expected


def test_without_a_table_a_ticket_stays() -> None:
    assert department_for(read("education"), "own", []) == Routed("own")
