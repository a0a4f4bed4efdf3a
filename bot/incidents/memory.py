"""What one process remembers of the requests that came: the newest of them, as the grouping compares them."""

from collections.abc import Collection
from itertools import batched

from bot.audit.models import Entry
from bot.incidents.models import Incident, Member
from bot.incidents.reading import AT_ONCE, all_seen
from bot.tickets.models import Ticket
from nlu.grams import everyday
from nlu.incidents import RULES, Grouper
from policies.incidents import LIVE

RELOADED = 200  # latest requests of an incident


class Memory:
    """A grouper with what the tables say. True up to `cursor` of the record."""

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.grouper = Grouper(everyday())
        to_come = set(Entry.objects.filter(pk__gt=cursor, action="ticket.opened").values_list("object_id", flat=True))
        newest = Ticket.objects.order_by("-pk").values_list("pk", "number")[: RULES.texts + len(to_come)]
        known = [key for key, number in newest if number not in to_come][: RULES.texts]  # nobody is compared with what is still to come
        for some in batched(reversed(known), AT_ONCE):
            self._learn(some)

    def _learn(self, keys: Collection[int]) -> None:
        """Remember these tickets, each where it belongs."""
        tickets = list(Ticket.objects.filter(pk__in=keys).order_by("pk"))
        rows = Member.objects.filter(ticket__in=keys).values_list("ticket", "incident", "incident__state", "incident__department")
        members = {ticket: (incident, state, department) for ticket, incident, state, department in rows}
        for one in all_seen(tickets):
            incident, state, department = members.get(one.key, (None, "", one.apart))
            if one.key in members and incident is None:
                continue  # a person's word: it belongs to none
            if department == one.apart:
                self.grouper.remember(self.grouper.read(one), incident, joinable=incident is None or state in LIVE)

    def catch_up(self, cursor: int, tickets: Collection[str], incidents: Collection[str]) -> None:
        """Another process did this stretch of the record: take these tickets and incidents as the tables say now."""
        keys = set(Ticket.objects.filter(number__in=tickets).values_list("pk", flat=True))
        touched = set(Incident.objects.filter(number__in=incidents).values_list("pk", flat=True))
        touched |= {int(key) for key in Member.objects.filter(ticket__in=keys).values_list("incident", flat=True) if key}
        self.reload(touched, keys)
        self.cursor = cursor

    def reload(self, incidents: Collection[int], tickets: Collection[int]) -> None:
        """Forget these incidents and tickets, and remember them as the tables say now."""
        for incident in incidents:
            self.grouper.drop_incident(incident)
        for ticket in tickets:
            self.grouper.forget(ticket)
        keys = set(tickets)
        for incident in incidents:
            keys.update(Member.objects.filter(incident=incident).order_by("-at").values_list("ticket", flat=True)[:RELOADED])
        for some in batched(sorted(keys), AT_ONCE):
            self._learn(some)
