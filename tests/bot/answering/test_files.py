"""Files with a reply: checked, sent as a link to the query page, there for whoever has the code and for nobody else."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bot.answering import files, reviews
from bot.answering.actions import approve, send, withdraw
from bot.answering.models import Review, Sending, Upload
from bot.conflict import Conflict, Denied
from bot.outbox.models import Delivery
from bot.staff.actions import Invalid
from bot.tickets.models import Ticket
from policies.answering import FILE_BYTES
from tests.bot.answering.conftest import GOOD
from tests.bot.conftest import NOW, World, later
from tests.console.town import client_of

PDF = b"%PDF-1.7 map"


@pytest.fixture(autouse=True)
def data(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.DATA = tmp_path


def with_file(world: World, ticket: Ticket) -> tuple[Upload, Sending]:
    """A reply that has left with a file."""
    row = files.add(world.alice, ticket, "路线图.pdf", PDF, NOW)
    sent = send(world.alice, ticket, GOOD, NOW, at_once=True)
    assert isinstance(sent, Sending)
    return row, sent


def test_a_file_goes_as_a_link_to_the_query_page(world: World, ticket: Ticket) -> None:
    with_file(world, ticket)
    assert Delivery.objects.get().text == f"{GOOD}\n\n附件（1）：{settings.PUBLIC_URL}/q/{ticket.query_code}"


def test_the_citizen_fetches_it_with_the_code(world: World, ticket: Ticket, client: Client) -> None:
    row, _ = with_file(world, ticket)
    assert "路线图.pdf" in client.get(f"/q/{ticket.query_code}").content.decode()
    found = client.get(f"/q/{ticket.query_code}/files/{row.pk}")
    assert b"".join(found.streaming_content) == PDF and "attachment" in found["Content-Disposition"]  # type: ignore[attr-defined]


def test_nobody_fetches_it_by_another_code_or_before_it_left(world: World, ticket: Ticket, client: Client) -> None:
    row = files.add(world.alice, ticket, "路线图.pdf", PDF, NOW)
    assert client.get(f"/q/{ticket.query_code}/files/{row.pk}").status_code == 404
    send(world.alice, ticket, GOOD, NOW, at_once=True)
    assert client.get(f"/q/ABCD-EFGH-JKLM-NPQR/files/{row.pk}").status_code == 404


def test_taken_back_files_wait_for_the_next_reply(world: World, ticket: Ticket) -> None:
    files.add(world.alice, ticket, "路线图.pdf", PDF, NOW)
    send(world.alice, ticket, GOOD, NOW)
    withdraw(world.alice, ticket, later(seconds=3))
    assert [row.name for row in files.pending(world.alice.person_id, ticket)] == ["路线图.pdf"]
    assert Sending.objects.get().text == GOOD


def test_files_wait_with_the_reply_for_the_second_person(world: World, ticket: Ticket) -> None:
    reviews.switch(world.alice, world.health, "transport", True, NOW)
    files.add(world.alice, ticket, "路线图.pdf", PDF, NOW)
    row = send(world.alice, ticket, GOOD, NOW)
    assert isinstance(row, Review) and approve(world.bob, row, NOW)
    assert "附件（1）" in Delivery.objects.get().text and Upload.objects.get().message is not None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b""),
        ("a.pdf", b"MZ not a pdf"),
        ("a.exe", b"MZ"),
        ("a.svg", b"<svg onload=alert(1)>"),
        ("", PDF),
        ("pdf", PDF),
        ("张三13800138000.pdf", PDF),
        ("a.pdf", b"%PDF" + b"x" * FILE_BYTES),
    ],
)
def test_what_may_not_go_is_refused(world: World, ticket: Ticket, name: str, content: bytes) -> None:
    with pytest.raises(Invalid):
        files.add(world.alice, ticket, name, content, NOW)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "C:\\x\\路线.pdf", "长" * 300 + ".pdf", "a\x00\u202e.pdf"])
def test_a_name_is_only_a_name(world: World, ticket: Ticket, name: str) -> None:
    row = files.add(world.alice, ticket, name, PDF, NOW)
    assert row.name.endswith(".pdf") and len(row.name) <= 120 and row.name.isprintable() and not set(row.name) & set("/\\")


def test_five_files_and_no_more(world: World, ticket: Ticket) -> None:
    for number in range(5):
        files.add(world.alice, ticket, f"{number}.pdf", PDF, NOW)
    with pytest.raises(Invalid, match="5"):
        files.add(world.alice, ticket, "6.pdf", PDF, NOW)


def test_only_its_writer_takes_a_file_away_and_only_before_it_left(world: World, ticket: Ticket) -> None:
    row = files.add(world.alice, ticket, "路线图.pdf", PDF, NOW)
    with pytest.raises(Conflict):
        files.remove(world.bob, row, NOW)
    with pytest.raises(Denied):
        files.remove(world.charlie, row, NOW)
    send(world.alice, ticket, GOOD, NOW)
    with pytest.raises(Conflict):
        files.remove(world.alice, row, NOW)


def test_files_are_added_read_and_taken_away_on_the_page(world: World, ticket: Ticket) -> None:
    client, address = client_of(world.alice), f"/tickets/{ticket.number}/files"
    page = client.post(address, {"file": SimpleUploadedFile("路线图.pdf", PDF)}, headers={"HX-Request": "true"})
    row = Upload.objects.get()
    assert "路线图.pdf" in page.content.decode() and client.get(f"{address}/{row.pk}").status_code == 200
    assert client.post(address, {"file": SimpleUploadedFile("a.exe", b"MZ")}, headers={"HX-Request": "true"}).status_code == 422
    assert client.post(f"{address}/{row.pk}/remove", headers={"HX-Request": "true"}).status_code == 200 and not Upload.objects.exists()
