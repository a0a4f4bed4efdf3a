"""The ticket page: what it shows, what can be done, once each, and nothing typed is lost."""

import concurrent.futures

import pytest
from django.db import connections

from bot import clock
from bot.console.once import new_token
from bot.outbox.models import Delivery
from bot.tickets import actions
from bot.tickets.models import Message, Ticket
from tests.bot.conftest import World
from tests.console.town import REPLY, answered, client_of, opened

HTMX = {"HX-Request": "true"}


def state_of(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).state


def test_the_page_shows_conversation_deadlines_category_and_history(world: World):
    ticket = opened(world, "三号线太挤")
    page = client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()
    for words in ("三号线太挤", "投诉 · 交通运输", "90% · Rasa", "服务期限", "登记", ticket.query_code):
        assert words in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sent", "已送达"),
        ("sending", "发送中"),
        ("retry", "系统会自动再试"),
        ("pending", "等待平台回报"),
        ("held", "待市民再来"),
        ("unknown", "平台上没有，重新发送"),
        ("refused", "平台拒绝了这条消息"),
        ("reconnect", "账号需要重新连接"),
        ("dead", "多次尝试均未成功"),
        ("withdrawn", "已过时"),
    ],
)
def test_each_delivery_state_is_in_words_with_what_to_do(world: World, state: str, words: str):
    ticket = opened(world)
    answered(ticket, "好的", state)
    page = client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()
    assert words in page


def test_only_those_who_may_settle_get_the_buttons(world: World):
    from policies.roles import Role
    from tests.bot.conftest import person

    ticket = opened(world)
    answered(ticket, "好的", "unknown")
    page = client_of(person("plain", world.health, Role.AGENT)).get(f"/tickets/{ticket.number}").content.decode()
    assert "待确认" in page and "平台上没有" not in page


@pytest.mark.parametrize(
    ("verb", "data", "state"),
    [
        ("claim", {}, "claimed"),
        ("reply", {"text": REPLY}, "answered"),
        ("note", {"text": "电话核实"}, "waiting"),
        ("hand-back", {"text": "不是我们的"}, "handed_back"),
        ("refuse", {"reason": "其他", "text": "不予受理，因为……"}, "refusal_asked"),
        ("extend", {"text": "需要现场查看"}, "extended"),
        ("transfer", {"department": "water", "text": ""}, "waiting"),
    ],
)
def test_each_verb_does_its_work(world: World, verb: str, data: dict[str, str], state: str):
    ticket = opened(world)
    answer = client_of(world.alice).post(f"/tickets/{ticket.number}/{verb}", data)
    assert answer.status_code == 302 and state_of(ticket) == state


def test_a_refusal_needs_the_second_person_and_then_tells_the_citizen(world: World):
    ticket = opened(world)
    client_of(world.alice).post(f"/tickets/{ticket.number}/refuse", {"reason": "其他", "text": "请找水务局"})
    assert client_of(world.alice).post(f"/tickets/{ticket.number}/confirm-refusal", headers=HTMX).status_code == 403
    assert client_of(world.bob).post(f"/tickets/{ticket.number}/confirm-refusal").status_code == 302
    assert state_of(ticket) == "refused" and Delivery.objects.get().text == "请找水务局"


def test_merging_takes_the_same_citizens_only(world: World):
    first, others = opened(world), opened(world)
    second = opened(world, talk=first.conversation)
    client = client_of(world.alice)
    assert second.number in client.get(f"/tickets/{first.number}").content.decode()
    assert client.post(f"/tickets/{first.number}/merge", {"into": others.number}, headers=HTMX).status_code == 422
    assert client.post(f"/tickets/{first.number}/merge", {"into": second.number}).status_code == 302
    assert state_of(first) == "merged" and state_of(others) == "waiting"


def test_one_form_sends_one_reply_however_often_it_comes(world: World):
    ticket, token = opened(world), new_token()
    client = client_of(world.alice)
    answers = [client.post(f"/tickets/{ticket.number}/reply", {"text": REPLY, "token": token}, headers=HTMX) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_the_same_moment_sends_one_reply(world: World):
    ticket, token = opened(world), new_token()
    clients = [client_of(world.alice) for _ in range(4)]

    def send(client: object) -> int:
        try:
            return client.post(f"/tickets/{ticket.number}/reply", {"text": REPLY, "token": token}, headers=HTMX).status_code  # type: ignore[attr-defined]
        finally:
            connections.close_all()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(send, clients))
    assert codes == [200] * 4 and Delivery.objects.count() == 1


def test_a_refused_form_may_be_sent_again(world: World):
    ticket, token = opened(world), new_token()
    actions.claim(world.bob, ticket, clock.now())
    client = client_of(world.alice)
    assert client.post(f"/tickets/{ticket.number}/reply", {"text": REPLY, "token": token}, headers=HTMX).status_code == 409
    actions.release(world.bob, ticket, clock.now())
    assert client.post(f"/tickets/{ticket.number}/reply", {"text": REPLY, "token": token}, headers=HTMX).status_code == 200
    assert Delivery.objects.count() == 1


def test_who_comes_second_reads_why_and_keeps_the_text(world: World):
    ticket = opened(world)
    actions.reply(world.bob, ticket, "先答了", clock.now())
    answer = client_of(world.alice).post(f"/tickets/{ticket.number}/note", {"text": ""}, headers=HTMX)
    late = client_of(world.alice).post(f"/tickets/{ticket.number}/extend", {"text": "我写了很多"}, headers=HTMX)
    assert answer.status_code == 422
    assert late.status_code == 409 and "正由 Bob 办理" in late.content.decode() and "先答了" in late.content.decode()


def test_the_conflict_keeps_a_reply_in_its_box(world: World):
    ticket = opened(world, state="closed", closed_at=clock.now())
    Ticket.objects.filter(pk=ticket.pk).update(state="answered", closed_at=None)
    client = client_of(world.alice)
    page = client.post(f"/tickets/{ticket.number}/reply", {"text": "字" * 5001}, headers=HTMX)
    assert page.status_code == 422 and "字" * 5001 in page.content.decode() and "最多 5000 字" in page.content.decode()


def test_errors_read_in_english_for_those_who_do(world: World):
    ticket = opened(world)
    actions.claim(world.bob, ticket, clock.now())
    client = client_of(world.alice)
    client.post("/preferences/language", {"language": "en"})
    answer = client.post(f"/tickets/{ticket.number}/claim", headers=HTMX).content.decode()
    assert f"Request {ticket.number} is being handled by Bob." in answer


def test_a_transferred_ticket_leaves_with_a_word(world: World):
    ticket = opened(world)
    answer = client_of(world.alice).post(f"/tickets/{ticket.number}/transfer", {"department": "water"}, headers=HTMX)
    assert answer.status_code == 200 and "已不在您的部门" in answer.content.decode()


def test_an_unknown_verb_is_not_found(world: World):
    assert client_of(world.alice).post(f"/tickets/{opened(world).number}/destroy").status_code == 404


def test_what_citizens_write_is_shown_as_text(world: World):
    ticket = opened(world, "<script>alert(1)</script>")
    ticket.messages.update(media=[{"kind": "link", "url": "javascript:alert(1)", "name": "点我"}, {"kind": "<b>", "url": 7}])
    page = client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()
    assert "<script>alert" not in page and "javascript:alert" not in page and "点我" in page


def test_the_window_says_how_many_messages_are_left(world: World):
    ticket = opened(world)
    ticket.conversation.window_closes, ticket.conversation.window_left = True, 3
    ticket.conversation.window_until = clock.now() + (ticket.deadline - ticket.received_at)
    ticket.conversation.save()
    assert "本窗口还可发 3 条" in client_of(world.alice).get(f"/tickets/{ticket.number}").content.decode()


def test_a_ticket_of_three_hundred_messages_takes_no_more_queries(world: World, django_assert_max_num_queries):
    ticket = opened(world)
    rows = [
        Message(conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="citizen", text=f"{n}", at=clock.now())
        for n in range(300)
    ]
    Message.objects.bulk_create(rows)
    with django_assert_max_num_queries(57):
        assert client_of(world.alice).get(f"/tickets/{ticket.number}").status_code == 200


def test_every_page_forbids_inline_script_and_foreign_origins(world: World):
    policy = client_of(world.alice).get("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "style-src 'self'" in policy and "unsafe" not in policy
