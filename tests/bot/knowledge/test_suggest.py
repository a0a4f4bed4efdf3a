"""Suggestions: entries and earlier replies, nearest first, nothing of another department, no personal data."""

import pytest

from bot.knowledge import actions
from bot.knowledge.suggest import suggestions
from bot.tickets.models import Message
from tests.bot.conftest import NOW, World
from tests.bot.knowledge.base import ANSWER, published
from tests.console.town import answered, opened

TEXT = "请问流感疫苗在哪里接种，要带什么"


def test_an_entry_that_fits_is_suggested_first(world: World) -> None:
    published(world, question="身份证怎么办", variants=[], answer="派出所。")
    entry = published(world)
    found = suggestions(world.alice, opened(world, TEXT), NOW)
    assert (found[0].entry, found[0].text) == (entry.pk, ANSWER)


def test_what_a_colleague_told_the_like_is_suggested_with_its_ticket(world: World) -> None:
    before = opened(world, "流感疫苗哪里可以接种？")
    answered(before, "请到东门社区接种。")
    found = suggestions(world.bob, opened(world, TEXT), NOW)
    assert (found[0].text, found[0].ticket, found[0].entry) == ("请到东门社区接种。", before.number, None)


def test_personal_data_in_an_earlier_reply_is_masked(world: World) -> None:
    answered(opened(world, "流感疫苗哪里可以接种？电话 13912345678"), "王先生 13912345678，请到东门社区。")
    found = suggestions(world.bob, opened(world, TEXT), NOW)
    assert "139****5678" in found[0].text and "13912345678" not in found[0].title


def test_another_departments_entries_and_replies_are_not_suggested(world: World) -> None:
    answered(opened(world, TEXT, department=world.water), "水务局的答复")
    published(world, world.charlie, world.diana, department=world.water, answer="水务局的条目")
    assert suggestions(world.diana, opened(world, TEXT), NOW) == []


def test_without_the_right_to_the_ticket_nothing_is_suggested(world: World) -> None:
    published(world)
    answered(opened(world, TEXT), "请到东门社区接种。")
    assert suggestions(world.charlie, opened(world, TEXT), NOW) == []


def test_there_are_three_at_most_and_no_text_twice(world: World) -> None:
    for _ in range(3):
        answered(opened(world, TEXT), "请到 东门社区接种。")
    for number in range(4):
        answered(opened(world, TEXT), f"请到社区接种，第 {number} 个门诊。")
    found = suggestions(world.alice, opened(world, TEXT), NOW)
    assert len(found) == 3 and len({"".join(one.text.split()) for one in found}) == 3


def test_a_reply_to_the_same_ticket_is_not_suggested_for_it(world: World) -> None:
    ticket = opened(world, TEXT)
    answered(ticket, "请到东门社区接种。")
    assert suggestions(world.alice, ticket, NOW) == []


def test_an_expired_or_withdrawn_entry_is_not_suggested_and_a_contradicted_one_says_so(world: World) -> None:
    entry = published(world)
    other = published(world, question="流感疫苗在哪里接种啊", variants=[], answer="已停止。")
    found = suggestions(world.alice, opened(world, TEXT), NOW)
    assert [one.doubt for one in found] == [True, True]
    actions.withdraw(world.bob, other, "重复", NOW)
    assert [(one.entry, one.doubt) for one in suggestions(world.alice, opened(world, TEXT), NOW)] == [(entry.pk, False)]


@pytest.mark.parametrize("text", ["", "😀", "x" * 20_000, "\u200b"])
def test_any_message_is_borne(world: World, text: str) -> None:
    published(world)
    ticket = opened(world, "停")
    Message.objects.filter(ticket=ticket).update(text=text)
    assert isinstance(suggestions(world.alice, ticket, NOW), list)
