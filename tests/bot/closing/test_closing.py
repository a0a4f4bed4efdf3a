"""Nothing closes a request but an answer and then the citizen's silence or word."""

import pytest

from bot.closing.actions import close_by_citizen, close_by_hand, close_due
from bot.closing.models import Closing, Settled
from bot.conflict import Conflict, Denied
from bot.dialogue.handle import handle
from bot.outbox.models import Delivery
from bot.supervision.balance import current
from bot.tickets import actions
from bot.tickets.models import Message, Ticket
from tests.bot.closing.conftest import asked, deliver, replied
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said


def state() -> str:
    return Ticket.objects.get().state


def says(world: World, text: str, *, hours: float) -> dict[int, object]:
    at = later(hours=hours)
    return dict(handle([said(world, text, sent_at=at, received_at=at)], read, at, ZERO))


def test_silence_closes_counted_from_the_delivery_and_not_before(town: World) -> None:
    replied(town, hours=1, sent=False)
    deliver(Ticket.objects.get(), hours=30)
    for hours, expected in ((1 + 7 * 24, "answered"), (30 + 7 * 24 - 0.01, "answered"), (30 + 7 * 24, "closed")):
        close_due(later(hours=hours))
        assert state() == expected


def test_an_answer_that_arrived_soon_needs_one_look(town: World) -> None:
    replied(town, hours=1, sent=False)
    deliver(Ticket.objects.get(), hours=1.1)
    assert close_due(later(hours=1.1 + 7 * 24)) == 0 and state() == "answered"
    assert close_due(later(hours=1 + 7 * 24, seconds=600)) == 1 and state() == "closed"


def test_an_answer_that_is_held_is_never_closed_by_silence(town: World) -> None:
    ticket = replied(town, sent=False)
    Delivery.objects.filter(message__ticket=ticket, lane="human").update(state="held", hold="window")
    for days in range(1, 100, 3):
        close_due(later(days=days))
    assert state() == "answered" and Ticket.objects.get().close_at is not None


def test_an_automatic_answer_closes_nothing(town: World) -> None:
    asked(town)
    assert close_due(later(days=400)) == 0 and state() == "waiting"


def test_the_citizens_word_closes_and_is_thanked_with_the_way_to_rate(town: World) -> None:
    ticket = replied(town)
    (answer,) = says(town, "已解决，谢谢！", hours=2).values()
    assert "评分" in answer.text and ticket.query_code in answer.text
    assert state() == "answered" and close_due(later(hours=2, seconds=1)) == 1
    assert state() == "closed" and Closing.objects.get().how == "word"
    assert current().difference == 0 and current().answered == 2


def test_a_thanks_neither_closes_nor_reopens(town: World) -> None:
    replied(town)
    says(town, "谢谢！", hours=2)
    close_due(later(hours=3))
    assert state() == "answered" and Settled.objects.count() == 0
    assert Message.objects.filter(direction="citizen", ticket=Ticket.objects.get()).count() == 2


@pytest.mark.parametrize("text", ["没解决", "解决了吗？", "谢谢，但还是坏的", "question|还有一个问题"])
def test_anything_more_reopens(town: World, text: str) -> None:
    replied(town)
    says(town, text, hours=2)
    assert close_due(later(days=60)) == 0 and state() == "reopened"
    assert Ticket.objects.get().close_at is None


def test_a_thanks_after_the_closing_leaves_it_closed_and_a_complaint_reopens(town: World) -> None:
    close_by_citizen(replied(town), later(hours=2))
    says(town, "谢谢", hours=3)
    assert state() == "closed"
    says(town, "又坏了", hours=4)
    assert state() == "reopened"


def test_a_word_from_before_the_second_answer_does_not_close_it(town: World) -> None:
    ticket = replied(town)
    says(town, "已解决", hours=2)
    says(town, "question|又坏了", hours=2.1)
    actions.reply(town.alice, Ticket.objects.get(), "再修。", later(hours=3))
    deliver(ticket, hours=3)
    close_due(later(hours=3, days=6))
    assert state() == "answered"


def test_who_gets_the_answer_late_may_reply_to_it_late(town: World) -> None:
    ticket = replied(town, sent=False)
    deliver(ticket, hours=24 * 30)
    says(town, "question|那里还是黑的", hours=24 * 36)
    assert Ticket.objects.count() == 1 and state() == "reopened"


def test_a_closing_tells_the_citizen_in_private_only(town: World) -> None:
    replied(town)
    close_due(later(days=8))
    close_due(later(days=9))
    told = Message.objects.filter(direction="auto", text__contains="办结").get()
    assert told.delivery and "评分" in told.text and told.delivery.lane == "auto"


def test_by_hand_needs_a_delivered_answer_and_the_right(town: World) -> None:
    ticket = replied(town, sent=False)
    with pytest.raises(Denied):
        close_by_hand(town.charlie, ticket, "电话", later(hours=2))
    Delivery.objects.filter(lane="human").update(state="held", hold="window")
    with pytest.raises(Conflict, match="尚未送达"):
        close_by_hand(town.alice, ticket, "电话", later(hours=2))
    deliver(ticket, hours=2)
    assert close_by_hand(town.alice, ticket, "电话中说已修好", later(hours=3)).state == "closed"
    assert Closing.objects.get().drawn


def test_an_open_request_cannot_be_closed_by_anybody(town: World) -> None:
    ticket = asked(town)
    with pytest.raises(Conflict):
        close_by_citizen(ticket, later(hours=1))
    with pytest.raises(Conflict):
        close_by_hand(town.alice, ticket, "电话", later(hours=1))
    assert state() == "waiting" and Closing.objects.count() == 0


def test_draws_have_their_places_in_each_departments_row(town: World) -> None:
    for number in range(3):
        handle([said(town, f"question|{number}", citizen=f"c{number}")], read, NOW, ZERO)
    for ticket in Ticket.objects.all():
        actions.reply(town.alice, ticket, "好", later(hours=1))
        close_by_citizen(ticket, later(hours=2))
    assert sorted(Closing.objects.values_list("place", flat=True)) == [1, 2, 3]
    assert {row.ticket.department_id for row in Closing.objects.all()} == {town.health.pk}
