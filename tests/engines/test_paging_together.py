"""Several workers look for due pages at once: each page is carried by one message."""

import pytest

from bot.paging.claiming import claim
from bot.paging.models import Attempt, Page
from tests.bot.conftest import NOW, World
from tests.bot.paging.conftest import call_for, contact, robot
from tests.engines.together import at_once
from tests.pretend_pagers.web import Pretend

pytestmark = pytest.mark.django_db(transaction=True)


def test_workers_at_once_begin_no_page_twice_and_forget_none(world: World) -> None:
    """Workers may share the pages of one person between them: who comes second leaves them for the next message, in a bundle."""
    gateway = robot(world, Pretend(url="http://127.0.0.1:9"))
    people = (world.alice, world.bob, world.charlie, world.diana)
    for who in people:
        contact(who, gateway)
        for number in range(5):
            call_for(world, who, key=f"{who.username}{number}")
    at_once(*[lambda: claim(16, NOW)] * 4)
    carried = list(Attempt.objects.values_list("pages", flat=True))
    assert Attempt.objects.count() == len(people)
    assert len(set(carried)) == len(carried)
    assert not Page.objects.exclude(pk__in=carried).exclude(next_at__gt=NOW).exists()
