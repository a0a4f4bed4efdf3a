"""The pretend Bot API (weibo-telegram-cap.md §3), read with python-telegram-bot where it has a reader."""

import json
import threading
from typing import Any

import pytest
from telegram import Message, Update

from tests.connectors.sandbox.conftest import Sim

BOT = "/bot123456:TEST-token"
CHANNEL = "-1001234567890"


def call(sim: Sim, method: str, **fields: Any) -> Any:
    return sim.http.post(f"{BOT}/{method}", data=fields).json()


def update(sim: Sim, place: int = -1) -> Any:
    """The pushed update, read by python-telegram-bot."""
    return Update.de_json(json.loads(sim.echo.posts()[place].body), None)


def send(sim: Sim, text: str = "您好", **more: Any) -> Any:
    return call(sim, "sendMessage", **({"chat_id": CHANNEL, "text": text} | more))


def quiet(sim: Sim, **credentials: Any) -> None:
    sim.account("telegram", **credentials)
    sim.limits(telegram__update__channel_echo=False)


def test_an_update_carries_the_secret_and_reads_as_an_update(sim: Sim) -> None:
    quiet(sim)
    report = sim.say("你好")
    assert sim.echo.posts()[0].headers["x-telegram-bot-api-secret-token"] == "hook-secret"
    assert (str(update(sim).update_id), update(sim).message.text) == (report["platform_id"], "你好")


@pytest.mark.parametrize(
    ("media", "part"),
    [("image", "photo"), ("voice", "voice"), ("video", "video"), ("file", "document"), ("location", "location"), ("link", "entities")],
)
def test_every_kind_of_message_is_readable(sim: Sim, media: str, part: str) -> None:
    quiet(sim)
    sim.say("看", media=media)
    assert getattr(update(sim).message, part)


def test_files_can_be_fetched(sim: Sim) -> None:
    quiet(sim)
    sim.say("", media="file")
    path = call(sim, "getFile", file_id=update(sim).message.document.file_id)["result"]["file_path"]
    assert "示例文件" in sim.http.get(f"/file{BOT}/{path}").text


def test_an_update_is_repeated_until_2xx_with_one_id(sim: Sim) -> None:
    quiet(sim)
    answers = iter([(500, b""), (404, b""), (200, b"")])
    sim.echo.answer = lambda _: next(answers)
    report = sim.say()
    assert (report["attempts"], len({json.loads(row.body)["update_id"] for row in sim.echo.posts()})) == (3, 1)
    assert "404" in call(sim, "getWebhookInfo")["result"]["last_error_message"]


def test_a_method_in_the_webhooks_answer_is_executed(sim: Sim) -> None:
    quiet(sim)
    sim.echo.answer = lambda row: (
        200,
        json.dumps({"method": "sendMessage", "chat_id": json.loads(row.body)["message"]["chat"]["id"], "text": "收到"}).encode(),
    )
    assert sim.say()["passive"] == "收到"
    assert sim.bubbles() == [("in", "你好"), ("out", "收到")]


@pytest.mark.parametrize("form", ["data", "json", "params", "files"])
def test_form_json_query_and_multipart_are_understood(sim: Sim, form: str) -> None:
    quiet(sim)
    fields = {"chat_id": CHANNEL, "text": "四种写法"}
    given: Any = {name: (None, value) for name, value in fields.items()} if form == "files" else fields
    answer = sim.http.post(f"{BOT}/sendMessage", **{form: given}).json()
    message = Message.de_json(answer["result"], None)
    assert message is not None and (message.text, message.chat.type) == ("四种写法", "channel")


def test_private_chats_need_a_citizen_who_wrote_and_did_not_block(sim: Sim) -> None:
    quiet(sim)
    assert send(sim, chat_id="77")["description"] == "Bad Request: chat not found"
    sim.say()
    chat = update(sim).message.chat.id
    assert send(sim, chat_id=chat)["ok"]
    sim.say("", kind="unfollow")
    assert send(sim, chat_id=chat)["error_code"] == 403


@pytest.mark.parametrize(("text", "ok"), [("x" * 4096, True), ("x" * 4097, False), (" ", False)])
def test_the_text_has_1_to_4096_characters(sim: Sim, text: str, ok: bool) -> None:
    quiet(sim)
    assert send(sim, text)["ok"] is ok


def test_html_is_parsed_and_broken_html_refused(sim: Sim) -> None:
    quiet(sim)
    assert send(sim, "<b>红色</b>预警 &lt;1", parse_mode="HTML")["result"]["text"] == "红色预警 <1"
    assert send(sim, "<b>红色", parse_mode="HTML")["error_code"] == 400


def test_editing_to_the_same_text_is_refused(sim: Sim) -> None:
    quiet(sim)
    message_id = send(sim)["result"]["message_id"]
    same = call(sim, "editMessageText", chat_id=CHANNEL, message_id=message_id, text="您好")
    other = call(sim, "editMessageText", chat_id=CHANNEL, message_id=message_id, text="更正")
    assert ("message is not modified" in same["description"], other["result"]["text"]) == (True, "更正")
    assert [(post["text"], post["edited"]) for post in sim.get("/sim/posts")["posts"]] == [("更正", True)]


def test_messages_can_be_pinned_and_deleted_for_48_hours(sim: Sim) -> None:
    quiet(sim)
    first, second = (send(sim, text)["result"]["message_id"] for text in ("一", "二"))
    assert call(sim, "pinChatMessage", chat_id=CHANNEL, message_id=first)["ok"]
    assert call(sim, "getChat", chat_id=CHANNEL)["result"]["pinned_message"]["message_id"] == first
    assert call(sim, "deleteMessage", chat_id=CHANNEL, message_id=first)["ok"]
    sim.clock(48 * 3600 + 1)
    assert call(sim, "deleteMessage", chat_id=CHANNEL, message_id=second)["error_code"] == 400


def test_missing_rights_are_shown_and_enforced(sim: Sim) -> None:
    quiet(sim, rights={"can_post_messages": False})
    me = call(sim, "getMe")["result"]["id"]
    assert call(sim, "getChatMember", chat_id=CHANNEL, user_id=me)["result"]["can_post_messages"] is False
    assert send(sim)["description"] == "Bad Request: need administrator rights in the channel chat"


def test_pictures_are_taken_as_multipart(sim: Sim) -> None:
    quiet(sim)
    answer = sim.http.post(
        f"{BOT}/sendPhoto", data={"chat_id": CHANNEL, "caption": "图"}, files={"photo": ("a.png", b"\x89PNG\r\n--")}
    ).json()
    path = call(sim, "getFile", file_id=answer["result"]["photo"][0]["file_id"])["result"]["file_path"]
    assert sim.http.get(f"/file{BOT}/{path}").content == b"\x89PNG\r\n--"


def test_flood_limits_answer_429_with_retry_after(sim: Sim) -> None:
    quiet(sim)
    sim.limits(telegram__flood__group_per_minute=2)
    answers = [send(sim, str(n)) for n in range(3)]
    assert [answer["ok"] for answer in answers] == [True, True, False]
    wait = answers[2]["parameters"]["retry_after"]
    sim.clock(wait + 1)
    assert 55 <= wait <= 60 and send(sim)["ok"]


def test_polling_is_refused_while_a_webhook_is_set(sim: Sim) -> None:
    quiet(sim)
    assert call(sim, "getUpdates")["error_code"] == 409
    call(sim, "deleteWebhook")
    sim.say("轮询")
    first = call(sim, "getUpdates")["result"]
    again = call(sim, "getUpdates", offset=first[0]["update_id"] + 1)["result"]
    assert ([row["message"]["text"] for row in first], again) == (["轮询"], [])


def test_a_long_poll_wakes_when_something_happens(sim: Sim) -> None:
    sim.account("telegram", hook=False)
    threading.Timer(0.2, lambda: sim.say("醒醒")).start()
    assert [row["message"]["text"] for row in call(sim, "getUpdates", timeout=10)["result"]] == ["醒醒"]


def test_a_second_poller_ends_the_first(sim: Sim) -> None:
    sim.account("telegram", hook=False)
    first: list[Any] = []
    poll = threading.Thread(target=lambda: first.append(call(sim, "getUpdates", timeout=10)))
    poll.start()
    poll.join(0.3)
    call(sim, "getUpdates")
    poll.join(5)
    assert first[0]["error_code"] == 409


def test_setting_a_webhook_brings_what_waited(sim: Sim) -> None:
    sim.account("telegram", hook=False)
    sim.say("先到的")
    assert call(sim, "setWebhook", url=f"{sim.echo.url}/h", secret_token="new-secret")["ok"]
    sim.say("后到的")
    assert {update(sim, place).message.text for place in range(2)} == {"先到的", "后到的"}
    assert sim.echo.posts()[0].headers["x-telegram-bot-api-secret-token"] == "new-secret"


@pytest.mark.parametrize("fields", [{"url": "http://example.org/h"}, {"url": "https://example.org:8444/h"}, {"secret_token": "汉字"}])
def test_a_wrong_webhook_is_refused(sim: Sim, fields: dict[str, str]) -> None:
    quiet(sim)
    assert call(sim, "setWebhook", **({"url": f"{sim.echo.url}/h"} | fields))["error_code"] == 400


def test_own_channel_posts_come_back_as_channel_post(sim: Sim) -> None:
    sim.account("telegram", hook=False)
    message_id = send(sim, "通告")["result"]["message_id"]
    assert call(sim, "getUpdates")["result"][0]["channel_post"]["message_id"] == message_id


def test_a_comment_answers_the_forwarded_post_in_the_group(sim: Sim) -> None:
    quiet(sim)
    send(sim, "通告")
    sim.say("几点开始？", kind="comment")
    message = update(sim).message
    assert (message.chat.type, message.reply_to_message.is_automatic_forward, message.reply_to_message.text) == ("supergroup", True, "通告")


def test_a_reply_in_the_group_reaches_the_one_who_asked(sim: Sim) -> None:
    quiet(sim)
    sim.say("几点开始？", kind="mention")
    message = update(sim).message
    send(sim, "十点", chat_id=message.chat.id, reply_parameters=json.dumps({"message_id": message.message_id}))
    assert sim.bubbles()[-1] == ("out", "十点")


def test_wrong_tokens_and_methods_have_their_codes(sim: Sim) -> None:
    quiet(sim)
    assert sim.get("/bot1:wrong/getMe") == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert call(sim, "sendPoem")["error_code"] == 404
