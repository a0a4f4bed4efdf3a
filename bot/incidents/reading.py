"""A ticket as the grouping reads it: what its citizen wrote, when, where, about what."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from bot.tickets.models import Message, Ticket
from nlu.anchors import anchors
from nlu.incidents import RULES, Seen
from policies.incidents import GROUPED
from policies.tickets import TicketState

AT_ONCE = 500  # SQLite takes a limited number of values in one statement
WIDE = re.compile(r"(?<![小社园校厂景片])区$|[省市县州]$")  # the town everybody writes from tells no two events apart
NEVER = frozenset({TicketState.MERGED, TicketState.REFUSED})


@dataclass(frozen=True, slots=True)
class Words:
    """What a citizen wrote in one ticket."""

    text: str
    places: tuple[str, ...]
    last_at: datetime | None

    @property
    def place(self) -> str:
        """The place to show: as understood, else as it stands in the text."""
        found = self.places or anchors(self.text[: RULES.places_in])
        return found[0] if found else ""


def words_of(tickets: Iterable[Ticket]) -> dict[int, Words]:
    """By ticket."""
    texts: dict[int, list[str]] = defaultdict(list)
    places: dict[int, list[str]] = defaultdict(list)
    last: dict[int, datetime] = {}
    for some in batched((ticket.pk for ticket in tickets), AT_ONCE):
        said = Message.objects.filter(ticket__in=some, direction=Message.Direction.CITIZEN).order_by("pk")
        for ticket, text, entities, at in said.values_list("ticket", "text", "entities", "at"):
            key = int(ticket or 0)
            texts[key].append(text)
            named = (str(one.get("value", "")) for one in entities if isinstance(one, dict) and one.get("entity") == "place")
            places[key] += [name for name in named if name and not WIDE.search(name)]
            last[key] = max(at, last.get(key, at))
    return {key: Words("\n".join(parts)[: 2 * RULES.letters], tuple(places[key]), last[key]) for key, parts in texts.items()}


def is_grouped(ticket: Ticket) -> bool:
    """Whether a ticket of this kind and state can tell of an event."""
    return ticket.kind in GROUPED and ticket.state not in NEVER


def seen(ticket: Ticket, words: Words) -> Seen:
    """The ticket for the grouping: its own time, never the clock's."""
    return Seen(
        ticket.pk, words.text, ticket.received_at, str(ticket.conversation_id), ticket.department_id, words.places[:4], ticket.topic
    )


def all_seen(tickets: Sequence[Ticket]) -> list[Seen]:
    """Those of these tickets that can tell of an event and say something."""
    said = words_of(tickets)
    return [seen(ticket, said[ticket.pk]) for ticket in tickets if is_grouped(ticket) and ticket.pk in said]
