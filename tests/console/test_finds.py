"""The chips under a citizen's message: what it names, once each, in words; personal numbers only for those who answer."""

from bot.console.finds import SHOWN, finds
from bot.tickets.models import Message
from nlu.entities import find
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import client_of, opened

SAID = "昨晚10点桐梓坡路烧烤店油烟扰民，车牌湘A12345，我电话13800138000，身份证11010519491231002X，请城管局处理"


def page_of(world: World, role: Role, text: str = SAID) -> str:
    ticket = opened(world, text)
    return client_of(person(f"somebody-{role}", world.health, role)).get(f"/tickets/{ticket.number}").content.decode()


def test_who_answers_sees_what_the_message_names_with_its_kind(world: World):
    page = page_of(world, Role.AGENT)
    for kind, value in (("地点", "桐梓坡路"), ("时间", "昨晚10点"), ("车牌", "湘A12345"), ("部门", "城管局")):
        assert f'{kind}<span class="sr">：</span></span> <span dir="auto">{value}</span>' in page


def test_who_answers_can_dial_the_number(world: World):
    assert '<a href="tel:13800138000">13800138000</a>' in page_of(world, Role.AGENT)


def test_who_only_looks_on_reads_no_personal_number_in_chips_or_text(world: World):
    page = page_of(world, Role.REVIEWER)
    assert "138****8000" in page and "桐梓坡路" in page
    assert "13800138000" not in page and "11010519491231002X" not in page


def test_a_local_number_is_hidden_in_its_chip_too(world: World):
    page = page_of(world, Role.REVIEWER, "座机88123456没人接")
    assert "88123456" not in page and "88****56" in page


def test_the_same_is_shown_once_and_the_rest_on_demand():
    text = "，".join(f"青石{number}路" for number in "一二三四五六七八九十甲乙") + "，青石一路"
    shown = finds(Message(text=text, entities=list(find(text))), numbers=True)
    assert len(shown.first) == SHOWN and len({one.value for one in (*shown.first, *shown.more)}) == len((*shown.first, *shown.more))


def test_rows_of_an_earlier_version_or_a_broken_import_do_no_harm():
    for rows in (None, {}, "x", [1, {}, {"entity": 3, "value": "x"}, {"entity": "place", "value": " "}]):
        assert finds(Message(text="x", entities=rows), numbers=True).first == ()


def test_a_foreign_number_keeps_its_plus_for_dialling():
    rows = [{"entity": "phone", "value": "+86 １38 0013 8000", "start": 0, "end": 17}]
    assert finds(Message(text="x", entities=rows), numbers=True).first[0].dial == "+8613800138000"
