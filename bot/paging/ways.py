"""By what contact points the people of some pages can be called right now, and which of those must wait."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.paging.models import Attempt, Contact, Page
from bot.paging.registry import all_pagers
from policies.paging import AttemptState, Way, bundle

MINUTE = timedelta(minutes=1)


class Ways:
    """The contact points behind some pages, as they were read once, and what was sent to them of late."""

    def __init__(self, pages: Iterable[Page], now: datetime) -> None:
        self._now = now
        self._of: dict[int, list[Contact]] = defaultdict(list)
        self.contacts: dict[int, Contact] = {}
        people = {person for page in pages for person in page.people}
        usable = Contact.objects.filter(person__in=people, is_active=True, person__is_active=True, gateway__is_active=True)
        # Locked, so that two workers do not both begin a message to one contact point.
        for contact in usable.select_related("gateway", "person").order_by("pk").select_for_update(of=("self",)):
            self.contacts[contact.pk] = contact
            self._of[contact.person_id].append(contact)
        for own in self._of.values():
            own.sort(key=lambda contact: (contact.order, contact.pk))
        self._by_gateway: dict[int, list[datetime]] = defaultdict(list)
        self._by_contact: dict[int, datetime] = {}
        self._read_recent()

    def _read_recent(self) -> None:
        gateways = {contact.gateway_id for contact in self.contacts.values()}
        recent = Attempt.objects.filter(gateway__in=gateways, at__gt=self._now - MINUTE, at__lte=self._now)
        for contact, gateway, state, test, at in recent.order_by("at").values_list("contact", "gateway", "state", "test", "at"):
            self._by_gateway[gateway].append(at)
            if not test and state in (AttemptState.SENDING, AttemptState.SENT):
                self._by_contact[contact] = at

    def of(self, page: Page) -> list[list[Way]]:
        """The ways to each of the page's people, in the order in which they are called."""
        return [[Way(one.pk, one.quiet, self._busy_until(one)) for one in self._of.get(person, [])] for person in page.people]

    def held_until(self, contact: int, *, urgent: bool) -> datetime | None:
        """Until when further pages to this contact point wait, to become one message; None = it may be sent now."""
        last = self._by_contact.get(contact)
        end = last + bundle(urgent=urgent) if last else None
        return end if end and end > self._now else None

    def take(self, contact: int) -> bool:
        """Count one message that begins now; False where its gateway has had its share."""
        gateway = self.contacts[contact].gateway_id
        if self._over(gateway):
            return False
        self._by_gateway[gateway].append(self._now)
        return True

    def _over(self, gateway: int) -> bool:
        some = next(contact.gateway for contact in self.contacts.values() if contact.gateway_id == gateway)
        pager = all_pagers().get(some.means)
        return pager is not None and len(self._by_gateway[gateway]) >= pager.per_minute

    def _busy_until(self, contact: Contact) -> datetime | None:
        gateway, until = contact.gateway, None
        if gateway.paused_until and gateway.paused_until > self._now:
            until = gateway.paused_until
        if self._over(gateway.pk):
            free = self._by_gateway[gateway.pk][0] + MINUTE
            until = max(until, free) if until else free
        return until
