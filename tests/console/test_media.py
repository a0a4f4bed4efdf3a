"""Attachments: shown only to those who may, only where they lie, and never able to act."""

from pathlib import Path

import pytest

from bot import clock
from bot.tickets.models import Attachment
from tests.bot.conftest import World
from tests.console.town import client_of, dismissed, opened


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a").write_bytes(b"0123456789")
    (tmp_path / "secret_key").write_text("secret")
    return tmp_path


def stored(world: World, mime: str = "image/png", path: str = "a", name: str = "") -> Attachment:
    message = opened(world).messages.get()
    return Attachment.objects.create(message=message, position=0, state="stored", mime=mime, path=path, name=name, next_at=clock.now())


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "audio/mpeg", "video/mp4"])
def test_pictures_sounds_and_films_are_shown_in_a_sandbox(world: World, folder: Path, mime: str):
    answer = client_of(world.alice).get(f"/media/{stored(world, mime).pk}")
    assert body(answer) == b"0123456789" and answer["Content-Type"] == mime
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/pdf", "text/xml", "application/javascript", ""])
def test_anything_else_is_only_a_download(world: World, folder: Path, mime: str):
    answer = client_of(world.alice).get(f"/media/{stored(world, mime, name='报告.html').pk}")
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("path", ["../secret_key", "/etc/passwd", "", ".", "nothing"])
def test_nothing_outside_the_folder_is_served(world: World, folder: Path, path: str):
    assert client_of(world.alice).get(f"/media/{stored(world, path=path).pk}").status_code == 404


def test_a_name_cannot_break_the_header(world: World, folder: Path):
    answer = client_of(world.alice).get(f"/media/{stored(world, 'text/html', name='a"; x=y\r\nSet-Cookie: b').pk}")
    assert answer.status_code == 200 and "Set-Cookie" not in answer and "\n" not in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=8-", 206, b"89"),
        ("bytes=20-", 416, b""),
        ("bytes=0-99", 206, b"0123456789"),
        ("x", 200, b"0123456789"),
    ],
)
def test_players_may_ask_for_a_part(world: World, folder: Path, asked: str, status: int, content: bytes):
    answer = client_of(world.alice).get(f"/media/{stored(world, 'video/mp4').pk}", headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (status, content)


def test_an_attachment_of_a_dismissed_message_belongs_to_its_account(world: World, folder: Path):
    message = dismissed(world)
    row = Attachment.objects.create(message=message, position=0, state="stored", mime="image/png", path="a", next_at=clock.now())
    assert client_of(world.alice).get(f"/media/{row.pk}").status_code == 200
    assert client_of(world.charlie).get(f"/media/{row.pk}").status_code == 404


def test_after_a_transfer_the_new_department_sees_it_and_the_old_one_does_not(world: World, folder: Path):
    row = stored(world)
    ticket = row.message.ticket
    ticket.department = world.water
    ticket.save()
    assert client_of(world.charlie).get(f"/media/{row.pk}").status_code == 200
    assert client_of(world.alice).get(f"/media/{row.pk}").status_code == 404
