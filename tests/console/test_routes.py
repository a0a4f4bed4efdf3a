"""The page 部门分工: who is competent for what."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from bot.console import sheets
from bot.console.views.routes import COLUMNS
from bot.staff.actions import Invalid
from bot.staff.models import Department, Route
from policies.roles import Role
from tests.bot.conftest import World, person
from tests.console.town import client_of, opened


@pytest.fixture
def client(world: World):
    return client_of(person("boss", world.root, Role.ADMIN))


def upload(client, content: bytes, name: str = "routes.csv") -> str:
    return client.post("/routes/health/import", {"file": SimpleUploadedFile(name, content)}, follow=True).content.decode()


def test_a_route_is_set_shown_and_removed(world: World, client):
    client.post("/routes/health/", {"label": "transport.taxi", "competent": "water"})
    page = client.get("/routes/health/").content.decode()
    assert "交通运输 › 出租车与网约车" in page and "水务局" in page
    client.post("/routes/health/remove", {"label": "transport.taxi"})
    assert not Route.objects.exists()


def test_what_comes_from_above_says_from_where(world: World, client):
    client.post("/routes/root/", {"label": "transport", "competent": "water"})
    page = client.get("/routes/health/").content.decode()
    assert "沿用上级的分工" in page and "总部" in page


def test_a_wrong_choice_is_refused_on_the_page(world: World, client):
    assert client.post("/routes/health/", {"label": "nothing", "competent": "water"}).status_code == 422
    Department.objects.filter(pk=world.water.pk).update(is_active=False)
    assert client.post("/routes/health/", {"label": "transport", "competent": "water"}).status_code == 422
    assert not Route.objects.exists()


def test_a_csv_is_taken_in_and_bad_rows_are_named(world: World, client):
    page = upload(client, "主题,主管部门\n教育文体,water\n天气,water\n".encode())
    assert "已导入 1 行" in page and "第 3 行：没有主题“天气”" in page
    assert Route.objects.get().label == "education"


def test_what_is_exported_can_be_taken_in_again(world: World, client):
    Route.objects.create(department=world.health, label="transport", competent=world.water)
    content = client.get("/routes/health/export.xlsx").content
    Route.objects.all().delete()
    assert "已导入 1 行" in upload(client, content, "routes.xlsx")
    assert Route.objects.get().competent == world.water


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 not a sheet", b"\xff\xfe\x00", "别的,列\n1,2".encode(), b"x" * (sheets.MOST_BYTES + 1)], ids=range(5)
)
def test_a_file_that_is_none_changes_nothing(world: World, client, content: bytes):
    with pytest.raises(Invalid):
        sheets.read(content, COLUMNS)
    upload(client, content)
    assert not Route.objects.exists()


def test_a_name_that_looks_like_a_formula_stays_a_name(world: World):
    book = load_workbook(io.BytesIO(sheets.write("t", ("a",), [("=1+1",)])))
    assert book.active is not None and book.active["A2"].data_type == "s"


def test_a_department_without_the_right_does_not_see_it(world: World):
    assert client_of(world.charlie).get("/routes/health/").status_code == 404
    assert client_of(world.charlie).get("/routes/").status_code == 403


def test_the_ticket_page_names_the_competent_department_and_offers_it(world: World):
    ticket = opened(world)
    Route.objects.create(department=world.health, label="transport", competent=world.water)
    page = client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()
    assert "按部门分工，交通运输由水务局主管" in page
    assert '<option value="water" selected>' in page


def test_a_ticket_that_lies_right_suggests_nothing(world: World):
    ticket = opened(world)
    Route.objects.create(department=world.health, label="labour", competent=world.water)
    assert "按部门分工" not in client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()
