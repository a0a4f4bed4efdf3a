"""Attachments: bounded, typed by their bytes, and never from a path the server made up."""

from typing import Any

import pytest

from connectors.contract import MediaError, Tools
from connectors.telegram import connector
from connectors.telegram.media import sniff
from policies.facts import AccountFacts, Media, MediaKind
from tests.connectors.telegram.conftest import SECRET, TOKEN, account_at
from tests.connectors.telegram.fake import FakeTelegram

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
PICTURE = Media(MediaKind.IMAGE, ref="PHOTOlarge")


def refused(media: Media, account: AccountFacts, tools: Tools) -> MediaError:
    with pytest.raises(MediaError) as caught:
        connector.fetch(media, account, tools)
    assert TOKEN not in str(caught.value) and SECRET not in str(caught.value)
    return caught.value


def offer(server: FakeTelegram, path: object, content: bytes = PNG, size: object = None) -> None:
    server.results["getFile"] = {"file_id": "x", "file_unique_id": "y", "file_path": path, "file_size": size}
    if isinstance(path, str):
        server.files[path] = content


def test_a_file_is_downloaded_and_typed_by_its_bytes(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "photos/file_1.jpg", size=len(PNG))
    found = connector.fetch(PICTURE, account, tools)
    assert (found.content, found.mime, found.name) == (PNG, "image/png", "file_1.jpg")
    assert server.calls == [("getFile", {"file_id": "PHOTOlarge"})]


def test_a_file_that_looks_like_an_error_envelope_is_still_a_file(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "documents/a.json", b'{"ok":false,"error_code":401}')
    assert connector.fetch(PICTURE, account, tools).content == b'{"ok":false,"error_code":401}'


PATHS: list[object] = [
    "/etc/passwd", "../x", "a/../../x", "a/..", "./a", "a//b", "http://127.0.0.1:1/x", "//host/x", "a?b=c", "a#b", "a%2e%2e/b",
    "a\\b", "a\nb", "", None, 5, [], "x" * 400, "路灯.jpg", "a/./b",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_a_path_the_server_made_up_is_not_followed(path: object, server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, path)
    assert refused(PICTURE, account, tools).gone is False


def test_a_file_over_the_limit_is_refused_before_the_call(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    assert refused(Media(MediaKind.VIDEO, ref="x", size=20_000_001), account, tools).gone
    assert server.calls == []


def test_a_file_stated_over_the_limit_is_not_downloaded(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "a", size=30_000_000)
    assert refused(PICTURE, account, tools).gone


def test_a_file_larger_than_stated_is_cut_off(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "a", b"\0" * 20_000_001, size=10)
    assert refused(PICTURE, account, tools).gone


def test_a_file_shorter_than_stated_may_be_tried_again(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "a", size=1000)
    assert not refused(PICTURE, account, tools).gone


FAULTS: list[tuple[dict[str, Any], bool]] = [
    ({"status": 400, "description": "Bad Request: wrong file_id or the file is temporarily unavailable"}, True),
    ({"status": 400, "description": "Bad Request: file is too big"}, True),
    ({"status": 401, "description": "Unauthorized"}, False),
    ({"status": 500, "description": "x"}, False),
    ({"body": b"garbage"}, False),
    ({"drop": True}, False),
]


@pytest.mark.parametrize(("fault", "gone"), FAULTS, ids=range(len(FAULTS)))
def test_a_failed_get_file_says_whether_to_try_again(
    fault: dict[str, Any], gone: bool, server: FakeTelegram, account: AccountFacts, tools: Tools
) -> None:
    server.fail("getFile", **fault)
    assert refused(PICTURE, account, tools).gone is gone


def test_a_file_that_is_no_longer_there_is_an_error(server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "a")
    server.files.clear()
    assert str(refused(PICTURE, account, tools))


def test_a_place_or_a_contact_is_not_a_file(account: AccountFacts, tools: Tools) -> None:
    assert refused(Media(MediaKind.LOCATION, latitude=1.0, longitude=2.0), account, tools).gone


def test_an_unusable_account_is_a_media_error(server: FakeTelegram, tools: Tools) -> None:
    assert str(refused(PICTURE, account_at(server.origin, bot_token=""), tools))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../申请 表.pdf", "申请 表.pdf"), (".bashrc", "bashrc"), ('a"\r\nx: y.pdf', "a_x_ y.pdf"), ("C:\\x\\y.doc", "y.doc")],
)
def test_a_file_name_is_made_safe(name: str, shown: str, server: FakeTelegram, account: AccountFacts, tools: Tools) -> None:
    offer(server, "documents/file_2.pdf")
    assert connector.fetch(Media(MediaKind.FILE, ref="x", name=name), account, tools).name == shown


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"RIFF\0\0\0\0WEBP", "image/webp"), (b"OggS", "audio/ogg"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"), (b"<html>", "application/octet-stream"), (b"<svg>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_type_is_found_by_the_first_bytes(content: bytes, mime: str) -> None:
    assert sniff(content) == mime
