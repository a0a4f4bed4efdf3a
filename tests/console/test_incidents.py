"""The pages of incidents: what they show and to whom, what people do on them, and that nothing happens twice."""

import pytest

from bot import clock
from bot.console.once import new_token
from bot.incidents.answering import send
from bot.incidents.following import Follows
from bot.incidents.models import Answer, Incident, Member
from bot.tickets.models import Message, Ticket
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.incidents.conftest import OUTAGE
from tests.console.town import client_of, opened

WORDS = "阳光花园今晚八点恢复供水。"


@pytest.fixture
def tickets(world: World) -> list[Ticket]:
    return [opened(world, text) for text in OUTAGE]


@pytest.fixture
def event(tickets: list[Ticket]) -> Incident:
    Follows("test").follow(clock.now())
    return Incident.objects.get()


def test_the_list_shows_heat_place_and_how_many_citizens(world: World, event: Incident):
    page = client_of(world.alice).get("/incidents/").content.decode()
    assert event.number in page and "阳光花园" in page and "3.0" in page and "上升" in page
    assert event.number not in client_of(world.charlie).get("/incidents/").content.decode()


def test_a_list_without_incidents_says_what_they_are(world: World):
    assert "两条以上诉求说到同一地点的同一件事时" in client_of(world.alice).get("/incidents/").content.decode()


def test_wrong_filters_find_nothing_and_break_nothing(world: World, event: Incident):
    for query in ({"text": "没有"}, {"department": "nowhere"}, {"text": "\x00" * 90}, {"ended": "1"}):
        assert client_of(world.alice).get("/incidents/", query).status_code == 200
    assert event.number in client_of(world.diana).get("/incidents/", {"department": "health", "text": "阳光"}).content.decode()


def test_one_form_replies_to_everybody_once(world: World, event: Incident):
    client, form = client_of(world.alice), {"text": WORDS, "token": new_token()}
    for _ in range(2):
        assert client.post(f"/incidents/{event.number}/reply", form).status_code == 302
    while send(clock.now()):
        pass
    assert Answer.objects.count() == 1
    assert Message.objects.filter(direction="human", text=WORDS).count() == 3


def test_a_refused_reply_keeps_what_was_typed(world: World, event: Incident):
    client = client_of(world.alice)
    client.post(f"/incidents/{event.number}/reply", {"text": WORDS, "token": new_token()})
    answer = client.post(f"/incidents/{event.number}/reply", {"text": "另一份", "token": new_token()})
    assert answer.status_code == 409 and "正在统一答复" in answer.content.decode()


def test_progress_is_told_until_it_is_done(world: World, event: Incident):
    client = client_of(world.alice)
    client.post(f"/incidents/{event.number}/reply", {"text": WORDS, "token": new_token()})
    running = client.get(f"/incidents/{event.number}/progress").content.decode()
    assert "every 1s" in running and "已提交 0 / 3" in running
    while send(clock.now()):
        pass
    done = client.get(f"/incidents/{event.number}/progress").content.decode()
    assert "every 1s" not in done and "已提交 3 / 3" in done


def test_the_ticket_names_its_incident_and_the_queue_shows_how_many(world: World, event: Incident, tickets: list[Ticket]):
    client = client_of(world.alice)
    assert f"/incidents/{event.number}" in client.get(f"/tickets/{tickets[0].number}").content.decode()
    assert client.get("/").content.decode().count("event-badge") == 3


def test_a_later_ticket_is_offered_the_reply_of_the_others(world: World, event: Incident):
    client = client_of(world.alice)
    client.post(f"/incidents/{event.number}/reply", {"text": WORDS, "token": new_token()})
    while send(clock.now()):
        pass
    late = opened(world, "阳光花园还是没水，什么时候来水")
    follows = Follows("other")
    Incident.objects.filter(pk=event.pk).update(state="answered")
    Member.objects.create(ticket=late, incident=event, conversation=late.conversation, at=late.received_at)
    assert follows is not None and "发送同样的答复" in client.get(f"/tickets/{late.number}").content.decode()
    client.post(f"/incidents/{event.number}/reply", {"text": WORDS, "only": late.number, "next": f"/tickets/{late.number}"})
    while send(clock.now()):
        pass
    assert Message.objects.filter(direction="human", text=WORDS).count() == 4


def test_people_put_in_take_out_close_and_reopen(world: World, event: Incident, tickets: list[Ticket]):
    client, other = client_of(world.alice), opened(world, "另一件事")
    address = f"/incidents/{event.number}"
    client.post(f"{address}/take-out", {"number": tickets[0].number})
    client.post(f"{address}/add", {"number": other.number})
    assert set(event.members.values_list("ticket", flat=True)) == {tickets[1].pk, tickets[2].pk, other.pk}
    client.post(f"{address}/close")
    assert Incident.objects.get().state == "closed" and client.post(f"{address}/add", {"number": tickets[0].number}).status_code == 409
    client.post(f"{address}/reopen")
    assert Incident.objects.get().state == "open"


def test_two_tickets_make_an_incident_from_the_tickets_page(world: World):
    first, second = opened(world, "老街路面塌了一块"), opened(world, "幸福里那边有个坑")
    client_of(world.alice).post(f"/tickets/{first.number}/same/event", {"number": second.number})
    assert Incident.objects.get().requests == 2


def test_what_cannot_be_is_refused_in_words(world: World, event: Incident):
    client = client_of(world.alice)
    for name, number in (("add", "20990101-000001"), ("merge", event.number), ("merge", "E0"), ("take-out", "")):
        assert client.post(f"/incidents/{event.number}/{name}", {"number": number}).status_code == 422
    assert client.post(f"/incidents/{event.number}/burn").status_code == 404


def test_without_the_right_to_reply_there_is_no_box(world: World, event: Incident):
    viewer = client_of(person("vera", world.health, Role.REVIEWER))
    assert "answer-all" not in viewer.get(f"/incidents/{event.number}").content.decode()
    assert viewer.post(f"/incidents/{event.number}/reply", {"text": "好"}).status_code == 403
