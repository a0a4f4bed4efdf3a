"""The pages 期限与日历, the banner of a missing year, the countdowns, pauses and legal routes on a ticket."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bot import clock
from bot.deadlines.actions import bring_in, set_term
from bot.deadlines.legal import set_route
from bot.deadlines.models import CalendarYear, LegalRoute, OfficeHours, Term
from bot.deadlines.queries import calendar, missing_years
from bot.tickets.models import Message, Ticket
from policies.calendar import SHANGHAI
from policies.legal import Where
from policies.packs import Own
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import client_of, opened

WHERE = {
    "route": "petition",
    "office": "市信访局接待大厅",
    "address": "人民路 1 号",
    "phone": "0000-12345",
    "source": "信访工作条例第十七条",
}


def next_year() -> str:
    year = clock.now().astimezone(SHANGHAI).year + 1
    head = f'year = {year}\nsource = "国务院办公厅通知（测试）"\n'
    return head + f'[[holiday]]\nname = "元旦"\nfirst = {year}-01-01\nlast = {year}-01-03\nwork = []\n'


@pytest.fixture
def client(world: World) -> Client:
    return client_of(person("boss", world.root, Role.ADMIN))


def text(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def test_a_department_sets_a_term_and_gives_it_up(world: World):
    client = client_of(world.alice)
    client.post("/deadlines/health/", {"key": "kind.question", "value": 1, "unit": "working_days", "source": "本局规定"})
    assert Term.objects.get().value == 1 and "本局规定" in text(client, "/deadlines/health/")
    client.post("/deadlines/health/clear", {"key": "kind.question"})
    assert not Term.objects.exists()


def test_inherited_values_say_from_where(world: World):
    set_term(world.diana, world.root, Own("kind.question", 3, "working_days", "市级规定"), clock.now())
    page = text(client_of(world.alice), "/deadlines/health/")
    assert "沿用总部" in page and "市级规定" in page and 'class="inherited"' in page and "默认" in page


@pytest.mark.parametrize(
    "wrong", [{"value": "0"}, {"unit": "minutes", "value": "4"}, {"key": "kind.moon"}, {"source": " "}, {"value": "x"}]
)
def test_a_wrong_term_is_refused_on_the_page_with_what_was_typed(world: World, wrong: dict[str, str]):
    data = {"key": "kind.question", "value": "7", "unit": "working_days", "source": "本局规定", **wrong}
    answer = client_of(world.alice).post("/deadlines/health/", data)
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode() and not Term.objects.exists()


def test_a_year_is_looked_at_before_it_is_brought_in(world: World, client: Client):
    file = SimpleUploadedFile("y.toml", next_year().encode())
    page = client.post("/working-calendar/preview", {"file": file}).content.decode()
    assert "还没有导入" in page and "休" in page and not CalendarYear.objects.exists()
    client.post("/working-calendar/import", {"text": next_year()})
    assert CalendarYear.objects.get().imported_by == "boss"


@pytest.mark.parametrize("given", ["", "year = 2027", "\x00", "[[", "year = 1\n" * 4000])
def test_a_broken_year_is_refused_in_words(world: World, client: Client, given: str):
    assert client.post("/working-calendar/preview", {"text": given}).status_code == 422
    client.post("/working-calendar/import", {"text": given})
    assert not CalendarYear.objects.exists()


def test_the_year_stands_there_as_picture_and_table(world: World, client: Client):
    page = text(client, "/working-calendar/?year=2026")
    assert page.count('class="month"') == 12 and "2026-02-15 – 2026-02-23" in page and "2026-02-14、2026-02-28" in page
    assert re.search(r'class="open noted" title="春节">14<b>班</b>', page) and re.search(
        r'class="free noted" title="春节">15<b>休</b>', page
    )


@pytest.mark.parametrize("year", ["", "x", "1", "9999", "²²²²", "20260"])
def test_a_year_nobody_knows_shows_one_that_is_known(world: World, client: Client, year: str):
    assert client.get("/working-calendar/", {"year": year}).status_code == 200


def test_a_missing_year_is_told_on_every_page_to_those_who_can_act(world: World, client: Client):
    years = missing_years(clock.now())
    told = [f"{year} 年的节假日安排还没有导入" in text(client, "/accounts/") for year in years]
    assert years and all(told)
    assert "年的节假日安排还没有导入" not in text(client_of(world.alice), "/accounts/")  # health cannot bring it in
    bring_in("test", next_year(), clock.now())
    assert "年的节假日安排还没有导入" not in text(client, "/accounts/") or len(years) > 1


def test_office_hours_are_set_by_the_top_only(world: World, client: Client):
    hours = {"morning_from": "10:00", "morning_until": "14:00", "afternoon_from": "15:30", "afternoon_until": "19:30", "source": "作息通知"}
    assert client_of(world.alice).post("/working-calendar/hours", hours).status_code == 403
    client.post("/working-calendar/hours", hours)
    assert OfficeHours.objects.count() == 1 and f"{calendar().hours[-1][1]:%H:%M}" == "19:30"


@pytest.mark.parametrize("wrong", [{"morning_until": "08:00"}, {"afternoon_until": ""}, {"morning_from": "x"}])
def test_hours_that_cannot_be_are_refused_on_the_page(world: World, client: Client, wrong: dict[str, str]):
    hours = {"morning_from": "09:00", "morning_until": "12:00", "afternoon_from": "13:30", "afternoon_until": "17:30", "source": "x"}
    assert client.post("/working-calendar/hours", {**hours, **wrong}).status_code == 422
    assert not OfficeHours.objects.exists()


def test_a_ticket_shows_both_clocks_counting(world: World):
    ticket = opened(world, hours=30)
    type(ticket.conversation).objects.update(window_closes=True, window_until=clock.now() + timedelta(hours=20))
    Ticket.objects.update(deadline=clock.now() + timedelta(hours=20))
    client = client_of(world.alice)
    page, row = text(client, f"/tickets/{ticket.number}"), text(client, "/")
    assert page.count("data-countdown") >= 4 and "以回复窗口为准" in page
    assert "服务 <time" in row


def test_a_deadline_that_reaches_an_unknown_year_says_so(world: World):
    ticket = opened(world, service_deadline=clock.now() + timedelta(days=800))
    assert "节假日安排未导入" in text(client_of(world.alice), f"/tickets/{ticket.number}")


def test_a_pause_is_asked_for_on_the_page_and_ended_there(world: World):
    ticket, client = opened(world, hours=200), client_of(world.alice)
    until = calendar().add_working_days(clock.now(), 2).astimezone(SHANGHAI).date()
    client.post(f"/tickets/{ticket.number}/pause", {"reason": "detail", "text": "门牌号是多少？", "until": until.isoformat()})
    page = text(client, f"/tickets/{ticket.number}")
    assert Ticket.objects.get().state == "awaiting_citizen" and "暂停至" in page and "门牌号是多少？" in page
    client.post(f"/tickets/{ticket.number}/resume")
    assert Ticket.objects.get().state == "claimed"


@pytest.mark.parametrize("wrong", [{"until": "2020-01-01"}, {"until": "soon"}, {"reason": "x"}, {"text": ""}, {"until": "9999-12-31"}])
def test_a_pause_without_reason_words_or_end_is_refused(world: World, wrong: dict[str, str]):
    ticket, until = opened(world, hours=200), calendar().add_working_days(clock.now(), 2).astimezone(SHANGHAI).date()
    data = {"reason": "detail", "text": "门牌号？", "until": until.isoformat(), **wrong}
    assert client_of(world.alice).post(f"/tickets/{ticket.number}/pause", data).status_code == 422
    assert Ticket.objects.get().state == "waiting"


def test_where_the_law_sends_people_is_set_inherited_and_given_up(world: World):
    client_of(world.diana).post("/deadlines/root/legal", WHERE)
    client = client_of(world.alice)
    assert "沿用总部" in text(client, "/deadlines/health/legal")
    client.post("/deadlines/health/legal", {**WHERE, "office": "区信访局"})
    assert "区信访局" in text(client, "/deadlines/health/legal") and LegalRoute.objects.count() == 2
    client.post("/deadlines/health/legal/clear", {"route": "petition"})
    assert "市信访局接待大厅" in text(client, "/deadlines/health/legal")


@pytest.mark.parametrize(
    "wrong", [{"office": " "}, {"url": "javascript:alert(1)"}, {"source": ""}, {"route": "moon"}, {"office": "字" * 201}]
)
def test_a_wrong_legal_route_is_refused(world: World, wrong: dict[str, str]):
    assert client_of(world.alice).post("/deadlines/health/legal", {**WHERE, **wrong}).status_code == 422
    assert not LegalRoute.objects.exists()


def test_a_legal_matter_offers_where_to_go_and_sends_nothing(world: World):
    where = Where("市信访局接待大厅", "人民路 1 号", source="信访工作条例第十七条")
    set_route(world.diana, world.root, "petition", where, clock.now())
    set_route(world.diana, world.root, "reconsideration", Where("市司法局", source="行政复议法"), clock.now())
    ticket = opened(world, "我要行政复议", kind="legal")
    page = text(client_of(world.alice), f"/tickets/{ticket.number}")
    assert "受理单位：市信访局接待大厅\n地址：人民路 1 号\n依据：信访工作条例第十七条" in page
    assert page.index("受理单位：市司法局") < page.index("受理单位：市信访局") and Message.objects.filter(direction="human").count() == 0


def test_other_matters_offer_no_legal_route(world: World):
    set_route(world.diana, world.root, "petition", Where("市信访局", source="x"), clock.now())
    assert "市信访局" not in text(client_of(world.alice), f"/tickets/{opened(world).number}")
