"""Fetching what citizens sent."""

from typing import Any

import pytest

from connectors.contract import MediaError
from connectors.weibo import connector
from policies.facts import Media, MediaKind
from tests.connectors.weibo.lending import FAN_TOKEN, account, tools
from tests.connectors.weibo.server import FakeWeibo

FILE = "/2/mss/msget"


def fetch(weibo: FakeWeibo, told: Any, kind: MediaKind = MediaKind.IMAGE, **fields: Any):
    weibo.routes[FILE] = told
    return connector.fetch(Media(kind, **(fields or {"ref": "821804469"})), account(weibo.url, fan_access_token=FAN_TOKEN), tools())


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"\xff\xd8\xff\xe0jpeg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n..", "image/png"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPxx", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVExx", "audio/wav"),
        (b"#!AMR\n..", "audio/amr"),
        (b"ID3....", "audio/mpeg"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"who knows", "application/octet-stream"),
    ],
)
def test_a_file_is_fetched_and_typed_by_looking_at_it(weibo, content, mime):
    found = fetch(weibo, (200, content))
    assert (found.content, found.mime) == (content, mime)
    assert weibo.fields(FILE) == [{"access_token": FAN_TOKEN, "fid": "821804469"}]


@pytest.mark.parametrize(
    ("told", "gone"),
    [
        ((200, b'{"error_code":20003,"error":"no file"}'), True),
        ((400, b'{"error_code":21327}'), False),
        ((404, b"<html>"), True),
        ((502, b"<html>"), False),
        ((200, b""), False),
        ((200, b"<html><script>"), False),
        ((200, b'{"odd":1}'), False),
        ((302, b""), False),
    ],
)
def test_what_is_no_file_is_an_error_that_says_whether_it_is_gone(weibo, told, gone):
    with pytest.raises(MediaError) as caught:
        fetch(weibo, told)
    assert caught.value.gone is gone and FAN_TOKEN not in repr(caught.value)


@pytest.mark.parametrize(
    "media", [{"ref": "../../etc"}, {"ref": "1&fid=2"}, {"ref": "x" * 200}, {"url": ""}, {"url": "file:///etc/passwd"}]
)
def test_a_forged_handle_is_never_asked_for(weibo, media):
    with pytest.raises(MediaError) as caught:
        fetch(weibo, (200, b"GIF89a"), **media)
    assert caught.value.gone and weibo.asked == []


def test_a_picture_on_a_private_address_is_not_fetched(weibo):
    with pytest.raises(MediaError) as caught:
        fetch(weibo, (200, b"GIF89a"), url="http://127.0.0.1:1/metadata")
    assert caught.value.gone and weibo.asked == []


def test_a_picture_on_the_accounts_own_origin_is_fetched_without_the_token(weibo):
    weibo.routes["/large/a.gif"] = (200, b"GIF89a")
    assert fetch(weibo, (404, b""), url=f"{weibo.url}/large/a.gif").mime == "image/gif"
    assert weibo.fields("/large/a.gif") == [{}]


def test_a_file_over_the_bound_is_given_up(weibo):
    with pytest.raises(MediaError) as caught:
        fetch(weibo, (200, b"x" * (20 * 1024 * 1024 + 1)))
    assert caught.value.gone


def test_a_place_is_nothing_to_download(weibo):
    with pytest.raises(MediaError):
        fetch(weibo, (200, b"x"), MediaKind.LOCATION, ref="1")
    assert weibo.asked == []
