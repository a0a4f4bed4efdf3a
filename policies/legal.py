"""Legal routes 法定途径: matters that belong to others by law, and the words in which a person tells a citizen where to go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.facts import Kind
from policies.rulepack import read, values

_ROUTES: Mapping[str, Mapping[str, object]] = values(read("legal"))["route"]

ROUTES: Mapping[str, str] = {key: str(row["name"]) for key, row in _ROUTES.items()}
"""The routes with their names in Chinese."""

KINDS: frozenset[str] = frozenset({Kind.LEGAL, Kind.DISCLOSURE})
"""Kinds of message that go such a way."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a route begins; only the office is always known."""

    office: str
    address: str = ""
    phone: str = ""
    hours: str = ""
    url: str = ""
    text: str = ""
    source: str = ""


def likely(kind: str, said: str) -> list[str]:
    """All routes, those first that the message names by their signs; an application for disclosure goes its own way first."""

    def far(route: str) -> bool:
        signs = _ROUTES[route]["signs"]
        named = isinstance(signs, Sequence) and any(sign in said for sign in signs)
        return not (named or (route == "disclosure" and kind == Kind.DISCLOSURE))

    return sorted(ROUTES, key=far)  # sorting keeps the order of equals


def letter(route: str, where: Where) -> str:
    """A ready reply that a person may send, change, or leave: what is not known is not in it."""
    lines = [
        f"您好，您反映的事项应当通过{ROUTES[route]}途径提出，本账号不能代为受理。",
        f"受理单位：{where.office}",
        *(f"{name}：{value}" for name, value in _known(where)),
        where.text.strip(),
        f"依据：{where.source}" if where.source else "",
    ]
    return "\n".join(line for line in lines if line)


def _known(where: Where) -> list[tuple[str, str]]:
    named = [("地址", where.address), ("电话", where.phone), ("时间", where.hours), ("网址", where.url)]
    return [(name, value) for name, value in named if value]
