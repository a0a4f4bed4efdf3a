"""Requests of citizens for the console's tests, and ways to be signed in."""

import itertools
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from bot import clock
from bot.audit.actions import Fact, record
from bot.channels.models import Conversation
from bot.console.session import SECOND, SEEN, second_stamp
from bot.outbox.actions import new_delivery
from bot.staff.access import Actor, actor_of
from bot.staff.models import Department, Person
from bot.tickets.clock import set_clock
from bot.tickets.models import Message, Ticket
from bot.tickets.opening import Incoming, new_ticket, take_numbers
from nlu.entities import find
from policies.facts import Kind, Lane, Triage, Understanding
from policies.roles import NEEDS_SECOND_FACTOR
from tests.bot.conftest import World

_count = itertools.count()
REPLY = "您反映的路灯已于11月20日修好；如仍不亮，请拨打12345转市政维修班。"  # answers what `opened` asks
PASSWORD = "Echo-Across-2026"


def opened(
    world: World, text: str = "路灯坏了，请尽快修。", *, hours: float = 24, department: Department | None = None, **fields: Any
) -> Ticket:
    """A request as the intake makes it, with its deadline so many hours from now."""
    now = clock.now()
    talk = fields.pop("talk", None) or Conversation.objects.create(
        account=world.account, external_id=f"c{next(_count)}", name="市民甲", window_closes=False, created_at=now
    )
    read = Understanding("complaint", 0.9, "transport", 0.8, "rasa")
    incoming = Incoming(text, now, read, Triage(Kind.COMPLAINT, True, False, "ack", "测试", "rasa"))
    ticket = new_ticket(take_numbers(1, now)[0], talk, (department or world.health).pk, incoming, now)
    ticket.deadline = ticket.service_deadline = now + timedelta(hours=hours)
    for name, value in fields.items():
        setattr(ticket, name, value)
    set_clock(ticket, now)
    ticket.save()
    said = {"author": "市民甲", "text": text, "entities": list(find(text))}
    Message.objects.create(conversation=talk, account=talk.account, ticket=ticket, direction="citizen", at=now, **said)
    record(now, Fact("system:dialogue", "ticket.opened", "ticket", ticket.number, ticket.department_id, {}))
    return ticket


def answered(ticket: Ticket, text: str, state: str = "sent") -> Message:
    """A person's reply whose delivery stands in this state."""
    now = clock.now()
    delivery = new_delivery(ticket.conversation, Lane.HUMAN, text, now, state=state)
    delivery.save()
    return Message.objects.create(
        conversation=ticket.conversation, account=ticket.account, ticket=ticket, delivery=delivery, direction="human", text=text, at=now
    )


def dismissed(world: World, text: str = "谢谢") -> Message:
    """A message that triage took for no question."""
    return Message.objects.create(
        conversation=world.talk, account=world.account, direction="citizen", text=text, at=clock.now(), reason="感谢", understood_by="rasa"
    )


def proven(actor: Actor) -> Person:
    """The person, with a second factor where their roles ask for one."""
    person = Person.objects.get(pk=actor.person_id)
    if any(grant.role in NEEDS_SECOND_FACTOR for grant in actor_of(person).grants) and person.totp_confirmed_at is None:
        person.totp_confirmed_at = clock.now()
        person.save(update_fields=["totp_confirmed_at"])
    return person


def session_of(actor: Actor) -> str:
    """The key of a session in which the actor is fully signed in."""
    person, session = proven(actor), SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), "bot.staff.signin.Backend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[SEEN], session[SECOND] = clock.now().isoformat(), second_stamp(person)
    session.save()
    return str(session.session_key)


def client_of(actor: Actor, **options: Any) -> Client:
    """A browser without a screen, signed in as the actor."""
    client = Client(**options)
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(actor)
    return client
