"""/q/: a citizen's own page. It tells little, takes its time with nobody, and cannot be searched."""

import pytest
from django.core.cache import cache
from django.test import Client

from bot import clock
from bot.console.citizen import _limiter, normal
from bot.tickets.models import Message
from tests.bot.conftest import World
from tests.console.town import answered, opened


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    _limiter.cache_clear()
    yield
    _limiter.cache_clear()


def address(code: str) -> str:
    return f"/q/{code}"


def test_the_code_shows_state_and_the_answer_masked(client: Client, world: World):
    ticket = opened(world, "我的电话是 13812345678", state="answered", answered_at=clock.now())
    answered(ticket, "请拨打 13987654321 联系王先生", "held")
    page = client.get(address(ticket.query_code)).content.decode()
    assert "已答复" in page and "139****4321" in page and "13987654321" not in page


def test_it_shows_nothing_else(client: Client, world: World):
    ticket = opened(world, "我的电话是 13812345678")
    Message.objects.create(
        conversation=ticket.conversation, account=ticket.account, ticket=ticket, direction="note", text="内部话", at=clock.now()
    )
    page = client.get(address(ticket.query_code)).content.decode()
    for secret in ("我的电话", "内部话", ticket.number, "市民甲", "卫健委", "rasa"):
        assert secret not in page


@pytest.mark.parametrize("typed", ["{code}", "{lower}", "{plain}", " {code} ", "{spaced}"])
def test_codes_are_read_however_they_are_typed(client: Client, world: World, typed: str):
    code = opened(world).query_code
    text = typed.format(code=code, lower=code.lower(), plain=code.replace("-", ""), spaced=code.replace("-", " "))
    answer = client.get("/q/", {"code": text}, follow=True)
    assert answer.status_code == 200 and "待受理" in answer.content.decode()


@pytest.mark.parametrize("wrong", ["ABCD-EFGH-JKLM-NPQR", "x", "%00", "..", "' OR 1=1--", "A" * 3000, "２３４５", "abcd%0d%0aefgh"])
def test_wrong_and_malformed_codes_are_the_same_page(client: Client, world: World, wrong: str):
    answer, other = client.get(address(wrong)), client.get(address("ZZZZ-ZZZZ-ZZZZ-ZZZZ"))
    assert answer.status_code == other.status_code == 404
    assert strip(answer) == strip(other)


def strip(answer) -> str:
    """The page without what changes each time: its form token and its own address."""
    import re

    return re.sub(r'value="[^"]*"', "", answer.content.decode())


def test_wrong_codes_ask_the_database_as_often_as_right_ones(client: Client, world: World, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(address("ZZZZ-ZZZZ-ZZZZ-ZZZZ"))
    with django_assert_num_queries(1):
        client.get(address("malformed"))


def test_guessing_is_stopped_with_words(client: Client, world: World):
    codes = [client.get(address("ZZZZ-ZZZZ-ZZZZ-ZZZZ")).status_code for _ in range(12)]
    assert codes == [404] * 10 + [429] * 2
    stopped = client.get(address(opened(world).query_code))
    assert stopped.status_code == 429 and "请一分钟后再试" in stopped.content.decode() and stopped["Retry-After"] == "60"


def test_one_client_does_not_stop_another(client: Client, world: World):
    for _ in range(12):
        client.get(address("ZZZZ-ZZZZ-ZZZZ-ZZZZ"), REMOTE_ADDR="203.0.113.5")
    assert client.get(address(opened(world).query_code), REMOTE_ADDR="203.0.113.6").status_code == 200


def test_a_stranger_cannot_pretend_another_address(client: Client, world: World):
    for at in range(12):
        client.get(address("ZZZZ-ZZZZ-ZZZZ-ZZZZ"), REMOTE_ADDR="203.0.113.5", headers={"X-Forwarded-For": f"198.51.100.{at}"})
    assert client.get(address("ZZZZ-ZZZZ-ZZZZ-ZZZZ"), REMOTE_ADDR="203.0.113.5").status_code == 429


def test_it_is_neither_kept_nor_indexed(client: Client, world: World):
    answer = client.get(address(opened(world).query_code))
    assert "no-store" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_proposed_refusal_is_not_told_before_it_is_decided(client: Client, world: World):
    ticket = opened(world, state="refusal_asked", refuse_reason="其他", refuse_text="还没定")
    page = client.get(address(ticket.query_code)).content.decode()
    assert "办理中" in page and "还没定" not in page


def test_a_merged_request_shows_the_answer_of_the_one_it_went_into(client: Client, world: World):
    into = opened(world, state="answered", answered_at=clock.now())
    answered(into, "已修好")
    ticket = opened(world, talk=into.conversation, state="merged", merged_into=into)
    assert "已修好" in client.get(address(ticket.query_code)).content.decode()


def test_a_request_merged_into_another_citizens_shows_nothing_of_theirs(client: Client, world: World):
    into = opened(world, state="answered", answered_at=clock.now())
    answered(into, "给别人的话")
    ticket = opened(world, state="merged", merged_into=into)
    page = client.get(address(ticket.query_code)).content.decode()
    assert "给别人的话" not in page and "已合并" in page


def test_english_readers_read_english(client: Client, world: World):
    page = client.get(address(opened(world).query_code), headers={"Accept-Language": "en-GB,en"}).content.decode()
    assert "See the progress of your request" in page and 'lang="en"' in page


def test_normal_takes_only_what_a_code_has():
    assert normal("ab cd-efgh_jklm.npqr") == "ABCD-EFGH-JKLM-NPQR"
    assert [normal(text) for text in ("", "ABCD", "ABCD-EFGH-JKLM-NPQRS", "市" * 16)] == ["", "", "", ""]
