"""The pages of what follows an answer, and what citizens press."""

import pytest
from django.test import Client

from bot import clock
from bot.closing.actions import close_by_citizen
from bot.closing.models import Closing, Contribution, Rating, RefusalReason
from bot.console import citizen
from bot.tickets.models import Ticket
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import answered, client_of, opened


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    citizen._limiter.cache_clear()


def reply_to(world: World, state: str = "sent") -> Ticket:
    ticket = opened(world)
    answered(ticket, "已修好。", state)
    Ticket.objects.filter(pk=ticket.pk).update(state="answered", answered_at=clock.now())
    return Ticket.objects.get(pk=ticket.pk)


def test_the_citizen_settles_and_rates_once(world: World):
    ticket, phone = reply_to(world), Client()
    address = f"/q/{ticket.query_code}"
    assert "可以办结" in phone.get(address).content.decode()
    assert phone.post(f"{address}/settled").status_code == 302
    assert "请为这次办理评分" in phone.get(address).content.decode()
    assert phone.post(f"{address}/rating", {"score": "4", "reason": "不错"}).status_code == 302
    phone.post(f"{address}/rating", {"score": "1", "reason": "再来"})
    assert Rating.objects.get().score == 4 and "您评了 4 分" in phone.get(address).content.decode()


@pytest.mark.parametrize(
    "data", [{}, {"score": "0"}, {"score": "6"}, {"score": "x"}, {"score": "9" * 5000}, {"score": "1", "reason": "长" * 30_000}]
)
def test_a_wrong_rating_is_refused_in_words(world: World, data: dict[str, str]):
    ticket = close_by_citizen(reply_to(world), clock.now())
    answer = Client().post(f"/q/{ticket.query_code}/rating", data)
    assert answer.status_code == 422 and Rating.objects.count() == 0


def test_presses_are_counted_and_wrong_codes_told_nothing(world: World):
    phone = Client()
    codes = [phone.post("/q/AAAA-BBBB-CCCC-DDDD/rating", {"score": "5"}).status_code for _ in range(12)]
    assert codes[0] == 404 and codes[-1] == 429


def test_a_forged_press_from_elsewhere_is_refused(world: World):
    ticket = reply_to(world)
    assert Client(enforce_csrf_checks=True).post(f"/q/{ticket.query_code}/settled").status_code == 403
    assert Ticket.objects.get().state == "answered"


def test_the_ledger_of_pages_says_not_yet_delivered(world: World):
    ticket = reply_to(world, "held")
    desk = client_of(world.alice)
    for address in (f"/tickets/{ticket.number}", "/?state=answered", "/closing/undelivered", "/closing/many?state=answered"):
        assert "已答复，尚未送达" in desk.get(address).content.decode()
    assert "尚未送达：1 张诉求单" in client_of(world.diana).get("/balance/").content.decode()
    assert "还没能发到您的账号" in Client().get(f"/q/{ticket.query_code}").content.decode()
    assert ticket.number not in client_of(world.charlie).get("/closing/undelivered").content.decode()


def test_call_backs_are_written_down_by_who_may(world: World):
    ticket = close_by_citizen(reply_to(world), clock.now())
    Closing.objects.update(drawn=True)
    row = Closing.objects.get()
    assert client_of(world.charlie).post(f"/closing/callbacks/{row.pk}", {"result": "satisfied"}).status_code == 404
    assert client_of(person("ann", world.health, Role.AGENT)).get("/closing/callbacks").status_code == 403
    desk = client_of(world.alice)
    assert ticket.number in desk.get("/closing/callbacks").content.decode()
    desk.post(f"/closing/callbacks/{row.pk}", {"result": "unsatisfied", "note": "还是坏的"})
    assert Ticket.objects.get().state == "reopened"


def test_joint_handling_goes_over_the_pages(world: World):
    ticket = opened(world)
    client_of(world.alice).post(f"/closing/ask/{ticket.number}", {"departments": ["water"], "question": "水管归谁？"})
    row = Contribution.objects.get()
    water = client_of(world.charlie)
    assert "水管归谁？" in water.get("/closing/contributions").content.decode()
    assert water.get(f"/tickets/{ticket.number}").status_code == 404
    water.post(f"/closing/contributions/{row.pk}", {"text": "归我局。"})
    page = client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()
    assert "归我局。" in page and "水管归谁？" in page


def test_many_are_done_one_by_one(world: World):
    first, second = reply_to(world), reply_to(world, "held")
    page = client_of(world.alice).post(
        "/closing/many/do?state=answered", {"verb": "close", "text": "电话", "n": [first.number, second.number]}
    )
    assert "已办理" in page.content.decode() and "尚未送达，不能办结" in page.content.decode()
    assert sorted(Ticket.objects.values_list("state", flat=True)) == ["answered", "closed"]


def test_reasons_of_a_department_are_offered_on_its_tickets(world: World):
    desk = client_of(world.diana)
    desk.post("/closing/reasons/add", {"department": "health", "code": "lease", "label": "租赁纠纷请找住建"})
    assert "租赁纠纷请找住建" in client_of(world.alice).get(f"/tickets/{opened(world).number}").content.decode()
    desk.post(f"/closing/reasons/{RefusalReason.objects.get().pk}/drop")
    assert "租赁纠纷请找住建" not in client_of(world.alice).get(f"/tickets/{opened(world).number}").content.decode()
