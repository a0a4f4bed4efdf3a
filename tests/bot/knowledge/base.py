"""Entries of the tests: written by one person, published by another."""

from datetime import datetime
from typing import Any

from bot.knowledge import actions
from bot.knowledge.models import Entry
from bot.staff.access import Actor
from bot.staff.models import Person
from tests.bot.conftest import NOW, World

QUESTION = "流感疫苗在哪里接种？"
ANSWER = "全市社区卫生服务中心均可接种，请带身份证，工作日 8:30-11:30。"


def values(world: World, **fields: Any) -> dict[str, Any]:
    owner = Person.objects.get(pk=world.alice.person_id)
    given = {"department": world.health, "owner": owner, "question": QUESTION, "variants": ["流感疫苗去哪里打"], "answer": ANSWER}
    given |= {"subject": "health", "source_name": "云川市接种门诊名单", "source_url": "https://wjw.example.gov.cn/1", **fields}
    return given


def published(world: World, author: Actor | None = None, reviewer: Actor | None = None, now: datetime = NOW, **fields: Any) -> Entry:
    entry = actions.create(author or world.alice, values(world, **fields), now)
    actions.submit(author or world.alice, entry, now)
    actions.publish(reviewer or world.bob, Entry.objects.get(pk=entry.pk), now)
    return Entry.objects.get(pk=entry.pk)
