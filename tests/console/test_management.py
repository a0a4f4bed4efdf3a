"""Staff, departments, accounts and the record."""

import json

import httpx
import pytest
from django.conf import settings

from bot import clock
from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.staff.access import Actor
from bot.staff.actions import Invalid, assign, create_token
from bot.staff.models import Assignment, Department, Person, Token
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import PASSWORD, client_of


@pytest.fixture
def security(world: World) -> Actor:
    return person("sec", world.root, Role.SECURITY_ADMIN)


@pytest.fixture
def admin(world: World) -> Actor:
    return person("adm", world.root, Role.ADMIN)


def url_of(actor: Actor, rest: str = "") -> str:
    return f"/people/{actor.person_id}/{rest}"


def test_a_new_person_has_a_role_and_must_change_the_password(world: World, security: Actor):
    values = {"username": "frank", "name": "Frank", "password": PASSWORD, "department": "health", "role": "agent"}
    assert client_of(security).post("/people/new", values).status_code == 302
    made = Person.objects.get(username="frank")
    assert made.must_change_password and made.assignments.get().role == "agent"


@pytest.mark.parametrize(
    "wrong", [{"username": "alice"}, {"username": "a b"}, {"password": "short"}, {"department": "none"}, {"role": "king"}]
)
def test_a_wrong_new_person_is_refused_whole(world: World, security: Actor, wrong: dict[str, str]):
    values = {"username": "frank", "name": "Frank", "password": PASSWORD, "department": "health", "role": "agent"} | wrong
    before = Person.objects.count()
    assert client_of(security).post("/people/new", values).status_code == 422
    assert Person.objects.count() == before


def test_the_three_administrators_are_three_people(world: World, security: Actor, admin: Actor):
    answer = client_of(security).post(url_of(admin, "roles"), {"department": "root", "role": "audit_admin"})
    assert answer.status_code == 422 and "三员分立" in answer.content.decode()
    with pytest.raises(Invalid):
        assign("test", Person.objects.get(pk=security.person_id), world.root, Role.AGENT, clock.now())


def test_nobody_changes_their_own_roles(world: World, security: Actor):
    mine = Assignment.objects.get(person=security.person_id)
    client = client_of(security)
    assert client.post(url_of(security, "roles"), {"department": "root", "role": "agent"}).status_code == 403
    assert client.post(url_of(security, f"roles/{mine.pk}/take")).status_code == 403


def test_a_lower_security_admin_cannot_touch_somebody_with_rights_above(world: World):
    lower = person("low", world.health, Role.SECURITY_ADMIN)
    boss = person("boss", world.health, Role.SUPERVISOR)
    assign("test", Person.objects.get(username="boss"), world.root, Role.SUPERVISOR, clock.now())
    before = Person.objects.get(username="boss").password
    assert client_of(lower).post(url_of(boss, "password"), {"password": "Taken-Over-2026"}).status_code == 403
    assert Person.objects.get(username="boss").password == before


def test_a_lower_security_admin_gives_roles_in_the_own_departments_only(world: World):
    lower = person("low", world.health, Role.SECURITY_ADMIN)
    client_of(lower).post(url_of(world.bob, "roles"), {"department": "root", "role": "supervisor"})
    assert not Assignment.objects.filter(person=world.bob.person_id, department=world.root).exists()


def test_resetting_password_and_second_factor_and_closing_access(world: World, security: Actor):
    client = client_of(security)
    Person.objects.filter(pk=world.bob.person_id).update(totp_secret="x", totp_confirmed_at=clock.now())
    posts = [("password", {"password": PASSWORD}), ("second-factor", {}), ("active", {"active": "0"})]
    assert [client.post(url_of(world.bob, rest), data).status_code for rest, data in posts] == [302, 302, 302]
    bob = Person.objects.get(pk=world.bob.person_id)
    assert bob.check_password(PASSWORD) and bob.must_change_password
    assert (bob.totp_secret, bob.totp_confirmed_at, bob.is_active) == ("", None, False)


def test_a_token_is_shown_once_and_only_with_roles_the_person_has(world: World, security: Actor):
    held = Assignment.objects.get(person=world.bob.person_id, role="agent")
    foreign = Assignment.objects.filter(person=world.diana.person_id).first()
    client = client_of(security)
    answer = client.post(url_of(world.bob, "tokens"), {"label": "对接", "assignment": held.pk}).content.decode()
    assert "hy_" in answer and "hy_" in Token.objects.get().hint
    assert Token.objects.get().digest not in answer and 'id="new-token"' not in client.get(url_of(world.bob)).content.decode()
    assert client.post(url_of(world.bob, "tokens"), {"label": "x", "assignment": foreign.pk if foreign else 0}).status_code == 422


def test_a_token_is_revoked(world: World, security: Actor):
    create_token("test", Person.objects.get(username="bob"), world.health, Role.AGENT, "t", clock.now())
    token = Token.objects.get()
    client = client_of(security)
    assert client.post(url_of(world.bob, f"tokens/{token.pk}/revoke")).status_code == 302
    assert client.post(url_of(world.bob, f"tokens/{token.pk}/revoke")).status_code == 409
    assert Token.objects.get().revoked_at is not None


def test_departments_are_made_below_ones_own_and_renamed(world: World, admin: Actor):
    client = client_of(admin)
    client.post("/departments/", {"parent": "health", "code": "clinic", "name": "门诊部"})
    client.post("/departments/clinic/rename", {"name": "门诊中心"})
    assert Department.objects.get(code="clinic").path == "/root/health/clinic/"
    assert Department.objects.get(code="clinic").name == "门诊中心"


@pytest.mark.parametrize("wrong", [{"code": "Bad Code"}, {"code": "health"}, {"name": ""}, {"parent": "none"}])
def test_a_wrong_department_is_refused(world: World, admin: Actor, wrong: dict[str, str]):
    values = {"parent": "root", "code": "clinic", "name": "门诊部"} | wrong
    assert client_of(admin).post("/departments/", values).status_code == 422
    assert not Department.objects.filter(name="门诊部").exists()


def telegram(**more: str) -> dict[str, str]:
    values = {
        "id": "tg2",
        "name": "新账号",
        "department": "health",
        "credential_bot_token": "123456:" + "t" * 35,
        "credential_secret_token": "s3cret",
    }
    return values | more


def test_an_account_is_made_with_sealed_credentials(world: World, admin: Actor):
    assert client_of(admin).post("/accounts/new/telegram", telegram()).status_code == 302
    row = Account.objects.get(pk="tg2")
    assert facts_of(row).credentials["secret_token"] == "s3cret" and "s3cret" not in row.credentials


def test_credentials_are_never_shown_again_and_empty_keeps_them(world: World, admin: Actor):
    client = client_of(admin)
    client.post("/accounts/new/telegram", telegram())
    pages = client.get("/accounts/tg2/edit").content.decode() + client.get("/accounts/tg2/").content.decode()
    assert "s3cret" not in pages and "t" * 35 not in pages
    client.post("/accounts/tg2/edit", {"name": "改名", "department": "health", "credential_secret_token": "other"})
    kept = facts_of(Account.objects.get(pk="tg2")).credentials
    assert kept["bot_token"] == "123456:" + "t" * 35 and kept["secret_token"] == "other"


def test_a_wrong_account_is_refused_in_words_and_its_secrets_do_not_come_back(world: World, admin: Actor):
    answer = client_of(admin).post("/accounts/new/telegram", telegram(id="has space", credential_secret_token="no-echo-please"))
    assert answer.status_code == 422 and "no-echo-please" not in answer.content.decode()
    assert "账号编号只能用" in answer.content.decode()


def test_making_an_account_never_overwrites_one(world: World, admin: Actor):
    answer = client_of(admin).post("/accounts/new/telegram", telegram(id="tg1"))
    assert answer.status_code == 422 and Account.objects.get(pk="tg1").name == "健康某市"


def test_an_account_is_paused_and_resumed(world: World, admin: Actor):
    client = client_of(admin)
    client.post("/accounts/tg1/pause", {"paused": "1"})
    assert Account.objects.get(pk="tg1").state == "paused"
    client.post("/accounts/tg1/pause", {"paused": "0"})
    assert Account.objects.get(pk="tg1").state == "active"


def test_the_page_shows_the_address_to_copy(world: World, admin: Actor):
    page = client_of(admin).get("/accounts/tg1/").content.decode()
    assert f"{settings.PUBLIC_URL}/hooks/telegram/tg1" in page


def test_checking_now_asks_the_platform_and_keeps_what_it_said(world: World, admin: Actor, deaf_platform: str):
    Account.objects.filter(pk="tg1").update(base_url=deaf_platform)
    answer = client_of(admin).post("/accounts/tg1/check", follow=True)
    row = Account.objects.get(pk="tg1")
    assert row.health_at is not None and row.health != "ok"
    assert answer.status_code == 200 and "notice warning" in answer.content.decode()


@pytest.fixture
def deaf_platform() -> str:
    """An address nobody listens at."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(httpx.TransportError):
        httpx.get(address, timeout=2)
    return address


def test_the_record_shows_what_was_done(world: World, security: Actor):
    client_of(security).post(url_of(world.bob, "active"), {"active": "0"})
    page = client_of(person("aud", world.root, Role.AUDIT_ADMIN)).get("/record/", {"object": "bob"}).content.decode()
    assert "person.deactivated" in page and "sec" in page


def test_the_record_of_a_department_shows_nothing_of_others(world: World):
    lower = person("aud", world.water, Role.AUDIT_ADMIN)
    assert json.dumps("卫健委") and "tg1" not in client_of(lower).get("/record/").content.decode()
