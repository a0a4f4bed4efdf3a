"""Every message and event type of the platform, read from its fixture."""

from datetime import UTC, datetime

import pytest

from connectors.wechat import connector
from policies.facts import EventKind, MediaKind, WindowTrigger
from tests.connectors.wechat.house import CITIZEN, FIXTURES, NOW, account, fixture, post

K, T = EventKind, WindowTrigger

EXPECTED = {
    "text": (K.MESSAGE, T.MESSAGE, True),
    "text_menu_choice": (K.MESSAGE, T.MENU, True),
    "text_from_article": (K.MESSAGE, T.MESSAGE, True),
    "image": (K.MESSAGE, T.MESSAGE, True),
    "voice": (K.MESSAGE, T.MESSAGE, True),
    "voice_without_recognition": (K.MESSAGE, T.MESSAGE, True),
    "video": (K.MESSAGE, T.MESSAGE, True),
    "shortvideo": (K.MESSAGE, T.MESSAGE, True),
    "location": (K.MESSAGE, T.MESSAGE, True),
    "link": (K.MESSAGE, T.MESSAGE, True),
    "unknown_message": (K.UNKNOWN, T.NONE, True),
    "subscribe": (K.FOLLOW, T.FOLLOW, True),
    "subscribe_scene": (K.FOLLOW, T.FOLLOW, True),
    "unsubscribe": (K.UNFOLLOW, T.NONE, True),
    "scan": (K.SCAN, T.SCAN, True),
    "location_report": (K.LOCATION_REPORT, T.NONE, True),
    "click": (K.MENU, T.MENU, True),
    "view": (K.NOTICE, T.NONE, True),
    "scancode_push": (K.MENU, T.MENU, True),
    "scancode_waitmsg": (K.MENU, T.MENU, True),
    "pic_sysphoto": (K.NOTICE, T.NONE, True),
    "pic_photo_or_album": (K.NOTICE, T.NONE, True),
    "pic_weixin": (K.NOTICE, T.NONE, True),
    "location_select": (K.NOTICE, T.NONE, True),
    "subscribe_msg_popup_event": (K.NOTICE, T.NONE, True),
    "subscribe_msg_change_event": (K.NOTICE, T.NONE, True),
    "kf_create_session": (K.NOTICE, T.NONE, True),
    "kf_close_session": (K.NOTICE, T.NONE, True),
    "kf_switch_session": (K.NOTICE, T.NONE, True),
    "view_miniprogram": (K.NOTICE, T.NONE, True),
    "mass_send_job_finish": (K.JOB, T.NONE, False),
    "mass_send_job_finish_bare": (K.JOB, T.NONE, False),
    "publish_job_finish": (K.JOB, T.NONE, False),
    "publish_job_finish_failed": (K.JOB, T.NONE, False),
    "template_send_job_finish": (K.JOB, T.NONE, False),
    "subscribe_msg_sent_event": (K.JOB, T.NONE, False),
    "user_authorization_revoke": (K.ACCOUNT, T.NONE, False),
    "user_authorization_cancellation": (K.ACCOUNT, T.NONE, False),
    "user_info_modified": (K.ACCOUNT, T.NONE, False),
    "qualification_verify_success": (K.ACCOUNT, T.NONE, False),
    "qualification_verify_fail": (K.ACCOUNT, T.NONE, False),
    "naming_verify_success": (K.ACCOUNT, T.NONE, False),
    "naming_verify_fail": (K.ACCOUNT, T.NONE, False),
    "annual_renew": (K.ACCOUNT, T.NONE, False),
    "verify_expired": (K.ACCOUNT, T.NONE, False),
    "unknown_event": (K.UNKNOWN, T.NONE, True),
}


def read(name: str):
    return connector.read(post(fixture(name)), account(), NOW)


def event(name: str):
    (found,) = read(name).events
    return found


def test_every_fixture_has_an_expectation():
    assert {path.stem for path in FIXTURES.glob("*.xml")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fixture_is_read_as_the_table_says_and_acknowledged(name):
    kind, trigger, has_citizen = EXPECTED[name]
    found = event(name)
    assert (found.kind, found.trigger, found.citizen) == (kind, trigger, CITIZEN if has_citizen else "")
    assert read(name).answer.body == b"success"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fixture_read_twice_has_the_same_short_ascii_key_and_time(name):
    first, again = event(name), event(name)
    assert first.dedup_key == again.dedup_key
    assert len(first.dedup_key) <= 190 and first.dedup_key.isascii() and first.dedup_key.isprintable()
    assert first.sent_at == datetime.fromtimestamp(1700000000, UTC)


def test_all_fixtures_have_different_keys():
    keys = {event(name).dedup_key for name in EXPECTED}
    assert len(keys) == len(EXPECTED)


def test_only_what_the_platform_lets_us_answer_has_a_passive_way():
    answerable = {name for name in EXPECTED if read(name).passive is not None}
    kinds = {K.MESSAGE, K.FOLLOW, K.SCAN, K.MENU}
    assert answerable == {name for name, (kind, _, _) in EXPECTED.items() if kind in kinds}


def test_a_message_key_names_the_message_and_the_citizen():
    assert event("text").dedup_key == f"m:23456789012345671:{CITIZEN}"


def test_a_text_keeps_its_words_and_the_account_it_was_sent_to():
    found = event("text")
    assert found.text == "请问医保卡丢了怎么补办？😀"
    assert found.detail["ToUserName"] == "gh_0123456789ab"
    assert "Content" not in found.detail


def test_an_image_has_its_media_id_and_its_address():
    (media,) = event("image").media
    assert (media.kind, media.ref, media.url) == (MediaKind.IMAGE, "media_image_1", "http://mmbiz.qpic.cn/mmbiz_jpg/abc/0")


def test_a_voice_keeps_the_recognised_speech_where_there_is_some():
    assert event("voice").media[0].text == "路灯不亮了"
    assert event("voice_without_recognition").media[0].text == ""
    assert event("voice").media[0].mime == "audio/amr"


@pytest.mark.parametrize("name", ["video", "shortvideo"])
def test_a_video_is_a_video_with_its_media_id(name):
    (media,) = event(name).media
    assert (media.kind, media.ref[:12]) == (MediaKind.VIDEO, "media_video_")


def test_a_place_is_read_with_latitude_first():
    (media,) = event("location").media
    assert (media.latitude, media.longitude, media.text) == (23.137466, 113.352425, "广州市天河区体育西路")
    assert event("location_report").media[0].longitude == 113.352425


def test_a_link_keeps_address_title_and_description():
    (media,) = event("link").media
    assert (media.url, media.name, media.text) == ("https://www.example.gov.cn/a?b=1&c=2", "办事指南", "这个通知是真的吗")


def test_a_scene_is_the_same_for_old_and_new_followers():
    assert event("subscribe_scene").detail["scene"] == event("scan").detail["scene"] == "hall_3"
    assert "scene" not in event("subscribe").detail


def test_a_menu_key_is_the_text_of_its_event():
    assert event("click").text == "ASK_HUMAN"
    assert event("scancode_waitmsg").detail["ScanCodeInfo"]["ScanResult"] == "https://example.gov.cn/t/1"


def test_nested_and_repeated_fields_are_kept_as_plain_data():
    assert len(event("pic_weixin").detail["SendPicsInfo"]["PicList"]["item"]) == 2
    assert event("publish_job_finish_failed").detail["PublishEventInfo"]["fail_idx"] == ["1", "2"]
    assert event("mass_send_job_finish").detail["ArticleUrlResult"]["ResultList"]["item"]["ArticleUrl"].endswith("/2")


def test_an_unknown_message_keeps_all_its_fields():
    assert event("unknown_message").detail["Title"] == "预约"
    assert event("unknown_event").detail["Something"] == {"Nested": "1"}
