"""Automatic answers of the knowledge base: off until switched on, only for plain questions, and the ticket waits all the same."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import F

from bot.audit.models import Entry as Record
from bot.dialogue.handle import handle
from bot.knowledge import actions
from bot.knowledge.models import Entry
from bot.knowledge.queries import VERSION
from bot.knowledge.shelf import shelf
from bot.outbox.models import Delivery
from bot.staff.models import Route
from bot.supervision.balance import current
from bot.tickets.models import Counter, Message, Ticket
from policies.facts import EventKind, Understanding
from tests.bot.conftest import NOW, World, later
from tests.bot.dialogue.test_handle import ZERO, said
from tests.bot.knowledge.base import ANSWER, QUESTION, published
from tests.bot.knowledge.conftest import fresh_shelf

__all__ = ["fresh_shelf"]


def reader(intent: str, **fields: Any) -> Any:
    def read(texts: Sequence[str]) -> list[Understanding]:
        return [Understanding(intent, 0.95, "health", 0.9, "rasa", **fields) for _ in texts]

    return read


question = reader("question")


def ask(world: World, text: str = QUESTION, read: Any = question, **fields: Any) -> str:
    event = said(world, text, **fields)
    answers = handle([event], read, NOW, ZERO)
    return answers[event.pk].text if event.pk in answers else ""


def on(world: World, **fields: Any) -> Entry:
    entry = published(world, **fields)
    actions.switch(world.bob, world.health, "health", True, NOW)
    return entry


def test_nothing_is_answered_until_a_department_switches_it_on(world: World) -> None:
    published(world)
    assert "留言已收到" in ask(world) and ANSWER not in Delivery.objects.get().text


def test_a_question_gets_the_answer_with_source_date_and_the_way_to_a_person(world: World) -> None:
    on(world)
    text = ask(world, "请问流感疫苗去哪里打")
    assert text.startswith("【自动回复】" + ANSWER)
    assert all(words in text for words in ("云川市接种门诊名单", "https://wjw.example.gov.cn/1", "2026-11-20", "转人工", "/q/"))


def test_the_ticket_still_waits_for_a_person(world: World) -> None:
    on(world)
    ask(world)
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.answered_at, ticket.owner) == ("waiting", None, None) and ticket.deadline > NOW
    assert (current().open, current().answered, current().difference) == (1, 0, 0)


def test_the_answer_is_marked_as_a_machines_and_is_on_record(world: World) -> None:
    entry = on(world)
    ask(world)
    bubble = Message.objects.get(direction="auto")
    assert (bubble.reason, Delivery.objects.get().lane) == (f"知识库条目 {entry.pk} 第 1 版", "auto")
    assert Record.objects.get(action="ticket.answered_by_machine").detail == {"entry": entry.pk, "version": 1}


@pytest.mark.parametrize("intent", ["emergency", "human", "complaint", "report", "abuse", "disclosure", "legal", "suggestion", "progress"])
def test_other_kinds_are_never_answered_by_a_machine(world: World, intent: str) -> None:
    on(world)
    assert ANSWER not in ask(world, read=reader(intent))
    assert Ticket.objects.get().kind == intent


@pytest.mark.parametrize("text", ["流感疫苗在哪里接种？转人工", "救命！流感疫苗在哪里接种"])
def test_words_that_call_for_a_person_win_over_the_reading(world: World, text: str) -> None:
    on(world)
    assert ANSWER not in ask(world, text)


@pytest.mark.parametrize("text", ["孩子发烧了能打疫苗吗", "流感疫苗在哪里接种？2025年的还有吗", "流感疫苗", ""])
def test_what_is_not_the_question_is_left_to_people(world: World, text: str) -> None:
    on(world)
    assert ANSWER not in ask(world, text)


def test_a_place_the_entry_does_not_know_is_left_to_people(world: World) -> None:
    on(world)
    place = {"entity": "place", "value": "青山镇", "start": 0, "end": 3}
    assert ANSWER not in ask(world, read=reader("question", entities=(place,)))


def test_a_picture_beside_the_words_is_looked_at_by_people(world: World) -> None:
    on(world)
    assert ANSWER not in ask(world, body={"media": [{"kind": "image", "ref": "m"}]})


def test_in_public_nothing_is_said(world: World) -> None:
    on(world)
    assert ask(world, kind=EventKind.COMMENT) == ""


def test_a_message_that_joins_a_ticket_is_not_answered(world: World) -> None:
    on(world)
    ask(world, "停车场的灯坏了，谁来修")
    assert ANSWER not in ask(world)


def test_an_expired_entry_is_never_given(world: World) -> None:
    on(world, valid_until=date(2026, 11, 19))
    assert ANSWER not in ask(world)


def test_on_its_last_day_an_entry_is_given(world: World) -> None:
    on(world, valid_until=date(2026, 11, 20))
    assert ANSWER in ask(world)


def test_contradicted_entries_are_never_given(world: World) -> None:
    on(world)
    published(world, question="想问流感疫苗在哪里接种呢", variants=[], answer="已停止接种。")
    assert ANSWER not in ask(world)


def test_a_withdrawn_entry_is_not_given(world: World) -> None:
    entry = on(world)
    ask(world, citizen="1")
    actions.withdraw(world.bob, Entry.objects.get(pk=entry.pk), "过期", NOW)
    assert ANSWER not in ask(world, citizen="2")


def test_switching_off_works_at_once(world: World) -> None:
    on(world)
    assert ANSWER in ask(world, citizen="1")
    actions.switch(world.bob, world.health, "health", False, NOW)
    assert ANSWER not in ask(world, citizen="2")


def test_another_subject_is_a_switch_of_its_own(world: World) -> None:
    on(world, subject="education")
    assert ANSWER not in ask(world)


def test_an_answer_too_long_for_the_platform_gives_way_to_the_receipt(world: World) -> None:
    on(world, answer="请带身份证。" * 300)
    world.account.platform = "weibo"
    world.account.save(update_fields=["platform"])
    assert "留言已收到" in ask(world)


def test_a_question_routed_to_another_department_is_answered_by_that_one_only(world: World) -> None:
    on(world)
    Route.objects.create(department=world.health, label="health", competent=world.water)
    assert ANSWER not in ask(world)
    assert Ticket.objects.get().department == world.water


def test_entries_of_the_department_above_serve_too(world: World) -> None:
    from policies.roles import Role
    from tests.bot.conftest import person

    on(world, author=world.diana, reviewer=person("eve", world.root, Role.SUPERVISOR), department=world.root)
    assert ANSWER in ask(world)


def test_the_webhook_has_its_time_for_the_answer(world: World) -> None:
    on(world)
    handle([said(world, QUESTION)], question, NOW, timedelta(seconds=3))
    assert Delivery.objects.get().not_before == later(seconds=3)


def test_between_two_entries_almost_as_near_a_person_decides(world: World) -> None:
    on(world, question="流感疫苗在哪里接种：成人", variants=["成人流感疫苗在哪里接种"])
    published(world, question="流感疫苗在哪里接种：儿童", variants=["儿童流感疫苗在哪里接种"], answer="儿童医院。")
    assert ANSWER not in ask(world, "流感疫苗在哪里接种")


def test_a_fault_of_the_knowledge_base_keeps_no_message_from_its_ticket(world: World) -> None:
    on(world)
    shelf(NOW)
    Counter.objects.filter(name=VERSION).update(value=F("value") + 1)  # the next look makes the shelf anew …
    Entry.objects.update(variants=7)  # … of entries that somebody has spoilt by hand
    assert "留言已收到" in ask(world) and Ticket.objects.count() == 1
