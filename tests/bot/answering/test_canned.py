"""Ready-made texts: inherited, overridden, filled in; what nobody has set is seen and cannot be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering import canned
from bot.answering.actions import send
from bot.answering.checking import Doubt, check
from bot.answering.models import Canned
from bot.conflict import Denied
from bot.staff.actions import Invalid
from bot.tickets.models import Ticket
from policies.canned import BUILT_IN, fill, known, missing
from tests.bot.answering.conftest import GOOD
from tests.bot.conftest import NOW, World


def ready(world: World, ticket: Ticket) -> dict[str, canned.Ready]:
    return {row.title: row for row in canned.ready_for(world.alice, ticket, NOW)}


def test_a_text_above_serves_all_below_and_the_same_title_below_overrides(world: World, ticket: Ticket) -> None:
    canned.write(world.diana, world.root, "收到", "总部的话", 4, NOW)
    canned.write(world.diana, world.root, "办法", "总部的办法", 5, NOW)
    canned.write(world.alice, world.health, "收到", "卫健委的话", 6, NOW)
    assert {title: row.text for title, row in ready(world, ticket).items()} == {"收到": "卫健委的话", "办法": "总部的办法"}


def test_variables_of_the_ticket_and_the_department_are_filled_in(world: World, ticket: Ticket) -> None:
    canned.set_variable(world.diana, world.root, "联系电话", "12345", NOW)
    canned.set_variable(world.alice, world.health, "联系电话", "0731-82210000", NOW)
    canned.write(world.alice, world.health, "回", "{编号}由{部门}办理，{ query url }，电话{联系电话}。", 0, NOW)
    row = ready(world, ticket)["回"]
    assert all(words in row.text for words in (ticket.number, "卫健委", f"/q/{ticket.query_code}", "0731-82210000")) and row.lacks == ()


def test_a_variable_nobody_set_is_seen_and_refused(world: World, ticket: Ticket) -> None:
    canned.write(world.alice, world.health, "回", GOOD + "地址：{办公地址}。", 0, NOW)
    row = ready(world, ticket)["回"]
    assert row.lacks == ("办公地址",) and "{办公地址}" in row.text
    with pytest.raises(Doubt) as no:
        send(world.alice, ticket, row.text, NOW, accepted="")
    assert [one.code for one in no.value.findings] == ["blank"]


def test_a_key_inserts_one_text_only(world: World, ticket: Ticket) -> None:
    canned.write(world.alice, world.health, "甲", "一", 4, NOW)
    canned.write(world.alice, world.health, "乙", "二", 4, NOW)
    canned.write(world.diana, world.root, "丙", "三", 4, NOW)
    assert {row.title: row.key for row in ready(world, ticket).values()} == {"甲": 0, "乙": 4, "丙": 0}


@pytest.mark.parametrize(("title", "text", "key"), [("", "x", 0), ("x" * 61, "x", 0), ("x", " ", 0), ("x", "x", 3), ("x", "x", 10)])
def test_what_makes_no_text_is_refused(world: World, title: str, text: str, key: int) -> None:
    with pytest.raises(Invalid):
        canned.write(world.alice, world.health, title, text, key, NOW)


def test_only_who_has_the_right_writes_here(world: World) -> None:
    row = canned.write(world.alice, world.health, "甲", "一", 4, NOW)
    for act in (
        lambda: canned.write(world.charlie, world.health, "乙", "二", 0, NOW),
        lambda: canned.remove(world.charlie, row, NOW),
        lambda: canned.set_variable(world.charlie, world.health, "电话", "1", NOW),
    ):
        with pytest.raises(Denied):
            act()
    assert Canned.objects.count() == 1


@pytest.mark.parametrize("name", [*BUILT_IN, "ticket_number", "Query URL", "", "x" * 31])
def test_what_the_system_fills_in_cannot_be_set(world: World, name: str) -> None:
    with pytest.raises(Invalid):
        canned.set_variable(world.alice, world.health, name, "x", NOW)


def test_an_empty_value_takes_a_variable_away(world: World, ticket: Ticket) -> None:
    canned.set_variable(world.alice, world.health, "地址", "南湖路 1 号", NOW)
    canned.set_variable(world.alice, world.health, "地址", " ", NOW)
    assert canned.variables_of(world.health) == {}


def test_a_mobile_number_in_a_ready_made_text_is_public(world: World, ticket: Ticket) -> None:
    text = GOOD + "值班手机13800138000。"
    assert [one.code for one in check(ticket, text)] == ["personal"]
    canned.set_variable(world.alice, world.health, "值班手机", "13800138000", NOW)
    assert check(ticket, text) == ()


@given(st.dictionaries(st.sampled_from(list(BUILT_IN)), st.text(max_size=30)), st.text(max_size=100))
def test_what_is_filled_in_is_never_read_again(given_: dict[str, str], text: str) -> None:
    whole = "{编号}" + text + "{无此变量}"
    filled = fill(whole, given_)
    assert filled.startswith(given_.get("编号") or "{编号}") and filled.endswith("{无此变量}")


@given(st.text(max_size=200))
def test_a_text_without_variables_stays_as_it_is(text: str) -> None:
    assert missing(text) or fill(text, {"编号": "1"}) == text


def test_english_names_are_the_chinese_ones() -> None:
    assert known("Ticket Number") == "编号" and {known(name) for name in BUILT_IN.values()} == set(BUILT_IN)
