"""我的工作, 本部门, the pictures, and the page for everybody."""

import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from openpyxl import load_workbook

from bot import clock
from bot.answering.models import Draft, Review
from bot.console import charts
from bot.console.citizen import _limiter
from bot.console.ownwork import reviews
from bot.staff.actions import create_department
from bot.supervision.models import Kept
from bot.supervision.openness import set_open
from bot.tickets.actions import ask_refusal, claim
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.bot.supervision.test_figures import asked
from tests.console.town import answered, client_of, opened


@pytest.fixture(autouse=True)
def calm() -> None:
    cache.clear()
    _limiter().storage.reset()


def owned(world: World, text: str, hours: float, **fields: object):
    return opened(world, text, hours=hours, owner_id=world.alice.person_id, state="claimed", **fields)


def text_of(page: bytes) -> str:
    return re.sub(r"<[^>]+>", " ", page.decode())


def test_my_work_is_mine_in_the_order_of_the_effective_deadline(world: World):
    for text, hours in (("后天的", 48), ("快到了", 2), ("已过期", -1)):
        owned(world, text, hours)
    opened(world, "别人的", owner_id=world.bob.person_id, state="claimed")
    page = client_of(world.alice).get("/work/").content.decode()
    places = [page.index(text) for text in ("已过期", "快到了", "后天的")]
    assert places == sorted(places) and "别人的" not in page


def test_a_proposed_refusal_waits_for_another_persons_signature_and_not_the_proposers(world: World):
    ticket = opened(world, "请拒绝我")
    claim(world.bob, ticket, clock.now())
    ask_refusal(world.bob, ticket, "其他", "理由", clock.now())
    pages = [client_of(actor).get("/work/").content.decode() for actor in (world.alice, world.bob, world.charlie)]
    assert ["待我复核的不予受理" in page for page in pages] == [True, False, False]


def test_a_colleagues_reply_waits_for_my_review_and_my_own_does_not(world: World):
    for author, text in ((world.bob, "鲍勃的单"), (world.alice, "爱丽丝的单")):
        ticket = opened(world, text, state="drafted")
        Review.objects.create(ticket=ticket, author_id=author.person_id, department=world.health, text="好", seen="", asked_at=clock.now())
    found = [[row.first_line for row in reviews(actor)] for actor in (world.alice, world.bob, world.charlie, world.diana)]
    assert found == [["鲍勃的单"], ["爱丽丝的单"], [], ["鲍勃的单", "爱丽丝的单"]]
    assert "待我审核的答复" in client_of(world.alice).get("/work/").content.decode()


def test_what_i_have_begun_to_write_is_listed_until_the_ticket_ends(world: World):
    ticket = opened(world, "写到一半的单")
    Draft.objects.create(ticket=ticket, person_id=world.alice.person_id, text="您好", updated_at=clock.now())
    begun = "写到一半的单" in client_of(world.alice).get("/work/").content.decode()
    ticket.state = "closed"
    ticket.save()
    assert begun and "写到一半的单" not in client_of(world.alice).get("/work/").content.decode()


def test_my_answers_that_have_not_arrived_are_listed(world: World):
    ticket = owned(world, "问", 5)
    sent = answered(ticket, "等您再来", "held")
    sent.person_id = world.alice.person_id
    sent.save()
    assert "等您再来" in client_of(world.alice).get("/work/").content.decode()
    assert "等您再来" not in client_of(world.bob).get("/work/").content.decode()


def test_nothing_to_do_says_where_to_go_on(world: World):
    assert "手上没有待办" in client_of(world.alice).get("/work/").content.decode()


def test_the_department_counts_what_waits_what_is_overdue_and_what_did_not_arrive(world: World):
    opened(world, "等", hours=100), opened(world, "过", hours=-1)
    answered(owned(world, "问", 100), "a", "held"), answered(owned(world, "问", 100), "b", "unknown")
    page = text_of(client_of(world.alice).get("/work/department/").content)
    found = {word: int(n) for word, n in re.findall(r"(已超期|等待受理|已答复，待市民再来|答复没有送达)\s+(\d+)", page)}
    assert found == {"已超期": 1, "等待受理": 2, "已答复，待市民再来": 1, "答复没有送达": 1}


def test_workload_stands_in_the_order_of_names_and_cannot_be_sorted(world: World):
    for _ in range(3):
        owned(world, "多", 100)
    page = client_of(world.alice).get("/work/department/?order=-open").content.decode()
    assert page.index("<td>Alice</td>") < page.index("<td>Bob</td>") and "不作排名或考核" in page


def test_anothers_department_is_not_shown(world: World):
    for address in ("/work/department/", "/work/charts/", "/work/department/export.xlsx", "/work/charts/days.xlsx"):
        answers = [client_of(world.alice).get(address, {"department": code}) for code in ("water", "\x00", "x" * 5000)]
        assert [answer.status_code for answer in answers[::2]] == [404, 404] and answers[1].status_code == 200


def test_the_pictures_say_in_words_and_in_a_table_what_they_show(world: World):
    for hours in (1, 5, 30):
        asked(world, clock.now() - timedelta(hours=40), answer=hours)
    page = client_of(world.alice).get("/work/charts/").content.decode()
    assert page.count('role="img"') == 3 and page.count("看表格") == 3
    assert "共收到 3 件，答复 3 件。" in page and "一半的答复不超过 5 小时" in page and 'style="' not in page


def test_without_a_single_request_there_are_pictures_all_the_same(world: World):
    page = client_of(world.alice).get("/work/charts/").content.decode()
    assert "还没有答复" in page and "共收到 0 件" in page


@pytest.mark.parametrize("name", ["days", "times", "hours"])
def test_each_picture_is_exported(world: World, name: str):
    asked(world, clock.now() - timedelta(hours=1))
    content = client_of(world.alice).get(f"/work/charts/{name}.xlsx").content
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.max_row == {"days": 31, "times": 11, "hours": 8}[name]


def test_a_picture_there_is_not_is_not_exported(world: World):
    assert client_of(world.alice).get("/work/charts/nonsense.xlsx").status_code == 404


def test_what_a_citizen_wrote_is_no_formula_in_the_export(world: World):
    owned(world, '=cmd|" /C calc"!A0', 3)
    sheet = load_workbook(io.BytesIO(client_of(world.alice).get("/work/export.xlsx").content)).worksheets[0]
    cell = list(sheet.iter_rows())[1][1]
    assert (cell.value[:4], cell.data_type) == ("=cmd", "s")


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 1), (1, 1), (3, 3), (4, 4), (5, 8), (9, 20), (17, 20), (21, 40), (900, 2000), (10**9, 2 * 10**9)]
)
def test_an_axis_ends_at_a_round_number_not_below_the_largest(largest: int, top: int):
    assert charts.scale(largest) == top


def test_no_bar_leaves_the_picture():
    made = charts.bars(["a", "b"], [[0, 7], [3, 5]], ["x", "y"])
    assert all(0 <= bar.x <= made.width and bar.y >= 0 and bar.y + bar.height <= made.height for bar in made.bars)


@pytest.mark.parametrize(("value", "most", "shade"), [(0, 0, 0), (0, 9, 0), (1, 100, 1), (50, 100, 3), (100, 100, 5)])
def test_the_shade_follows_the_busiest_hour(value: int, most: int, shade: int):
    assert charts.shade(value, most) == shade


def test_everybody_reads_a_departments_figures_and_nobodys_name(world: World, client):
    for place in range(12):
        asked(world, clock.now() - timedelta(hours=20), answer=1 + place, owner_id=world.alice.person_id)
    page = client.get("/open/health/").content.decode()
    assert "卫健委" in page and "6 小时" in page and "Alice" not in page and "市民甲" not in page


def test_a_page_switched_off_is_as_if_it_had_never_been(world: World, client):
    set_open(person("admin", world.root, Role.ADMIN), world.health, False, clock.now())
    answers = [client.get(f"/open/{code}/") for code in ("health", "nowhere")]
    assert [answer.status_code for answer in answers] == [404, 404] and text_of(answers[0].content) == text_of(answers[1].content)


def test_an_administrator_switches_it_on_the_page_of_departments(world: World, client):
    admin = client_of(person("admin", world.root, Role.ADMIN))
    admin.post("/departments/health/statistics", {"page": "off"})
    closed = client.get("/open/health/").status_code
    admin.post("/departments/health/statistics", {"page": "above"})
    assert (closed, client.get("/open/health/").status_code) == (404, 200)


def test_departments_below_are_linked_unless_closed(world: World, client):
    create_department("test", "clinic", "卫生院", world.health, clock.now())
    page = client.get("/open/root/").content.decode()
    assert '/open/health/"' in page and '/open/water/"' in page and "/open/clinic/" not in page


def test_whoever_looks_too_often_waits_a_minute(world: World, client):
    answers = [client.get("/open/health/") for _ in range(61)]
    assert [answers[59].status_code, answers[60].status_code, answers[60]["Retry-After"]] == [200, 429, "60"]


def test_a_storm_of_readers_costs_one_count(world: World, client, django_assert_max_num_queries):
    client.get("/open/health/")
    with django_assert_max_num_queries(6):
        client.get("/open/health/")
    assert Kept.objects.count() == 1
