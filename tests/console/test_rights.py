"""Promise 8 on every address: somebody of another department gets 404, somebody without the right 403, and writing needs POST."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from bot import clock
from bot.answering.canned import write
from bot.answering.files import add as add_file
from bot.closing.models import Closing, Contribution, RefusalReason
from bot.console import urls
from bot.console.session import SessionGuard
from bot.duty.models import Absence, Shift
from bot.incidents.actions import found as found_incident
from bot.knowledge.actions import create
from bot.learning.models import ModelVersion, Training
from bot.outbox.models import Delivery
from bot.paging.actions import About, page
from bot.paging.models import Contact, Gateway
from bot.staff.actions import assign, create_token
from bot.staff.models import Assignment, Department, Person, Token
from bot.tickets.models import Attachment, Ticket
from policies.roles import Right, Role
from tests.bot.conftest import World, person
from tests.bot.knowledge.base import values
from tests.console.town import answered, client_of, dismissed, opened

OBJECT_FREE = {"new-account", "new-gateway", "export-chart"}  # its argument is a platform or a picture, not a row
PUBLIC = {"login", "login-code", "logout", "language", "ask-progress", "progress", "progress-file", "open", "acknowledge"}
PUBLIC |= {"citizen-settled", "citizen-rating"}


def things(world: World) -> dict[str, dict[str, object]]:
    """For each address with an object in it: an object of the health department."""
    ticket, message = opened(world), dismissed(world)
    sent = answered(ticket, "好", state="unknown")
    file = Attachment.objects.create(message=sent, position=0, state="stored", mime="image/png", path="x", next_at=clock.now())
    create_token("test", Person.objects.get(username="alice"), world.health, Role.AGENT, "t", clock.now())
    token, held = Token.objects.get(), Assignment.objects.filter(person__username="alice").first()
    of_ticket, of_account, of_person = {"number": ticket.number}, {"pk": world.account.pk}, {"pk": world.alice.person_id}
    found: dict[str, dict[str, object]] = dict.fromkeys(("ticket", "row"), of_ticket)
    found["act"] = {**of_ticket, "name": "claim"}
    written = create(world.alice, values(world), clock.now())
    found |= {name: {"pk": written.pk} for name in ("entry", "edit-entry")}
    found |= {"entry-act": {"pk": written.pk, "verb": "submit"}, "suggestions": of_ticket, "draft": of_ticket, "upload-file": of_ticket}
    found |= dict.fromkeys(("account", "edit-account", "pause-account", "check-account", "tell-hook"), of_account)
    other = opened(world, "另一件事")
    text = write(world.alice, world.health, "收到", "您好", 0, clock.now())
    found |= {key: {"code": world.health.code} for key in ("write-canned", "set-variable", "switch-review")}
    kept = add_file(world.alice, ticket, "a.pdf", b"%PDF-1.7", clock.now())
    found |= {name: {**of_ticket, "pk": kept.pk} for name in ("ticket-file", "remove-file")}
    found["remove-canned"] = {"pk": text.pk}
    of_event = {"number": found_incident(world.alice, ticket, other, clock.now()).number}
    found |= dict.fromkeys(("incident", "incident-progress", "incident-reply"), of_event)
    found["incident-act"], found["same-event"] = {**of_event, "name": "close"}, of_ticket
    names = ("person", "give-role", "reset-password", "reset-second-factor", "set-active", "make-token")
    found |= dict.fromkeys(names, of_person)
    found["take-role"] = {**of_person, "assignment": held.pk if held else 0}
    found["revoke-token"] = {**of_person, "token": token.pk}
    found |= {"media": {"pk": file.pk}, "from-message": {"pk": message.pk}, "rename-department": {"code": world.health.code}}
    found |= {
        key: {"code": world.health.code}
        for key in ("switch-statistics", "department-routes", "remove-route", "import-routes", "export-routes")
    }
    timed = ("department-deadlines", "clear-term", "legal-routes", "clear-legal-route")
    found |= {key: {"code": world.health.code} for key in timed}
    hours = {"person_id": world.alice.person_id, "starts_at": clock.now(), "ends_at": clock.now() + timedelta(hours=8)}
    of_post = {"code": world.health.code}
    found |= dict.fromkeys(("roster", "add-shift", "add-shifts", "add-absence", "set-post", "hand-over", "ladder"), of_post)
    found |= {key: {**of_post, "kind": "normal"} for key in ("set-ladder", "clear-ladder")}
    found["shift-act"] = {**of_post, "pk": Shift.objects.create(department=world.health, **hours).pk, "verb": "remove"}
    found["end-absence"] = {**of_post, "pk": Absence.objects.create(**hours).pk}
    version = ModelVersion.objects.create(
        file="learned/x.tar.gz", base="b", data_hash="h", state="retired", made_at=clock.now(), made_by="x"
    )
    training = Training.objects.create(asked_by="x", asked_at=clock.now())
    found |= {"reading": {"pk": message.pk}, "return-to-model": {"pk": version.pk}, "cancel-training": {"pk": training.pk}}
    way = Gateway.objects.create(means="mail", name="g", department=world.health, created_at=clock.now())
    reached = Contact.objects.create(person_id=world.alice.person_id, gateway=way, created_at=clock.now())
    called = page([world.alice.person_id], About("ticket", ticket.number, world.health.pk, "/"), "x", clock.now())
    found |= {key: {"pk": way.pk} for key in ("edit-gateway", "use-gateway")} | {"add-contact": {"gateway": way.pk}}
    found |= {key: {"pk": reached.pk} for key in ("edit-contact", "remove-contact", "test-contact")} | {"page": {"pk": called.pk}}
    found |= endings(world, ticket)
    of_day = {"account": world.account.pk, "day": "2026-11-20"}
    found |= dict.fromkeys(("balance-day", "balance-read-again", "balance-explain"), of_day)
    return found | {name: {"pk": Delivery.objects.get().pk} for name in ("settle-delivery", "retry-delivery")}


def endings(world: World, ticket: Ticket) -> dict[str, dict[str, object]]:
    """The same for what follows an answer."""
    now, health = clock.now(), world.health
    closed = Closing.objects.create(ticket=ticket, department=health, at=now, how="hand", place=1, share=1.0, drawn=True)
    asked = {"question": "x", "asked_by_id": world.alice.person_id, "asked_at": now, "due_at": now}
    part = Contribution.objects.create(ticket=ticket, department=health, **asked)
    reason = RefusalReason.objects.create(department=health, code="lease", label="x")
    found: dict[str, dict[str, object]] = {"call-back": {"pk": closed.pk}, "give-contribution": {"pk": part.pk}}
    found |= {"ask-contribution": {"number": ticket.number}, "withdraw-contribution": {"number": ticket.number, "pk": part.pk}}
    return found | {"drop-refusal-reason": {"pk": reason.pk}}


def patterns() -> list[URLPattern]:
    return [found for found in urls.urlpatterns if isinstance(found, URLPattern)]


def all_powerful_in_water(world: World) -> list[Client]:
    """Charlie's department has somebody in every role: none of them may touch what is health's."""
    clients = [client_of(world.charlie)]
    for role in Role:
        clients.append(client_of(person(f"water-{role}", world.water, role)))
    return clients


def test_the_table_of_objects_names_every_address_with_one(world: World):
    with_object = {str(found.name) for found in patterns() if found.pattern.converters} - OBJECT_FREE - PUBLIC
    assert with_object == set(things(world))


def test_nobody_of_another_department_gets_anything(world: World):
    from django.urls import reverse

    clients, seen = all_powerful_in_water(world), []
    for name, arguments in things(world).items():
        for client in clients:
            address = reverse(name, kwargs=arguments)
            answers = {client.get(address).status_code, client.post(address, {"text": "x"}).status_code}
            seen.append((name, answers <= {404, 405, 204}))
    assert [name for name, fine in seen if not fine] == []


def test_nothing_of_another_department_changed(world: World):
    before = opened(world)
    for client in all_powerful_in_water(world):
        client.post(f"/tickets/{before.number}/claim")
        client.post(f"/tickets/{before.number}/reply", {"text": "x"})
    before.refresh_from_db()
    assert (before.state, before.owner_id, before.messages.count()) == ("waiting", None, 1)


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("/dismissed/", Right.CONFIRM_DISMISSED),
        ("/deliveries/", Right.SETTLE_DELIVERY),
        ("/accounts/", Right.SEE_ACCOUNTS),
        ("/people/", Right.SEE_STAFF),
        ("/people/new", Right.MANAGE_STAFF),
        ("/departments/", Right.MANAGE_DEPARTMENTS),
        ("/understanding/", Right.SEE_TICKETS),
        ("/pages/", Right.SEE_PAGING),
        ("/pages/gateways/", Right.MANAGE_PAGING),
        ("/pages/gateways/new/mail", Right.MANAGE_PAGING),
        ("/deadlines/", Right.MANAGE_DEADLINES),
        ("/working-calendar/", Right.MANAGE_DEADLINES),
        ("/routes/", Right.MANAGE_DEPARTMENTS),
        ("/duty/", Right.SEE_TICKETS),
        ("/record/", Right.SEE_AUDIT),
        ("/balance", Right.SEE_BALANCE),
        ("/balance/", Right.SEE_BALANCE),
        ("/work/", Right.SEE_TICKETS),
        ("/work/department/", Right.SEE_TICKETS),
        ("/work/charts/", Right.SEE_TICKETS),
        ("/work/export.xlsx", Right.SEE_TICKETS),
        ("/work/department/export.xlsx", Right.SEE_TICKETS),
        ("/work/charts/days.xlsx", Right.SEE_TICKETS),
        ("/balance/export.xlsx", Right.SEE_BALANCE),
        ("/answering/", Right.EDIT_CANNED),
        ("/knowledge/", Right.SEE_KNOWLEDGE),
        ("/knowledge/answers", Right.SEE_KNOWLEDGE),
        ("/knowledge/export", Right.SEE_KNOWLEDGE),
        ("/knowledge/new", Right.EDIT_KNOWLEDGE),
        ("/knowledge/import", Right.EDIT_KNOWLEDGE),
        ("/accounts/new/telegram", Right.MANAGE_ACCOUNTS),
    ],
)
def test_a_page_opens_for_exactly_the_roles_with_its_right(world: World, address: str, right: Right):
    from policies.roles import RIGHTS

    opens = {role for role in Role if client_of(person(f"r-{role}", world.root, role)).get(address).status_code == 200}
    assert opens == {role for role in Role if right in RIGHTS[role]}


def test_the_rail_shows_only_what_opens(world: World):
    for role in Role:
        client = client_of(person(f"rail-{role}", world.root, role))
        page = client.get("/", follow=True)
        doors = page.context["doors"] if page.context else []
        assert all(client.get(address).status_code == 200 for _, address in doors)


def test_every_view_is_public_on_purpose_or_guarded():
    public = {str(found.name) for found in patterns() if getattr(found.callback, "is_public", False)}
    assert public == PUBLIC
    guarded = [found for found in patterns() if not found.callback.__module__.startswith("bot.console")]
    assert guarded == [] and hasattr(SessionGuard, "process_view")


def test_every_guarded_address_sends_a_stranger_to_sign_in(world: World, client: Client):
    from django.urls import reverse

    arguments = things(world) | {"new-account": {"platform": "telegram"}, "export-chart": {"name": "days"}}
    arguments |= {"new-gateway": {"means": "mail"}}
    names = [str(found.name) for found in patterns() if found.name not in PUBLIC]
    answers = [client.get(reverse(name, kwargs=arguments.get(name, {}))) for name in names]
    assert all(answer.status_code == 302 and answer["location"].startswith("/login/") for answer in answers)


def test_no_csrf_token_no_change_on_any_writing_address(world: World):
    from django.urls import reverse

    client = client_of(world.diana, enforce_csrf_checks=True)
    codes = {name: client.post(reverse(name, kwargs=args)).status_code for name, args in things(world).items()}
    read_only = {name for name, code in codes.items() if code == 405}
    assert {name for name, code in codes.items() if code != 403} == read_only


def test_a_person_with_two_departments_sees_both_and_no_third(world: World):
    third = Department.objects.create(code="parks", name="园林", path="/root/parks/", parent=world.root, created_at=clock.now())
    assign("test", Person.objects.get(username="charlie"), world.health, Role.AGENT, clock.now())
    seen = [opened(world), opened(world, department=world.water)]
    unseen = opened(world, department=third)
    client = client_of(world.charlie)
    page = client.get("/").content.decode()
    assert all(ticket.number in page for ticket in seen) and unseen.number not in page


def test_unknown_addresses_are_our_404(client: Client, db: None):
    assert get_resolver() is not None
    answer = client.get("/nothing/here")
    assert answer.status_code == 404 and "没有找到这个页面" in answer.content.decode()
