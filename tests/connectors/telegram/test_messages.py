"""Each kind of update, from its fixture file: what the house makes of it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.telegram import connector
from policies.facts import Event, EventKind, MediaKind, WindowTrigger
from tests.connectors.telegram.conftest import FIXTURES, NOW, account_at, fixture, post, update

Read = Callable[[bytes], Event]
GROUP = "-1002000000001"
EXPECTED = {
    "message_text": (EventKind.MESSAGE, "5001"),
    "message_start": (EventKind.FOLLOW, "5001"),
    "message_start_payload": (EventKind.FOLLOW, "5001"),
    "message_command": (EventKind.MESSAGE, "5001"),
    "message_unknown_content": (EventKind.UNKNOWN, "5001"),
    "message_from_bot": (EventKind.NOTICE, ""),
    "message_service_pinned": (EventKind.NOTICE, ""),
    "group_chatter": (EventKind.NOTICE, f"{GROUP}/5001"),
    "group_mention": (EventKind.MESSAGE, f"{GROUP}/5001"),
    "group_caption_mention": (EventKind.MESSAGE, f"{GROUP}/5001"),
    "group_mention_other": (EventKind.NOTICE, f"{GROUP}/5001"),
    "group_reply_to_bot": (EventKind.MESSAGE, f"{GROUP}/5002"),
    "group_command": (EventKind.MESSAGE, "-4002/5001"),
    "group_topic_command": (EventKind.MESSAGE, f"{GROUP}/5001"),
    "group_anonymous_admin": (EventKind.NOTICE, ""),
    "group_automatic_forward": (EventKind.NOTICE, ""),
    "group_new_members": (EventKind.NOTICE, ""),
    "group_migrate_to": (EventKind.ACCOUNT, ""),
    "group_migrate_from": (EventKind.ACCOUNT, ""),
    "comment": (EventKind.COMMENT, f"{GROUP}/5002"),
    "comment_as_channel": (EventKind.COMMENT, f"{GROUP}/-1003000000009"),
    "channel_direct_message": (EventKind.MESSAGE, "-1004000000001/5001"),
    "edited_message": (EventKind.EDIT, "5001"),
    "edited_message_live_location": (EventKind.LOCATION_REPORT, "5001"),
    "edited_group_chatter": (EventKind.NOTICE, f"{GROUP}/5001"),
    "channel_post": (EventKind.OWN_POST, ""),
    "edited_channel_post": (EventKind.OWN_POST, ""),
    "callback_query": (EventKind.MENU, "5001"),
    "callback_query_group": (EventKind.MENU, f"{GROUP}/5001"),
    "callback_query_inline": (EventKind.MENU, "5001"),
    "my_chat_member_started": (EventKind.FOLLOW, "5001"),
    "my_chat_member_blocked": (EventKind.UNFOLLOW, "5001"),
    "my_chat_member_group_left": (EventKind.ACCOUNT, ""),
    "future_kind": (EventKind.UNKNOWN, ""),
    "broken_message": (EventKind.UNKNOWN, ""),
    "broken_inside": (EventKind.MESSAGE, "5001"),
}
MEDIA = {
    "message_photo": (MediaKind.IMAGE, "PHOTOlarge"),
    "message_live_photo": (MediaKind.VIDEO, "LIVE000001"),
    "message_voice": (MediaKind.VOICE, "VOICE00001"),
    "message_audio": (MediaKind.VOICE, "AUDIO00001"),
    "message_video": (MediaKind.VIDEO, "VIDEO00001"),
    "message_video_note": (MediaKind.VIDEO, "NOTE000001"),
    "message_document": (MediaKind.FILE, "DOCUMENT01"),
    "message_sticker": (MediaKind.STICKER, "STICKER001"),
    "message_animation": (MediaKind.VIDEO, "ANIMATION1"),
    "message_location": (MediaKind.LOCATION, ""),
    "message_venue": (MediaKind.LOCATION, ""),
    "message_contact": (MediaKind.CONTACT, ""),
    "message_story": (MediaKind.LINK, ""),
}
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))


@pytest.mark.parametrize("name", EXPECTED)
def test_an_update_becomes_its_event(name: str, read: Read) -> None:
    event = read(fixture(name))
    assert (event.kind, event.citizen) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(EXPECTED) - set(MEDIA) - {"message_poll", "message_dice"}))
def test_a_known_kind_without_a_task_is_a_notice(name: str, read: Read) -> None:
    assert read(fixture(name)).kind is EventKind.NOTICE


@pytest.mark.parametrize("name", MEDIA)
def test_an_attachment_is_read_once(name: str, read: Read) -> None:
    event = read(fixture(name))
    assert event.kind is EventKind.MESSAGE
    assert [(media.kind, media.ref) for media in event.media] == [MEDIA[name]]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_update_read_twice_has_the_same_key(name: str, read: Read) -> None:
    first, second = read(fixture(name)), read(fixture(name))
    assert first.dedup_key == second.dedup_key == f"u:{first.detail['update']['update_id']}"


def test_no_two_fixtures_share_a_key(read: Read) -> None:
    assert len({read(fixture(name)).dedup_key for name in NAMES}) == len(NAMES) >= 60


def test_the_words_the_name_and_the_time_of_a_text_are_read(read: Read) -> None:
    event = read(fixture("message_text"))
    assert (event.text, event.citizen_name) == ("路灯坏了三天，什么时候修？😀", "小 王")
    assert event.sent_at == datetime(2026, 10, 3, 4, 0, tzinfo=UTC)
    assert (event.trigger, event.thread["chat_id"]) == (WindowTrigger.MESSAGE, 5001)


def test_a_caption_is_the_text_and_the_album_is_named(read: Read) -> None:
    event = read(fixture("message_photo"))
    assert (event.text, event.detail["media_group_id"]) == ("路面塌了", "13350000000001")
    assert (event.media[0].size, event.media[0].mime) == (90000, "image/jpeg")


def test_a_document_keeps_its_name_and_type(read: Read) -> None:
    found = read(fixture("message_document")).media[0]
    assert (found.name, found.mime, found.size) == ("申请表.pdf", "application/pdf", 2048)


def test_a_venue_keeps_place_and_words(read: Read) -> None:
    found = read(fixture("message_venue")).media[0]
    assert (found.latitude, found.longitude, found.text) == (31.23, 121.47, "市民中心 人民大道200号")


def test_a_poll_and_a_dice_have_words(read: Read) -> None:
    assert read(fixture("message_poll")).text == "改造方案选哪个？\n- 甲\n- 乙"
    assert read(fixture("message_dice")).text == "🎲"


def test_a_command_keeps_its_text(read: Read) -> None:
    assert read(fixture("message_command")).text == "/progress 20261001"


def test_a_start_with_payload_follows_and_keeps_the_payload(read: Read) -> None:
    event = read(fixture("message_start_payload"))
    assert (event.trigger, event.detail["start"]) == (WindowTrigger.FOLLOW, "window-12")


def test_a_comment_names_the_post_it_stands_under(read: Read) -> None:
    assert read(fixture("comment")).trigger is WindowTrigger.COMMENT
    assert read(fixture("comment")).detail["post"] == {"chat_id": -1001000000001, "message_id": 12}


def test_a_forum_topic_is_named_in_the_thread_and_a_reply_thread_is_not(read: Read) -> None:
    assert read(fixture("group_topic_command")).thread["message_thread_id"] == 77
    assert "message_thread_id" not in read(fixture("comment")).thread


def test_a_migration_names_both_ids(read: Read) -> None:
    detail = read(fixture("group_migrate_to")).detail
    assert (detail["old_chat_id"], detail["new_chat_id"]) == (-4002, -1002000000002)


def test_a_message_python_telegram_bot_cannot_read_keeps_the_citizens_words(read: Read) -> None:
    event = read(fixture("broken_inside"))
    assert (event.text, event.detail["partial"]) == ("我家没有暖气", True)


def test_an_unreadable_group_message_is_unknown_and_not_chatter(read: Read) -> None:
    chat = {"id": -5, "type": "group"}
    broken = update(message={"message_id": 1, "date": 1, "chat": chat, "from": {"id": 1}, "text": "@x_bot 帮忙", "entities": 5})
    assert read(broken).kind is EventKind.UNKNOWN


@pytest.mark.parametrize(("username", "kind"), [("huiyin_demo_bot", EventKind.MESSAGE), ("another_bot", EventKind.NOTICE)])
def test_with_a_known_name_only_our_own_mention_counts(username: str, kind: EventKind) -> None:
    here = account_at("", username=username)
    assert connector.read(post(fixture("group_mention")), here, NOW).events[0].kind is kind


def test_a_post_of_our_own_channel_in_its_group_is_not_a_citizens(read: Read) -> None:
    here = account_at("", chat_id="-1003000000009")
    assert connector.read(post(fixture("comment_as_channel")), here, NOW).events[0].kind is EventKind.NOTICE


def test_our_own_bots_message_is_a_notice(read: Read) -> None:
    mine = update(message={"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 7001}, "text": "x"})
    assert read(mine).kind is EventKind.NOTICE


@pytest.mark.parametrize("offset", [-5, 10**9, 3, "1", None])
def test_entities_with_forged_offsets_do_no_harm(offset: object, read: Read) -> None:
    entity = {"type": "mention", "offset": offset, "length": 9}
    node = {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group"}, "from": {"id": 1}, "text": "你好", "entities": [entity]}
    assert read(update(message=node)).kind in (EventKind.NOTICE, EventKind.UNKNOWN)
