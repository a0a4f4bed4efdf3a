"""The reply on the ticket's page: remarks, refusals that lose nothing, taking back, review, calls, and the settings."""

import asyncio

import pytest

from bot import clock
from bot.answering import drafts, reviews
from bot.answering.models import Call, Canned, Draft, ReviewSwitch, Variable
from bot.console.live import Hub
from bot.outbox.models import Delivery
from bot.tickets.models import Message, Ticket
from tests.bot.conftest import World
from tests.console.town import REPLY, client_of, opened

HTMX = {"HX-Request": "true"}


def url(ticket: Ticket, verb: str = "reply") -> str:
    return f"/tickets/{ticket.number}/{verb}"


def test_a_warned_reply_is_kept_and_goes_with_one_click_more(world: World) -> None:
    ticket, client, text = opened(world), client_of(world.alice), REPLY + "其余将尽快修好。"
    first = client.post(url(ticket), {"text": text}, headers=HTMX)
    page = first.content.decode()
    assert first.status_code == 422 and all(words in page for words in ("没有说明时间", "仍要发送", text))
    again = client.post(url(ticket), {"text": text, "accepted": first.context["typed"]["accepted"]}, headers=HTMX)
    assert again.status_code == 200 and Delivery.objects.count() == 1


def test_personal_data_cannot_be_sent_by_pressing_again(world: World) -> None:
    ticket, client, data = opened(world), client_of(world.alice), {"text": REPLY + "找13800138000。"}
    first = client.post(url(ticket), data, headers=HTMX)
    again = client.post(url(ticket), data | {"accepted": first.context["typed"]["accepted"]}, headers=HTMX)
    assert (first.status_code, again.status_code) == (422, 422) and "必须改" in again.content.decode()
    assert Delivery.objects.count() == 0


def test_a_reply_to_an_older_page_is_refused_with_what_is_new_and_the_text(world: World) -> None:
    ticket, client = opened(world), client_of(world.alice)
    seen = client.get(f"/tickets/{ticket.number}").context["seen"]
    Message.objects.create(
        conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="citizen", text="已经好了，谢谢", at=clock.now()
    )
    answer = client.post(url(ticket), {"text": REPLY, "seen": seen}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409 and all(words in page for words in ("又发来消息", "已经好了，谢谢", REPLY))
    assert client.post(url(ticket), {"text": REPLY, "seen": answer.context["seen"]}, headers=HTMX).status_code == 200


def test_a_reply_refused_for_a_colleagues_is_still_there_to_be_read(world: World) -> None:
    ticket, client = opened(world), client_of(world.alice)
    seen = client.get(f"/tickets/{ticket.number}").context["seen"]
    client_of(world.bob).post(url(ticket), {"text": REPLY, "seen": seen}, headers=HTMX)
    answer = client.post(url(ticket), {"text": "我写的另一份答复", "seen": seen}, headers=HTMX)
    assert answer.status_code == 409 and "Bob 刚刚已答复" in answer.content.decode() and "我写的另一份答复" in answer.content.decode()
    assert "我写的另一份答复" in client.get(f"/tickets/{ticket.number}").content.decode()  # after a reload, too


def test_typing_keeps_a_draft_and_says_how_it_will_be_sent(world: World) -> None:
    ticket, client = opened(world), client_of(world.alice)
    page = client.post(url(ticket, "draft"), {"text": "路灯将尽快修好。" * 300}, headers=HTMX).content.decode()
    assert "没有说明时间" in page and "分 1 条消息发送" in page and "预览" in page
    assert "路灯将尽快修好" in client.get(f"/tickets/{ticket.number}").content.decode() and Draft.objects.count() == 1


def test_a_colleague_reads_who_is_writing(world: World) -> None:
    ticket = opened(world)
    client_of(world.alice).post(url(ticket, "draft"), {"text": "路灯"}, headers=HTMX)
    assert "Alice 正在写答复" in client_of(world.bob).get(f"/tickets/{ticket.number}").content.decode()
    assert "Alice 正在写答复" not in client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()


def test_listeners_are_told_when_somebody_begins_and_ceases_to_write(world: World) -> None:
    ticket, writers = opened(world), [drafts.Writer("1", 7, 1, "Alice")]
    hub = Hub(1.0)
    begun, still, ceased = hub._typing(writers), hub._typing(writers), hub._typing([])
    assert [one.people for one in begun] == [((1, "Alice"),)] and still == [] and [one.people for one in ceased] == [()]
    assert begun[0].event().event == "typing" and ticket.pk


def test_a_reply_can_be_taken_back_on_the_page(world: World) -> None:
    ticket, client = opened(world), client_of(world.alice)
    assert "还可以撤回" in client.post(url(ticket), {"text": REPLY}, headers=HTMX).content.decode()
    page = client.post(url(ticket, "withdraw"), headers=HTMX).content.decode()
    assert "市民没有收到" in page and page.count(REPLY) >= 2  # in the conversation as taken back, and in the editor
    assert Ticket.objects.get().state == "waiting"


def test_a_citizen_reads_no_reply_that_may_still_be_taken_back(world: World) -> None:
    ticket = opened(world)
    client_of(world.alice).post(url(ticket), {"text": REPLY}, headers=HTMX)
    address = f"/q/{ticket.query_code}"
    assert REPLY not in client_of(world.bob).get(address).content.decode()
    ticket.sendings.update(until=clock.now())
    assert REPLY in client_of(world.bob).get(address).content.decode()


def test_a_review_goes_through_the_page(world: World) -> None:
    ticket, alice, bob = opened(world), client_of(world.alice), client_of(world.bob)
    reviews.switch(world.alice, world.health, "transport", True, clock.now())
    assert "已提交审核" in alice.post(url(ticket), {"text": REPLY}, headers=HTMX).content.decode()
    row = reviews.latest(Ticket.objects.get())
    assert row is not None and alice.post(url(ticket, "approve-reply"), {"review": row.pk}, headers=HTMX).status_code == 403
    returned = bob.post(url(ticket, "return-reply"), {"review": row.pk, "text": "写明窗口"}, headers=HTMX)
    assert returned.status_code == 200 and "写明窗口" in alice.get(f"/tickets/{ticket.number}").content.decode()
    alice.post(url(ticket), {"text": REPLY}, headers=HTMX)
    second = reviews.latest(Ticket.objects.get())
    assert second is not None and bob.post(url(ticket, "approve-reply"), {"review": second.pk}, headers=HTMX).status_code == 200
    assert Ticket.objects.get().state == "answered"


@pytest.mark.parametrize("review", ["", "x", "0", "999"])
def test_a_review_that_is_none_is_refused(world: World, review: str) -> None:
    assert client_of(world.bob).post(url(opened(world), "approve-reply"), {"review": review}, headers=HTMX).status_code == 422


def test_a_call_is_logged_with_beijing_time(world: World) -> None:
    ticket = opened(world, received_at=clock.now().replace(year=2020))
    data = {"number": "0731-82213456", "reached": "1", "at": "2026-11-01T09:30", "text": "已电话告知路灯修复时间，市民满意。"}
    assert client_of(world.alice).post(url(ticket, "call"), data, headers=HTMX).status_code == 200
    call = Call.objects.get()
    assert (call.called_at.isoformat(), call.number) == ("2026-11-01T01:30:00+00:00", "0731******56")


def test_settings_are_written_on_their_page(world: World) -> None:
    client = client_of(world.alice)
    client.post("/answering/health/texts", {"title": "收到", "text": "您好，{联系电话}", "position": "4"})
    client.post("/answering/health/variables", {"name": "联系电话", "value": "12345"})
    client.post("/answering/health/reviews", {"subject": "transport", "on": "1"})
    page = client.get("/answering/").content.decode()
    assert all(words in page for words in ("收到", "Alt+4", "12345", "须审核"))
    client.post(f"/answering/texts/{Canned.objects.get().pk}/remove")
    assert not Canned.objects.exists() and Variable.objects.get().value == "12345" and ReviewSwitch.objects.get().on


def test_a_wrong_setting_is_refused_in_words(world: World) -> None:
    page = client_of(world.alice).post("/answering/health/variables", {"name": "编号", "value": "1"})
    assert page.status_code == 422 and "由系统填写" in page.content.decode()


def test_writers_are_looked_for_only_where_somebody_listens() -> None:
    hub = Hub(1.0)
    assert asyncio.run(hub._look()) is None and hub.listeners == set()  # type: ignore[func-returns-value]
