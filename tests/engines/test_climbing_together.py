"""The ladder where several workers sweep at once, and while people work: no step is taken twice, none is lost.

Runs on the database that DATABASE_URL names: on SQLite with the rest of the tests, on PostgreSQL by test_data_layer_on_postgresql.py.
"""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest

from bot.audit.actions import first_break
from bot.audit.models import Entry
from bot.conflict import Conflict
from bot.dialogue.handle import handle
from bot.duty.models import Gap
from bot.paging.models import Page
from bot.tickets import actions
from bot.tickets.climbing import climb
from bot.tickets.models import OPEN_STATES, Ticket
from bot.tickets.roster import watch_roster
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, read, said
from tests.bot.duty.test_roster import shift
from tests.engines.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TICKETS = 30


def overdue(world: World) -> datetime:
    """So many tickets at their deadline."""
    shift(world.health, world.bob, -1, 24 * 30)
    handle([said(world, f"question|{n}", citizen=f"c{n}") for n in range(TICKETS)], read, NOW, ZERO)
    return max(Ticket.objects.values_list("deadline", flat=True))


def taken() -> Counter[tuple[str, int]]:
    rows = Entry.objects.filter(actor="system:ladder").values_list("object_id", "detail")
    return Counter((number, detail["rung"]) for number, detail in rows)


def test_four_workers_take_each_step_once(world: World) -> None:
    deadline = overdue(world)
    at_once(*(partial(climb, deadline) for _ in range(4)))
    climb(deadline)
    assert set(taken().values()) == {1} and len(taken()) == 3 * TICKETS
    assert Page.objects.filter(insist=True).count() == TICKETS and first_break() is None


def answer_some(world: World, moment: datetime) -> None:
    for ticket in Ticket.objects.order_by("-pk")[: TICKETS // 2]:
        with suppress(Conflict):  # the ladder was first: it is somebody else's now
            actions.reply(world.alice, ticket, "上午九点。", moment)


def test_people_who_answer_while_the_ladder_climbs_lose_nothing(world: World) -> None:
    deadline = overdue(world)
    at_once(
        partial(answer_some, world, deadline), partial(climb, deadline), partial(answer_some, world, deadline), partial(climb, deadline)
    )
    climb(deadline)
    assert not Ticket.objects.filter(state__in=OPEN_STATES, next_step_at__lte=deadline).exists()
    assert not Ticket.objects.exclude(state__in=OPEN_STATES).filter(next_step_at__isnull=False).exists()
    answered = set(Ticket.objects.filter(state="answered").values_list("number", flat=True))
    assert not Page.objects.filter(key__in=answered, state="calling", insist=True).exists()


def test_four_workers_notice_an_empty_post_once(world: World) -> None:
    shift(world.health, world.bob, -9, -1)
    at_once(*(partial(watch_roster, later(seconds=n)) for n in range(4)))
    assert Gap.objects.count() == 1 and Page.objects.filter(kind="duty").count() == 1


def test_a_sweep_that_dies_in_the_middle_leaves_the_step_undone_and_due(world: World) -> None:
    deadline = overdue(world)
    Ticket.objects.filter(number__endswith="5").update(clock_from=datetime(9999, 12, 31, tzinfo=NOW.tzinfo), rung=3)  # breaks the reckoning
    climb(deadline)
    sick = Ticket.objects.filter(number__endswith="5")
    assert set(sick.values_list("rung", "owner")) == {(3, None)}
    assert set(Ticket.objects.exclude(number__endswith="5").values_list("rung", flat=True)) == {3}
    assert all(moment - deadline <= timedelta(minutes=1) for moment in sick.values_list("next_step_at", flat=True))
