"""Verbs on contact points: each person says where they can be called, in what order, and whether at night."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.paging.claiming import new_attempt
from bot.paging.gateways import usable_by
from bot.paging.models import Attempt, Contact, Gateway
from bot.paging.registry import all_pagers
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.vault import seal

MOST = 10
ORDERS = range(1, MOST + 1)
TEST_PAUSE = timedelta(seconds=20)


def contacts_of(actor: Actor) -> QuerySet[Contact]:
    """The actor's own contact points, in the order in which they are called."""
    return Contact.objects.filter(person=actor.person_id).select_related("gateway").order_by("order", "pk")


@transaction.atomic
def add_contact(actor: Actor, gateway: Gateway, address: str, order: int, quiet: bool, now: datetime) -> Contact:
    """A new contact point of one's own. Raises Invalid."""
    if contacts_of(actor).count() >= MOST:
        raise Invalid(f"最多 {MOST} 个联系方式。")
    if not usable_by(actor.person_id).filter(pk=gateway.pk).exists():
        raise Invalid("您的部门不能使用这个通道。")
    address = _checked(gateway, address)
    made = Contact.objects.create(
        person_id=actor.person_id,
        gateway=gateway,
        address=seal(address) if address else "",
        hint=hint_of(address),
        order=order if order in ORDERS else 1,
        quiet=quiet,
        created_at=now,
    )
    record(now, _fact(actor, "contact.added", made))
    return made


@transaction.atomic
def change_contact(actor: Actor, row: Contact, address: str, order: int, quiet: bool, now: datetime) -> None:
    """Change one's own contact point; an empty address keeps the stored one. Raises Invalid."""
    fields: dict[str, object] = {"order": order if order in ORDERS else 1, "quiet": quiet}
    if address.strip():
        address = _checked(row.gateway, address)
        fields |= {"address": seal(address), "hint": hint_of(address)}
    contacts_of(actor).filter(pk=row.pk).update(**fields)
    record(now, _fact(actor, "contact.changed", row))


@transaction.atomic
def remove_contact(actor: Actor, row: Contact, now: datetime) -> None:
    """Take one's own contact point away. What was sent to it stays on record."""
    record_of = _fact(actor, "contact.removed", row)
    contacts_of(actor).filter(pk=row.pk).delete()
    record(now, record_of)


@transaction.atomic
def begin_test(actor: Actor, row: Contact, now: datetime) -> Attempt:
    """A test message to one's own contact point; the caller calls and finishes it. Raises Conflict when one was sent just now."""
    own = Contact.objects.select_for_update(of=("self",)).select_related("gateway", "person").get(pk=row.pk, person=actor.person_id)
    if Attempt.objects.filter(contact=own, at__gt=now - TEST_PAUSE).exclude(test="").exists():
        raise Conflict("刚刚测试过，请稍候再试。")
    attempt = new_attempt(own, now, test="button")
    attempt.save()
    record(now, _fact(actor, "contact.tested", own))
    return attempt


def hint_of(address: str) -> str:
    """The address as it may be shown: enough to know one's own, too little to use it."""
    name, at, domain = address.partition("@")
    if at and name:
        return f"{name[:1]}***@{domain}"[:60]
    return f"{address[:3]}****{address[-4:]}" if len(address) > 8 else f"{address[:1]}***" if address else ""


def _checked(gateway: Gateway, address: str) -> str:
    address = address.strip()
    pager = all_pagers().get(gateway.means)
    if pager is None:
        raise Invalid("没有这种呼叫方式。")
    if refusal := pager.refuses(address):
        raise Invalid(refusal)
    return address


def _fact(actor: Actor, action: str, row: Contact) -> Fact:
    detail = {"means": row.gateway.means, "gateway": row.gateway.name, "hint": row.hint, "order": row.order, "quiet": row.quiet}
    return Fact(actor.username, action, "contact", str(row.pk), row.gateway.department_id, detail)
