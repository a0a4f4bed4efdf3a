"""Suggestions from outside: what a token may see, masked."""

from tests.bot.api.test_api import Caller
from tests.bot.conftest import World
from tests.bot.knowledge.base import ANSWER, QUESTION, published
from tests.bot.knowledge.conftest import fresh_shelf
from tests.console.town import answered, opened

__all__ = ["fresh_shelf"]


def test_a_program_gets_entries_and_earlier_replies(world: World) -> None:
    entry = published(world)
    before = opened(world, "流感疫苗哪里可以接种？")
    answered(before, "请到东门社区，电话 13912345678。")
    found = Caller("alice", world.health).get(f"tickets/{opened(world, QUESTION).number}/suggestions").json()["items"]
    assert [(row["entry"], row["ticket"]) for row in found] == [(entry.pk, ""), (None, before.number)]
    assert found[0]["text"] == ANSWER and "139****5678" in found[1]["text"]


def test_another_department_gets_none(world: World) -> None:
    published(world)
    assert Caller("charlie", world.water).get(f"tickets/{opened(world, QUESTION).number}/suggestions").status_code == 404
