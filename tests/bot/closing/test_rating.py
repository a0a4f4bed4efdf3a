"""What citizens think of a closing, and what follows."""

import pytest

from bot.audit.models import Entry
from bot.closing.actions import close_by_citizen
from bot.closing.calling import note_call, to_call
from bot.closing.models import Closing, Rating
from bot.closing.rating import ratable, rate
from bot.conflict import Conflict, Denied
from bot.staff.actions import Invalid
from bot.tickets.models import Message, Ticket
from tests.bot.closing.conftest import replied
from tests.bot.conftest import World, later


@pytest.fixture
def closed(town: World) -> Ticket:
    return close_by_citizen(replied(town), later(hours=2))


def test_a_good_rating_is_kept_and_changes_nothing(closed: Ticket) -> None:
    rate(closed, 5, "很快", later(hours=3))
    assert Rating.objects.get().reason == "很快" and Ticket.objects.get().state == "closed"


def test_the_worst_rating_puts_it_into_the_supervisors_hands(town: World, closed: Ticket) -> None:
    rate(closed, 1, "根本没修", later(hours=3))
    again = Ticket.objects.get()
    assert (again.state, again.owner_id, again.closed_at) == ("reopened", town.bob.person_id, None)
    assert again.deadline > later(hours=3) and "根本没修" in Message.objects.get(direction="note").text


def test_a_bad_rating_reopens_in_the_department_on_record(town: World, closed: Ticket) -> None:
    rate(closed, 2, "", later(hours=3))
    assert (Ticket.objects.get().state, Ticket.objects.get().owner_id) == ("reopened", None)
    actions = list(Entry.objects.filter(object_id=closed.number).order_by("-id").values_list("action", flat=True)[:2])
    assert actions == ["ticket.reopened", "ticket.rated"]


def test_a_reopened_ticket_is_on_the_ladder_at_once_and_its_way_begins_now(town: World, closed: Ticket) -> None:
    rate(closed, 2, "", later(hours=3))
    again = Ticket.objects.get()
    assert again.next_step_at is not None and later(hours=3) < again.next_step_at < again.deadline
    assert (again.clock_from, again.rung) == (later(hours=3), 0)


def test_one_closing_is_rated_once_and_the_next_one_again(town: World, closed: Ticket) -> None:
    rate(closed, 4, "", later(hours=3))
    with pytest.raises(Conflict):
        rate(closed, 1, "改主意了", later(hours=4))
    assert Ticket.objects.get().state == "closed" and ratable(Ticket.objects.get(), later(hours=4)) is None


@pytest.mark.parametrize("score", [0, 6, -1, 10**9])
def test_a_score_out_of_five_is_refused(closed: Ticket, score: int) -> None:
    with pytest.raises(Invalid):
        rate(closed, score, "", later(hours=3))
    assert Rating.objects.count() == 0


def test_hostile_and_huge_reasons_are_kept_as_plain_text(closed: Ticket) -> None:
    rate(closed, 3, "<script>\x00\ud800\u202e\n" + "长" * 100_000, later(hours=3))
    kept = Rating.objects.get().reason
    assert kept.startswith("<script>") and len(kept) == 500 and "\x00" not in kept and "\ud800" not in kept


def test_neither_an_open_request_nor_an_old_closing_can_be_rated(town: World, closed: Ticket) -> None:
    with pytest.raises(Conflict):
        rate(closed, 1, "", later(days=31))
    Ticket.objects.update(state="answered")
    with pytest.raises(Conflict):
        rate(closed, 1, "", later(hours=3))


def test_a_drawn_closing_is_called_by_somebody_else_once(town: World, closed: Ticket) -> None:
    Closing.objects.update(drawn=True)
    (row,) = to_call(town.bob)
    with pytest.raises(Conflict, match="不能自己回访"):
        note_call(town.alice, row, "satisfied", "", later(days=1))
    with pytest.raises(Denied):
        note_call(town.charlie, row, "satisfied", "", later(days=1))
    note_call(town.bob, row, "satisfied", "路灯亮了", later(days=1))
    with pytest.raises(Conflict):
        note_call(town.bob, row, "unreached", "", later(days=1))
    assert list(to_call(town.bob)) == [] and Ticket.objects.get().state == "closed"


def test_a_citizen_who_is_not_content_on_the_telephone_has_it_reopened(town: World, closed: Ticket) -> None:
    Closing.objects.update(drawn=True)
    with pytest.raises(Invalid):
        note_call(town.bob, Closing.objects.get(), "unsatisfied", " ", later(days=1))
    note_call(town.bob, Closing.objects.get(), "unsatisfied", "还是不亮", later(days=1))
    assert Ticket.objects.get().state == "reopened" and ratable(Ticket.objects.get(), later(days=1)) is None
    assert [row.pk for row in to_call(town.charlie)] == []
