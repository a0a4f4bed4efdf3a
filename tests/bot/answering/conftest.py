"""One ticket of a citizen who asked something long enough to be answered beside the point."""

import pytest

from bot.tickets.models import Ticket
from tests.bot.conftest import NOW, World, world
from tests.console.town import opened

__all__ = ["ticket", "world"]

ASKED = "请问滨江路小学一年级什么时候报名？需要带什么材料？我家住在滨江路12号。"
GOOD = "您好！滨江路小学一年级报名时间为6月1日至15日，请携带户口簿和房产证到学校教务处办理，咨询电话0731-82213456。"


@pytest.fixture
def ticket(world: World) -> Ticket:
    """Asked before NOW, due long after."""
    made = opened(world, ASKED, hours=24)
    made.received_at = NOW
    made.save(update_fields=["received_at"])
    return made
