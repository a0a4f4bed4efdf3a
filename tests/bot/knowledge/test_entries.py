"""The life of an entry: written by one person, published by another, never changed in place."""

from datetime import date

import pytest

from bot.audit.models import Entry as Record
from bot.conflict import Conflict, Denied
from bot.knowledge import actions
from bot.knowledge.models import Contradiction, Entry, Switch
from bot.knowledge.queries import edition, entries_for, with_contradiction
from bot.staff.actions import Invalid
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person
from tests.bot.knowledge.base import ANSWER, published, values

DAY = date(2026, 11, 20)


def again(entry: Entry) -> Entry:
    return Entry.objects.select_related("department").get(pk=entry.pk)


def test_an_entry_is_published_by_a_second_person(world: World) -> None:
    entry = published(world)
    assert (entry.state, entry.reviewer_id, entry.published_at) == ("published", world.bob.person_id, NOW)


def test_the_author_may_not_review_their_own_words(world: World) -> None:
    entry = actions.create(world.alice, values(world), NOW)
    actions.submit(world.alice, entry, NOW)
    with pytest.raises(Invalid):
        actions.publish(world.alice, again(entry), NOW)
    assert again(entry).state == "in_review"


def test_whoever_changes_a_draft_becomes_its_author(world: World) -> None:
    entry = actions.create(world.alice, values(world), NOW)
    changed = actions.edit(world.bob, entry, values(world, answer="另一句"), NOW)
    actions.submit(world.bob, changed, NOW)
    with pytest.raises(Invalid):
        actions.publish(world.bob, again(entry), NOW)
    assert again(entry).author_id == world.bob.person_id


def test_editing_a_published_entry_makes_a_new_draft_and_leaves_the_old_in_force(world: World) -> None:
    entry = published(world)
    fresh = actions.edit(world.alice, entry, values(world, answer="改为全天接种。"), NOW)
    assert (fresh.version, fresh.state, fresh.line) == (2, "draft", entry.line)
    assert (again(entry).state, again(entry).answer) == ("published", ANSWER)


def test_the_new_version_replaces_the_old_one_when_it_is_published(world: World) -> None:
    entry = published(world)
    fresh = actions.edit(world.alice, entry, values(world, answer="改为全天接种。"), NOW)
    actions.submit(world.alice, fresh, NOW)
    actions.publish(world.bob, again(fresh), later(hours=1))
    assert (again(entry).state, again(fresh).state) == ("withdrawn", "published")


def test_one_entry_has_one_version_in_work(world: World) -> None:
    entry = published(world)
    actions.edit(world.alice, entry, values(world, answer="一"), NOW)
    with pytest.raises(Conflict):
        actions.edit(world.bob, entry, values(world, answer="二"), NOW)
    assert Entry.objects.count() == 2


def test_of_two_who_decide_at_once_the_second_is_told(world: World) -> None:
    entry = actions.create(world.alice, values(world), NOW)
    actions.submit(world.alice, entry, NOW)
    seen = again(entry)
    actions.return_draft(world.bob, again(entry), "来源过期", NOW)
    with pytest.raises(Conflict):
        actions.publish(world.diana, seen, NOW)
    assert (again(entry).state, again(entry).comment) == ("draft", "来源过期")


@pytest.mark.parametrize("verb", ["create", "submit", "publish", "withdraw", "switch"])
def test_another_department_may_do_nothing(world: World, verb: str) -> None:
    entry = actions.create(world.alice, values(world), NOW)
    calls = {
        "create": lambda: actions.create(world.charlie, values(world), NOW),
        "submit": lambda: actions.submit(world.charlie, entry, NOW),
        "publish": lambda: actions.publish(world.charlie, entry, NOW),
        "withdraw": lambda: actions.withdraw(world.charlie, entry, "x", NOW),
        "switch": lambda: actions.switch(world.charlie, world.health, "health", True, NOW),
    }
    with pytest.raises(Denied):
        calls[verb]()
    assert (Entry.objects.count(), Switch.objects.count()) == (1, 0)


def test_an_agent_may_neither_publish_nor_switch(world: World) -> None:
    agent = person("agent", world.health, Role.AGENT)
    entry = actions.create(world.alice, values(world), NOW)
    actions.submit(world.alice, entry, NOW)
    with pytest.raises(Denied):
        actions.publish(agent, again(entry), NOW)
    with pytest.raises(Denied):
        actions.switch(agent, world.health, "health", True, NOW)
    assert again(entry).state == "in_review"


def test_entries_above_serve_and_entries_beside_are_not_seen(world: World) -> None:
    published(world, world.diana, person("eve", world.root, Role.SUPERVISOR), department=world.root, question="城市热线是多少")
    published(world)
    assert {row.department for row in entries_for(world.charlie)} == {world.root}
    assert {row.department for row in entries_for(world.alice)} == {world.root, world.health}


def test_the_same_question_with_another_number_is_a_contradiction(world: World) -> None:
    one = published(world)
    other = published(world, question="想问流感疫苗在哪里接种呢", variants=[], answer=ANSWER.replace("8:30", "9:00"))
    rows = with_contradiction(Entry.objects.all(), DAY)
    assert {row.pk for row in rows if row.contradicted} == {one.pk, other.pk}


def test_another_question_or_the_same_answer_is_none(world: World) -> None:
    published(world)
    published(world, question="乙肝疫苗要打几针？", variants=[], answer="三针。")
    published(world, question="流感疫苗在哪里接种啊", variants=[])
    assert Contradiction.objects.count() == 0


def test_a_rival_that_expired_contradicts_nobody(world: World) -> None:
    one = published(world, valid_until=date(2026, 12, 1))
    other = published(world, question="想问流感疫苗在哪里接种呢", variants=[], answer="已停止接种。")
    assert with_contradiction(Entry.objects.all(), date(2026, 12, 2)).get(pk=other.pk).contradicted is False
    assert with_contradiction(Entry.objects.all(), DAY).get(pk=one.pk).contradicted is True


def test_withdrawing_one_of_two_ends_the_contradiction(world: World) -> None:
    one = published(world)
    other = published(world, question="想问流感疫苗在哪里接种呢", variants=[], answer="已停止接种。")
    actions.withdraw(world.bob, again(other), "重复", NOW)
    assert with_contradiction(Entry.objects.all(), DAY).get(pk=one.pk).contradicted is False


def test_every_change_of_what_is_answered_makes_a_new_edition(world: World) -> None:
    before = edition()
    entry = published(world)
    middle = edition()
    actions.withdraw(world.bob, entry, "过期", NOW)
    actions.switch(world.bob, world.health, "health", True, NOW)
    assert before < middle < edition() - 1


def test_each_verb_is_on_record(world: World) -> None:
    actions.withdraw(world.bob, published(world), "过期", NOW)
    actions.switch(world.bob, world.health, "health", True, NOW)
    said = set(Record.objects.filter(action__startswith="knowledge.").values_list("action", flat=True))
    assert said == {f"knowledge.{name}" for name in ("written", "submitted", "published", "withdrawn", "switched_on")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": " "},
        {"question": "问" * 201},
        {"answer": ""},
        {"subject": "nonsense"},
        {"topic": "transport.taxi"},
        {"source_name": ""},
        {"source_url": "javascript:alert(1)"},
        {"source_url": "http://[::1"},
        {"variants": ["问"] * 1 + [f"问{n}" for n in range(40)]},
        {"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 1)},
        {"valid_until": "31.12.2026"},
    ],
)
def test_what_is_missing_or_wrong_is_refused_in_words(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid, match=r"。$"):
        actions.create(world.alice, values(world, **wrong), NOW)
    assert Entry.objects.count() == 0


def test_signs_no_database_takes_are_dropped(world: World) -> None:
    entry = actions.create(world.alice, values(world, answer="一\x00二\ud800三"), NOW)
    assert again(entry).answer == "一二三"
