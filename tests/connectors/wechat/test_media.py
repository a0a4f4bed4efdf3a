"""Attachments: by id, by address, bounded, guarded, and typed by their own bytes."""

import pytest

from connectors.contract import MediaError
from connectors.wechat import connector
from connectors.wechat.limits import table
from connectors.wechat.media import mime_of
from policies.facts import Media, MediaKind
from tests.connectors.wechat.house import Platform, Say, account, tools

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 100
AMR = b"#!AMR\n" + b"a" * 100
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"m" * 100


def fetch(platform: Platform, kind: MediaKind = MediaKind.IMAGE, ref: str = "m1", url: str = ""):
    return connector.fetch(Media(kind, ref, url), account(base_url=platform.url), tools())


def failure(platform: Platform, kind: MediaKind = MediaKind.IMAGE, ref: str = "m1", url: str = "") -> MediaError:
    with pytest.raises(MediaError) as refusal:
        fetch(platform, kind, ref, url)
    return refusal.value


@pytest.mark.parametrize(
    ("kind", "content", "mime", "name"),
    [
        (MediaKind.IMAGE, JPEG, "image/jpeg", "image.jpg"),
        (MediaKind.VOICE, AMR, "audio/amr", "voice.amr"),
        (MediaKind.VIDEO, MP4, "video/mp4", "video.mp4"),
        (MediaKind.VOICE, b"\x02#!SILK_V3aaaa", "audio/silk", "voice.silk"),
        (MediaKind.IMAGE, b"<html><script>", "application/octet-stream", "image.bin"),
        (MediaKind.IMAGE, MP4, "application/octet-stream", "image.bin"),
        (MediaKind.VOICE, b"{not json", "application/octet-stream", "voice.bin"),
    ],
)
def test_an_attachment_comes_by_its_id_with_the_type_its_bytes_show(platform, kind, content, mime, name):
    platform.says("/cgi-bin/media/get", Say(content, headers={"Content-Type": "image/svg+xml"}))
    found = fetch(platform, kind)
    assert (found.content, found.mime, found.name) == (content, mime, name)
    assert platform.calls[-1].query == {"access_token": "canarytoken-1", "media_id": "m1"}


def test_a_video_answered_with_an_address_is_fetched_from_there(platform):
    platform.says("/cgi-bin/media/get", {"video_url": platform.url + "/v.mp4"})
    platform.says("/v.mp4", MP4)
    assert fetch(platform, MediaKind.VIDEO).content == MP4
    assert platform.calls[-1].query == {}


@pytest.mark.parametrize("code", [40007, 48001])
def test_a_picture_is_fetched_by_its_address_when_its_id_is_of_no_use(platform, code):
    who = account(base_url=platform.url, kind="subscription")
    platform.says("/cgi-bin/media/get", {"errcode": code})
    platform.says("/p.jpg", JPEG)
    assert connector.fetch(Media(MediaKind.IMAGE, "m1", platform.url + "/p.jpg"), who, tools()).content == JPEG


def test_a_picture_without_an_id_is_fetched_by_its_address_without_a_token(platform):
    platform.says("/p.jpg", JPEG)
    assert fetch(platform, ref="", url=platform.url + "/p.jpg").mime == "image/jpeg"
    assert platform.token_calls == 0


@pytest.mark.parametrize(("code", "gone"), [(40007, True), (40118, True), (48001, False), (45009, False), (-1, False), (12345, False)])
def test_an_error_instead_of_bytes_says_whether_trying_again_is_useless(platform, code, gone):
    platform.says("/cgi-bin/media/get", {"errcode": code, "errmsg": "x"})
    assert failure(platform).gone is gone


@pytest.mark.parametrize(
    "url",
    ["http://localhost:1/x", "http://10.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/x", "file:///etc/passwd", "gopher://x"],
)
def test_an_address_inside_the_house_is_not_fetched(platform, url):
    refusal = failure(platform, ref="", url=url)
    assert refusal.gone and platform.calls == []


@pytest.mark.parametrize("url", ["http://", "http://[", "http://a b/", "http://xn--/\x00", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_is_a_clear_refusal(platform, url):
    assert "附件" in str(failure(platform, ref="", url=url))


@pytest.mark.parametrize(("status", "gone"), [(404, True), (410, True), (302, False), (503, False)])
def test_an_address_that_answers_with_an_error_is_no_attachment(platform, status, gone):
    platform.says("/p.jpg", Say(JPEG, status=status))
    assert failure(platform, ref="", url=platform.url + "/p.jpg").gone is gone


def test_an_attachment_over_the_cap_is_refused(platform):
    most = table()["media"]["voice_bytes"]
    platform.says("/cgi-bin/media/get", AMR + b"a" * most)
    assert failure(platform, MediaKind.VOICE).gone


@pytest.mark.parametrize("answer", [Say(b""), Say(b"", status=502), Say({}, cut=True), {"video_url": 5}, {}])
def test_a_broken_answer_may_be_tried_again(platform, answer):
    platform.says("/cgi-bin/media/get", answer)
    assert not failure(platform).gone


@pytest.mark.parametrize("kind", [MediaKind.LOCATION, MediaKind.LINK])
def test_what_has_no_bytes_is_not_fetched(platform, kind):
    assert failure(platform, kind, url="https://www.example.gov.cn/").gone
    assert platform.calls == []


def test_a_refused_token_is_renewed_for_a_download_too(platform):
    platform.says("/cgi-bin/media/get", {"errcode": 42001}, Say(JPEG))
    assert fetch(platform).content == JPEG


def test_an_unknown_type_is_no_type():
    assert mime_of(b"") == mime_of(b"%PDF-1.7") == "application/octet-stream"
