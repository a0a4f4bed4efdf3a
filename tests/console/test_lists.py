"""Messages read as no question, and deliveries that need a person."""

import pytest

from bot import clock
from bot.audit.models import Entry
from bot.conflict import Conflict, Denied
from bot.outbox.models import Delivery
from bot.tickets.dismissing import confirm, make_ticket
from bot.tickets.models import Message
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import answered, client_of, dismissed, opened


def test_dismissed_messages_are_listed_until_confirmed(world: World):
    rows = [dismissed(world, f"你好 {n}") for n in range(3)]
    client = client_of(world.alice)
    assert "你好 2" in client.get("/dismissed/").content.decode()
    client.post("/dismissed/confirm", {"message": [str(rows[0].pk), str(rows[1].pk)]})
    page = client.get("/dismissed/").content.decode()
    assert "你好 2" in page and "你好 0" not in page and "已确认 2 条" in page


def test_confirming_names_the_person_and_leaves_a_record(world: World):
    row = dismissed(world)
    assert confirm(world.alice, [row.pk], clock.now()) == 1
    assert Message.objects.get(pk=row.pk).confirmed_by_id == world.alice.person_id
    assert Entry.objects.get(action="message.dismissal_confirmed").object_id == str(row.pk)


def test_confirming_twice_counts_once(world: World):
    row = dismissed(world)
    assert [confirm(world.alice, [row.pk, row.pk], clock.now()), confirm(world.bob, [row.pk], clock.now())] == [1, 0]


def test_what_one_does_not_see_one_cannot_confirm(world: World):
    row = dismissed(world)
    assert confirm(world.charlie, [row.pk], clock.now()) == 0
    assert Message.objects.get(pk=row.pk).confirmed_by_id is None


def test_confirming_needs_the_right(world: World):
    row = dismissed(world)
    with pytest.raises(Denied):
        confirm(person("plain", world.health, Role.AGENT), [row.pk], clock.now())


def test_a_dismissed_message_becomes_a_ticket_whose_clock_started_with_it(world: World):
    row = dismissed(world, "其实我的水管坏了")
    client = client_of(world.alice)
    answer = client.post(f"/dismissed/{row.pk}/ticket")
    row.refresh_from_db()
    assert row.ticket is not None and answer["location"] == f"/tickets/{row.ticket.number}"
    assert row.ticket.received_at == row.at and row.ticket.state == "waiting"


def test_it_joins_the_citizens_open_ticket(world: World):
    ticket = opened(world, talk=world.talk)
    assert make_ticket(world.alice, dismissed(world), clock.now()).pk == ticket.pk


def test_only_the_first_makes_a_ticket(world: World):
    row = dismissed(world)
    make_ticket(world.alice, row, clock.now())
    with pytest.raises(Conflict):
        make_ticket(world.bob, row, clock.now())


def test_deliveries_that_need_a_person_are_listed_and_others_are_not(world: World):
    ticket = opened(world)
    for state in ("unknown", "dead", "refused", "reconnect", "sent", "queued", "held"):
        answered(ticket, f"答复-{state}", state)
    page = client_of(world.alice).get("/deliveries/").content.decode()
    shown = {state for state in ("unknown", "dead", "refused", "reconnect", "sent", "queued", "held") if f"答复-{state}" in page}
    assert shown == {"unknown", "dead", "refused", "reconnect"}


@pytest.mark.parametrize(("outcome", "state"), [("sent", "sent"), ("not_sent", "queued")])
def test_a_person_settles_an_unknown_delivery(world: World, outcome: str, state: str):
    sent = answered(opened(world), "好", "unknown").delivery
    client_of(world.alice).post(f"/deliveries/{sent.pk}/settle", {"outcome": outcome})
    assert Delivery.objects.get(pk=sent.pk).state == state


def test_a_settled_delivery_cannot_be_settled_again(world: World):
    sent = answered(opened(world), "好", "sent").delivery
    answer = client_of(world.alice).post(f"/deliveries/{sent.pk}/settle", {"outcome": "not_sent"}, follow=True)
    assert "已不是「待确认」" in answer.content.decode()
    assert Delivery.objects.get(pk=sent.pk).state == "sent"


@pytest.mark.parametrize("state", ["refused", "dead", "reconnect"])
def test_a_failed_delivery_is_tried_again_at_a_persons_word(world: World, state: str):
    sent = answered(opened(world), "好", state).delivery
    client_of(world.alice).post(f"/deliveries/{sent.pk}/retry")
    assert Delivery.objects.get(pk=sent.pk).state == "queued"


def test_an_agent_without_the_right_cannot_settle(world: World):
    sent = answered(opened(world), "好", "unknown").delivery
    assert (
        client_of(person("plain", world.health, Role.AGENT)).post(f"/deliveries/{sent.pk}/settle", {"outcome": "sent"}).status_code == 403
    )
    assert Delivery.objects.get(pk=sent.pk).state == "unknown"


@pytest.mark.parametrize("query", ["?before=x", "?before=99999999999999999999999", "?state=nonsense", "?before=-1"])
def test_wrong_paging_is_no_error(world: World, query: str):
    assert client_of(world.alice).get(f"/deliveries/{query}").status_code == 200


def test_empty_lists_say_what_they_are_for(world: World):
    client = client_of(world.alice)
    assert "没有待核的消息" in client.get("/dismissed/").content.decode()
    assert "没有需要处理的投递" in client.get("/deliveries/").content.decode()
