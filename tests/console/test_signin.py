"""Signing in: what gets in, what does not, and what ends a session."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.test import Client

from bot import clock
from bot.console.session import SEEN
from bot.staff.actions import set_active, set_password
from bot.staff.models import Person
from bot.staff.signin import totp_address
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import PASSWORD, client_of


@pytest.fixture
def agent(world: World) -> Person:
    """Somebody whose role asks for no second factor."""
    made = Person.objects.get(pk=person("eve", world.health, Role.AGENT).person_id)
    set_password("test", made, PASSWORD, clock.now(), by_self=True)
    return made


def sign_in(client: Client, name: str = "eve", word: str = PASSWORD, **more: str):
    return client.post("/login/", {"username": name, "password": word, **more})


def secret_of(name: str) -> pyotp.TOTP:
    address = totp_address(Person.objects.get(username=name))
    return pyotp.parse_uri(address)


def test_the_right_password_opens_the_queue(client: Client, agent: Person):
    assert sign_in(client)["location"] == "/"
    assert client.get("/").status_code == 200


def test_a_wrong_name_and_a_wrong_password_read_the_same(client: Client, agent: Person):
    wrong_name, wrong_word = sign_in(client, "nobody"), sign_in(client, word="not this one")
    assert wrong_name.status_code == wrong_word.status_code == 401
    assert "用户名或密码不正确" in wrong_name.content.decode() and "用户名或密码不正确" in wrong_word.content.decode()


def test_five_failures_lock_and_say_until_when(client: Client, agent: Person):
    for _ in range(5):
        sign_in(client, word="wrong")
    answer = sign_in(client).content.decode()
    until = Person.objects.get(pk=agent.pk).last_failure + timedelta(minutes=15)
    assert f"{until.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}" in answer


def test_signing_in_changes_the_session_key(client: Client, agent: Person):
    client.get("/login/")
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(client)
    assert client.session.session_key != session.session_key


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http:///x", "\\\\evil"])
def test_next_never_leads_away(client: Client, agent: Person, bad: str):
    assert sign_in(client, next=bad)["location"] == "/"


def test_next_leads_on_within_the_site(client: Client, agent: Person):
    assert sign_in(client, next="/accounts/?a=1")["location"] == "/accounts/?a=1"


def test_without_a_session_every_page_asks_to_sign_in(client: Client, db: None):
    assert client.get("/tickets/20261122-000001")["location"] == "/login/?next=%2Ftickets%2F20261122-000001"


def test_a_supervisor_with_only_a_password_sees_nothing_yet(client: Client, world: World):
    set_password("test", Person.objects.get(username="alice"), PASSWORD, clock.now(), by_self=True)
    assert sign_in(client, "alice")["location"] == "/login/code/"
    assert client.get("/")["location"].startswith("/login/")


def test_the_first_time_shows_a_picture_and_a_key_and_a_code_opens(client: Client, world: World):
    set_password("test", Person.objects.get(username="alice"), PASSWORD, clock.now(), by_self=True)
    sign_in(client, "alice", next="/deliveries/")
    page = client.get("/login/code/").content.decode()
    totp = secret_of("alice")
    assert "data:image/svg+xml" in page and totp.secret[:4] in page
    assert client.post("/login/code/", {"code": totp.now()})["location"] == "/deliveries/"
    assert client.get("/deliveries/").status_code == 200


def test_a_code_opens_once(client: Client, world: World):
    set_password("test", Person.objects.get(username="alice"), PASSWORD, clock.now(), by_self=True)
    sign_in(client, "alice")
    client.get("/login/code/")
    code = secret_of("alice").now()
    assert client.post("/login/code/", {"code": code}).status_code == 302
    other = Client()
    sign_in(other, "alice")
    assert other.post("/login/code/", {"code": code}).status_code == 401


def test_an_enrolled_second_factor_is_never_shown_again(client: Client, world: World):
    set_password("test", Person.objects.get(username="alice"), PASSWORD, clock.now(), by_self=True)
    sign_in(client, "alice")
    client.get("/login/code/")
    client.post("/login/code/", {"code": secret_of("alice").now()})
    other = Client()
    sign_in(other, "alice")
    assert "data:image" not in other.get("/login/code/").content.decode()


def test_a_role_given_later_asks_for_the_second_factor_at_once(client: Client, agent: Person, world: World):
    sign_in(client)
    agent.assignments.create(department=world.health, role=Role.SUPERVISOR)
    assert client.get("/accounts/")["location"] == "/login/code/"


def test_idle_sessions_end(client: Client, agent: Person, settings):
    sign_in(client)
    with time_machine.travel(clock.now() + timedelta(minutes=settings.IDLE_MINUTES, seconds=1)):
        assert client.get("/accounts/")["location"].startswith("/login/?idle=1")
    assert client.get("/")["location"].startswith("/login/")


def test_what_a_page_asks_by_itself_keeps_no_session_alive(client: Client, agent: Person):
    sign_in(client)
    before = client.session[SEEN]
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        client.get("/tickets/rows", headers={"X-Background": "1"})
        assert client.session[SEEN] == before
        client.get("/")
        assert client.session[SEEN] > before


def test_signing_out_needs_a_post(client: Client, agent: Person):
    sign_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/")["location"].startswith("/login/")


def test_a_password_set_by_another_must_be_changed_first(client: Client, agent: Person):
    set_password("test", agent, PASSWORD, clock.now(), by_self=False)
    sign_in(client)
    assert client.get("/")["location"] == "/password/"
    changed = {"current": PASSWORD, "new": "Quite-Another-77", "again": "Quite-Another-77"}
    assert client.post("/password/", changed)["location"] == "/"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("new", "again"), [("short", "short"), ("Good-Enough-99", "Good-Enough-98"), (PASSWORD, PASSWORD)])
def test_a_bad_new_password_is_refused_in_words(client: Client, agent: Person, new: str, again: str):
    sign_in(client)
    answer = client.post("/password/", {"current": PASSWORD, "new": new, "again": again})
    assert answer.status_code == 422 and 'class="error"' in answer.content.decode()


def test_a_closed_person_is_out_at_once(client: Client, agent: Person):
    sign_in(client)
    set_active("test", agent, False, clock.now())
    assert client.get("/")["location"].startswith("/login/")


def test_a_changed_password_ends_other_sessions(client: Client, agent: Person):
    sign_in(client)
    set_password("test", Person.objects.get(pk=agent.pk), "Quite-Another-77", clock.now(), by_self=True)
    assert client.get("/")["location"].startswith("/login/")


def test_forms_without_a_csrf_token_are_refused_in_our_words(world: World):
    answer = client_of(world.diana, enforce_csrf_checks=True).post("/logout/")
    assert answer.status_code == 403 and "页面已过期" in answer.content.decode()


def test_the_language_is_kept_with_the_person(world: World):
    client = client_of(world.diana)
    client.post("/preferences/language", {"language": "en", "next": "/accounts/"})
    assert "Add account" not in client.get("/accounts/").content.decode()
    assert 'lang="en"' in client.get("/accounts/").content.decode()


def test_large_text_is_kept_with_the_person(world: World):
    client = client_of(world.diana)
    client.post("/preferences/text", {"large": "1", "next": "/"})
    assert 'class="large"' in client.get("/").content.decode()
