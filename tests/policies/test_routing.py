"""Routing by subject."""

import pytest

from policies.routing import department_for

ROUTES = {"城乡建设": "zjj", "城乡建设/安全生产": "ajj", "education": "jyj", "emptied": ""}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("education", "jyj"),
        ("城乡建设", "zjj"),
        ("城乡建设/安全生产", "ajj"),
        ("城乡建设/安全生产/事故处理", "ajj"),
        ("城乡建设/园林绿化", "zjj"),
        ("城乡建设局", "own"),
        (" education ", "jyj"),
        ("emptied", "own"),
        ("unknown", "own"),
        ("", "own"),
        ("/", "own"),
        ("/" * 5_000, "own"),
    ],
)
def test_a_subject_goes_to_its_nearest_route_else_stays_with_the_account(subject, expected):
    assert department_for(subject, "own", ROUTES) == expected
