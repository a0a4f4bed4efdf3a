"""The page 平衡: sums, days, every message of a day with its place, and what is done about one that has none."""

import io

import pytest
from django.db import connection
from openpyxl import load_workbook

from bot.audit.models import Entry
from bot.inbox.models import Inbound
from bot.supervision.models import AccountDay
from bot.supervision.watching import look
from bot.tickets.models import Message, Ticket
from policies.roles import Role
from tests.bot.conftest import NOW, World, later, person
from tests.bot.supervision.test_watching import DAY, heard, lose
from tests.console.town import client_of

ADDRESS = f"/balance/tg1/{DAY}"


def test_the_table_shows_each_accounts_day_and_the_sum(world: World):
    heard(world), heard(world, "thanks|谢谢", citizen="43")
    look(NOW)
    page = client_of(world.alice).get("/balance/").content.decode()
    assert f'href="{ADDRESS}"' in page and "健康某市" in page and "✓ 0" in page


def test_a_difference_stands_at_the_top_and_in_the_badge(world: World):
    lose(heard(world))
    look(NOW)
    client = client_of(world.alice)
    assert "有差额，请立即核查" in client.get("/balance/").content.decode()
    assert "1 天收支不平" in client.get("/balance").content.decode()


def test_a_day_shows_the_lost_message_with_what_is_known_of_it(world: World):
    lost = heard(world)
    lose(lost)
    page = client_of(world.alice).get(ADDRESS).content.decode()
    assert "去向不明" in page and "疫苗几点打" in page and Ticket.objects.get().number in page and lost.dedup_key in page


def test_the_button_has_it_read_again(world: World):
    lost = heard(world)
    lose(lost)
    answer = client_of(world.alice).post(f"{ADDRESS}/read-again", {"message": lost.pk}, follow=True)
    assert Inbound.objects.get().state == "stored" and "已重新读取" in answer.content.decode()
    assert Entry.objects.get(action="balance.read_again").actor == "alice"


def test_who_only_answers_sees_the_page_but_mends_nothing(world: World):
    lost, client = heard(world), client_of(person("plain", world.health, Role.AGENT))
    lose(lost)
    page = client.get(ADDRESS).content.decode()
    assert "去向不明" in page and 'name="message"' not in page
    assert client.post(f"{ADDRESS}/read-again", {"message": lost.pk}).status_code == 403


def test_a_message_that_went_to_another_department_is_counted_but_not_read_here(world: World):
    heard(world)
    Ticket.objects.update(department=world.water)
    page = client_of(world.alice).get(ADDRESS).content.decode()
    assert "已转其他部门办理" in page and "疫苗" not in page and Ticket.objects.get().number not in page


@pytest.mark.parametrize(("place", "shown"), [("open", True), ("dismissed", False), ("lost", False), ("nonsense", True)])
def test_a_day_is_narrowed_to_one_place(world: World, place: str, shown: bool):
    heard(world)
    page = client_of(world.alice).get(ADDRESS, {"place": place}).content.decode()
    assert ("疫苗几点打" in page) is shown


def test_vanished_messages_are_explained_on_the_page(world: World):
    gone, client = heard(world), client_of(world.alice)
    look(NOW)
    lose(gone), gone.delete()
    assert "有 1 条曾经存下的消息已不在库中" in client.get(ADDRESS).content.decode()
    client.post(f"{ADDRESS}/explain", {"words": "误删，已核实"})
    look(later(minutes=1))
    assert AccountDay.objects.get().difference == 0


def test_the_export_holds_the_table_and_a_formula_stays_text(world: World):
    world.account.name = '=HYPERLINK("http://x.example","y")'
    world.account.save()
    heard(world)
    look(NOW)
    sheet = load_workbook(io.BytesIO(client_of(world.alice).get("/balance/export.xlsx").content)).worksheets[0]
    row = list(list(sheet.iter_rows())[1])
    assert (row[0].value, row[1].value, row[1].data_type, row[3].value) == (str(DAY), world.account.name, "s", "1")


@pytest.mark.parametrize("path", ["tg1/2026-13-45", "tg1/nonsense", "nobody/2026-11-20", "tg1/0001-01-01", "tg1/9999-12-31"])
def test_a_day_that_cannot_be_is_not_found(world: World, path: str):
    assert client_of(world.alice).get(f"/balance/{path}").status_code == 404


@pytest.mark.parametrize(
    "query", ["after=x", "after=2026-11-20~tg1", "after=2026-11-20~%00", "since=x&until=2026-99-99", "account=%00", "differing=1"]
)
def test_hostile_narrowing_is_survived(world: World, query: str):
    heard(world)
    look(NOW)
    assert client_of(world.alice).get(f"/balance/?{query}").status_code == 200


def test_the_next_page_goes_on_where_the_first_ended(world: World):
    for day in range(3):
        heard(world, days=-day, citizen=f"c{day}")
    look(NOW)
    page = client_of(world.alice).get("/balance/", {"after": f"{DAY}~tg1"}).content.decode()
    assert f'"{ADDRESS}"' not in page and page.count("/balance/tg1/") == 2


def test_a_message_whose_ticket_is_gone_is_lost_and_goes_on_the_list(world: World):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL lets no ticket go while a message names it")
    event = heard(world)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_message SET ticket_id = 999 WHERE inbound_id IS NOT NULL")
        assert "去向不明" in client_of(world.alice).get(ADDRESS).content.decode()
        client_of(world.alice).post(f"{ADDRESS}/read-again", {"message": event.pk})
        cursor.execute("UPDATE tickets_message SET ticket_id = NULL WHERE ticket_id = 999")
    assert Message.objects.get(inbound=event).ticket_id is None and Inbound.objects.get().state == "handled"
