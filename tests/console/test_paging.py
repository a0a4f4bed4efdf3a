"""Paging on screen: the page behind a message's link, one's own contact points, the gateways, the list and the alarm."""

from contextlib import ExitStack

import pytest
from django.core.cache import cache
from django.test import Client

from bot import clock
from bot.audit.models import Entry
from bot.console.citizen import _limiter
from bot.paging.links import link_of
from bot.paging.models import Attempt, Contact, Gateway, Page
from bot.paging.selftest import claim_tests
from bot.staff.access import Actor
from bot.vault import unseal
from policies.calendar import default_calendar
from policies.paging import PageState
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.paging.conftest import call_for, contact, robot, run
from tests.console.town import client_of
from tests.pretend_pagers.web import platform


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    settings.PLATFORM_TIMEOUT = 0.5
    cache.clear()
    _limiter.cache_clear()
    yield
    _limiter.cache_clear()


@pytest.fixture
def servers():
    with ExitStack() as stack:
        yield lambda mode="ok", **values: stack.enter_context(platform(mode, **values))


@pytest.fixture
def admin(world: World) -> Actor:
    return person("adam", world.root, Role.ADMIN)


def called(world: World, servers, *people: Actor, count: int = 1) -> Attempt:
    """A message that went out just now."""
    now = clock.now()
    for who in people or (world.alice,):
        contact(who, robot(world, servers()))
    for number in range(count):
        call_for(world, *(people or (world.alice,)), key=f"20261120-{number:06}", now=now)
    run(now)
    return Attempt.objects.get()


def path_of(attempt: Attempt) -> str:
    return "/a/" + link_of(attempt).rpartition("/")[2]


def test_looking_at_the_link_acknowledges_nothing(client: Client, world: World, servers):
    path = path_of(called(world, servers))
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    assert Page.objects.get().state == PageState.CALLING


def test_one_button_without_sign_in_acknowledges_and_says_where_to_go_on(world: World, servers):
    path = path_of(called(world, servers))
    client = Client(enforce_csrf_checks=True)
    page = client.post(path, follow=True).content.decode()
    assert "已确认，不再呼叫其他人" in page and "/tickets/20261120-000000" in page
    assert (Page.objects.get().state, Page.objects.get().acknowledged_by_id) == (PageState.ACKNOWLEDGED, world.alice.person_id)


def test_a_second_click_does_no_harm_and_shows_who_was_first(client: Client, world: World, servers):
    path = path_of(called(world, servers))
    client.post(path)
    again = client.post(path, follow=True)
    assert again.status_code == 200 and "Alice 已于" in again.content.decode()
    assert Entry.objects.filter(action="page.acknowledged").count() == 1


def test_one_link_acknowledges_all_it_carries(client: Client, world: World, servers):
    path = path_of(called(world, servers, count=60))
    page = client.get(path).content.decode()
    assert "共 60 件" in page and "其余请登录后查看" in page
    client.post(path)
    assert Page.objects.filter(state=PageState.ACKNOWLEDGED).count() == 60


@pytest.mark.parametrize("token", ["1.x", "x", "%00", "1", "9" * 500, "1.é", "..", "1.%2e%2e"])
def test_a_link_that_is_not_ours_is_refused_politely(client: Client, db: None, token: str):
    answer = client.post(f"/a/{token}")
    assert answer.status_code == 404 and "无效或已过期" in answer.content.decode()


def test_links_cannot_be_guessed_by_trying(client: Client, db: None):
    assert [client.get(f"/a/{number}.x").status_code for number in range(12)][-1] == 429


def test_the_page_is_not_indexed_and_tells_nobody_where_one_came_from(client: Client, world: World, servers):
    answer = client.get(path_of(called(world, servers)))
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]


def test_what_is_settled_asks_for_nothing(client: Client, world: World, servers):
    path = path_of(called(world, servers))
    Page.objects.update(state=PageState.SETTLED, next_at=None)
    page = client.get(path).content.decode()
    assert "此事已了结" in page and "我来处理" not in page


def test_a_gateway_is_connected_and_its_secrets_are_never_shown_again(world: World, admin: Actor):
    form = {
        "name": "值班群",
        "department": "root",
        "base_url": "",
        "credential_access_token": "canary-token-1",
        "credential_secret": "SECx",
    }
    client = client_of(admin)
    assert client.post("/pages/gateways/new/dingtalk", form).status_code == 302
    row = Gateway.objects.get()
    assert "canary-token-1" in unseal(row.credentials) and "canary" not in row.credentials
    assert "canary-token-1" not in client.get(f"/pages/gateways/{row.pk}/").content.decode()


def test_an_empty_credential_keeps_the_stored_one(world: World, admin: Actor, servers):
    row = robot(world, servers(secret="SECabc"))
    form = {"name": "新名称", "department": "root", "base_url": row.base_url}
    assert client_of(admin).post(f"/pages/gateways/{row.pk}/", form).status_code == 302
    row.refresh_from_db()
    assert row.name == "新名称" and "SECabc" in unseal(row.credentials)


def test_stored_secrets_do_not_go_to_a_new_address(world: World, admin: Actor, servers):
    row = robot(world, servers())
    for more in ({}, {"credential_secret": "another"}):
        form = {"name": "x", "department": "root", "base_url": "https://thief.example", **more}
        assert client_of(admin).post(f"/pages/gateways/{row.pk}/", form).status_code == 422
    row.refresh_from_db()
    assert "thief" not in row.base_url


@pytest.mark.parametrize("base_url", ["ftp://x", "javascript:alert(1)", "http://", "http://x?y=1"])
def test_an_impossible_address_is_refused_in_words(world: World, admin: Actor, base_url: str):
    form = {"name": "x", "department": "root", "base_url": base_url, "credential_access_token": "canary-token-1"}
    answer = client_of(admin).post("/pages/gateways/new/dingtalk", form)
    assert answer.status_code == 422 and "接口地址" in answer.content.decode()


def test_a_contact_point_is_added_and_shown_in_part_only(world: World, servers):
    way, client = robot(world, servers()), client_of(world.alice)
    form = {"address": "13812345678", "order": "1", "quiet": "on"}
    assert client.post(f"/contacts/new/{way.pk}", form).status_code == 302
    page = client.get("/contacts/").content.decode()
    assert "138****5678" in page and "13812345678" not in page and "只在紧急时" in page
    assert unseal(Contact.objects.get().address) == "13812345678"


def test_a_wrong_address_is_refused_at_its_field(world: World, servers):
    way = robot(world, servers())
    answer = client_of(world.alice).post(f"/contacts/new/{way.pk}", {"address": "张三", "order": "1"})
    assert answer.status_code == 422 and Contact.objects.count() == 0


def test_changing_the_order_keeps_the_address(world: World, servers):
    row = contact(world.alice, robot(world, servers()))
    client_of(world.alice).post(f"/contacts/{row.pk}/", {"address": "", "order": "3"})
    row.refresh_from_db()
    assert (row.order, unseal(row.address), row.quiet) == (3, "13800000000", False)


def test_a_removed_contact_point_is_called_no_more_but_its_calls_stay_on_record(world: World, servers):
    attempt = called(world, servers)
    client_of(world.alice).post(f"/contacts/{Contact.objects.get().pk}/remove")
    attempt.refresh_from_db()
    assert Contact.objects.count() == 0 and (attempt.contact_id, attempt.hint) == (None, "138****0000")


@pytest.mark.parametrize(
    ("mode", "words"), [("ok", "平台已接收测试呼叫"), ("code:310000", "安全设置不符"), ("hang", "平台没有给出完整的回答")]
)
def test_the_test_button_says_truly_how_it_ended(world: World, servers, mode: str, words: str):
    row = contact(world.alice, robot(world, servers(mode)))
    page = client_of(world.alice).post(f"/contacts/{row.pk}/test", follow=True).content.decode()
    assert words in page and Attempt.objects.get().test == "button"


def test_pressing_test_twice_sends_once(world: World, servers):
    server = servers()
    row, client = contact(world.alice, robot(world, server)), client_of(world.alice)
    client.post(f"/contacts/{row.pk}/test")
    assert "刚刚测试过" in client.post(f"/contacts/{row.pk}/test", follow=True).content.decode()
    assert len(server.taken) == 1


def test_a_test_is_acknowledged_by_its_link(client: Client, world: World, servers):
    row = contact(world.alice, robot(world, servers()))
    client_of(world.alice).post(f"/contacts/{row.pk}/test")
    path = path_of(Attempt.objects.get())
    assert "这是一次呼叫测试" in client.get(path).content.decode()
    assert "已确认收到" in client.post(path, follow=True).content.decode()


def test_the_list_and_the_page_tell_who_was_called_when_and_how_it_ended(world: World, servers):
    called(world, servers)
    client = client_of(world.diana)
    assert "20261120-000000" in client.get("/pages/").content.decode()
    page = client.get(f"/pages/{Page.objects.get().pk}/").content.decode()
    assert "Alice" in page and "已送出" in page and "值班群" in page


def test_an_alarm_stands_on_every_page_of_those_who_may_act(world: World):
    call_for(world)
    run(clock.now())
    assert "1 件呼叫无人确认，其中 1 件送不出去" in client_of(world.diana).get("/").content.decode()
    assert "件呼叫无人确认" not in client_of(world.charlie).get("/").content.decode()


def test_the_figures_for_machines_tell_of_alarms(client: Client, world: World):
    call_for(world)
    run(clock.now())
    report = client.get("/healthz").json()
    assert (report["pages_unacknowledged"], report["pages_unsent"]) == (1, 1)
    assert "huiyin_pages_unsent 1.0" in client.get("/metrics").content.decode()


def test_one_acknowledges_ones_own_pages_after_signing_in_and_no_others(world: World, servers):
    called(world, servers)
    page = Page.objects.get()
    client_of(world.bob).post("/pages/confirm", {"page": page.pk})
    page.refresh_from_db()
    assert page.state == PageState.CALLING
    client_of(world.alice).post("/pages/confirm", {"page": page.pk})
    page.refresh_from_db()
    assert page.state == PageState.ACKNOWLEDGED


def test_who_failed_the_test_and_who_has_no_contact_point_is_listed(world: World, servers):
    row = contact(world.alice, robot(world, servers("code:310000")))
    client_of(world.alice).post(f"/contacts/{row.pk}/test")
    page = client_of(world.diana).get("/pages/").content.decode()
    assert "测试未通过的联系方式" in page and "310000" in page
    assert "没有联系方式的值班和主管人员" in page and "Bob" in page


def test_the_pages_are_english_for_who_reads_english(world: World, servers):
    called(world, servers)
    client = client_of(world.diana)
    client.post("/preferences/language", {"language": "en"})
    assert "Pages" in client.get("/pages/").content.decode() and "My contact points" in client.get("/contacts/").content.decode()


def test_claiming_tests_needs_room(world: World):
    assert claim_tests(0, default_calendar(), clock.now()) == []
