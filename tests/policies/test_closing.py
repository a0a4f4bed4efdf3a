"""How a request ends: the citizen's word and silence, ratings, draws for a call-back, reasons."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policies import closing
from policies.closing import Consequence, How, Word, after_rating, drawn, look_again, may_rate, reason_of, word_of
from policies.facts import Kind
from policies.tickets import TicketState

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
DAYS = closing.SILENCE
SETTLED = st.sampled_from(["已解决", "解决了", "修好了", "问题已解决", "solved"])
COURTESY = st.sampled_from(["谢谢", "辛苦了", "好的", "thanks", "非常感谢", "收到"])
MARKS = st.sampled_from(["", "！", "，", "。", " ", "👍", "～", "…", "🙏🏻"])


@pytest.mark.parametrize(
    "text",
    ["已解决谢谢", "已解决，谢谢！", "好的，已经解决了，谢谢你们👍", "Solved, thank you!", "没有问题了"],
)
def test_a_citizen_who_says_that_it_is_solved_settles_it(text: str) -> None:
    assert word_of(text, Kind.THANKS) is Word.SETTLED


@pytest.mark.parametrize("text", ["谢谢", "谢谢！！", "收到，谢谢", "OK", "好的好的", "辛苦了🙏", "很满意"])
def test_a_courtesy_settles_nothing_and_reopens_nothing(text: str) -> None:
    assert word_of(text, Kind.THANKS) is Word.THANKS


@pytest.mark.parametrize(
    "text",
    [
        "没解决",
        "还没有解决",
        "解决了吗",
        "解决了？",
        "解决了?",
        "已解决谢谢؟",
        "不满意",
        "谢谢你们的推诿",
        "已解决，但是又漏了",
        "真是谢谢了呵呵",
        "谢谢，请问几点上班",
        "not solved",
        "solved nothing",
        "没问题了才怪",
        "12345",
        "",
        " ",
        "👍",
        "……",
        "工作人员",
        "谢谢" * 20,
        "已解决\x00",
        "谢\u202e谢",
        "问题解决了一半",
    ],
)
def test_whatever_may_be_more_is_read_by_a_person(text: str) -> None:
    assert word_of(text, Kind.THANKS) is Word.MORE


@given(st.lists(st.tuples(st.one_of(SETTLED, COURTESY), MARKS), min_size=1, max_size=3))
def test_listed_words_in_any_order_say_what_their_strongest_says(parts: list[tuple[str, str]]) -> None:
    text = "".join(word + mark for word, mark in parts)
    assume(len(text) <= closing.PACK["word"]["longest"])
    settled = any(word in ("已解决", "解决了", "修好了", "问题已解决", "solved") for word, _ in parts)
    assert word_of(text, Kind.THANKS) is (Word.SETTLED if settled else Word.THANKS)


@given(SETTLED, COURTESY, st.sampled_from(["没", "不", "未", "吗", "但", "又", "?", "？", "为什么", "not", "5", "骗"]), st.integers(0, 2))
def test_one_sign_of_doubt_anywhere_and_a_person_reads_it(settled: str, courtesy: str, doubt: str, place: int) -> None:
    parts = [settled, courtesy]
    parts.insert(place, doubt)
    assert word_of(" ".join(parts), Kind.THANKS) is Word.MORE


@given(st.text(max_size=40), st.sampled_from(Kind), st.booleans())
def test_no_text_breaks_the_rule_and_a_picture_is_always_looked_at(text: str, kind: Kind, media: bool) -> None:
    word = word_of(text, kind, has_media=media)
    assert word in Word and (word is Word.MORE or not (media or kind in (Kind.EMERGENCY, Kind.HUMAN) or "?" in text))


def test_only_an_answered_or_closed_request_takes_a_courtesy_in_quietly() -> None:
    quiet = {state for state in TicketState if closing.listens(state, Word.THANKS)}
    assert quiet == {TicketState.ANSWERED, TicketState.CLOSED} and not closing.listens(TicketState.ANSWERED, Word.MORE)


@pytest.mark.parametrize(("gap", "closes"), [(DAYS - timedelta(microseconds=1), False), (DAYS, True), (DAYS + timedelta(days=400), True)])
def test_silence_counts_from_the_delivery_to_the_microsecond(gap: timedelta, closes: bool) -> None:
    again = look_again(NOW, NOW + gap)
    assert (again is None) is closes and (closes or again == NOW + DAYS)


@given(st.timedeltas(timedelta(0), timedelta(days=900)))
def test_an_answer_nobody_received_is_never_closed_by_silence(gap: timedelta) -> None:
    again = look_again(None, NOW + gap)
    assert again is not None and again - (NOW + gap) == DAYS


@given(st.timedeltas(timedelta(0), timedelta(days=60)))
def test_looking_only_when_asked_to_never_closes_late(delay: timedelta) -> None:
    delivered, look = NOW + delay, NOW
    for _ in range(99):
        again = look_again(delivered if look >= delivered else None, look)
        if again is None:
            break
        look = again
    assert look == delivered + DAYS


def test_no_bad_rating_ends_without_a_consequence() -> None:
    assert [after_rating(score) for score in (1, 2, 3, 4, 5)] == [
        Consequence.SUPERVISOR,
        Consequence.DEPARTMENT,
        *[Consequence.NOTHING] * 3,
    ]
    assert after_rating(0) is Consequence.SUPERVISOR and after_rating(-5) is Consequence.SUPERVISOR


@pytest.mark.parametrize(("days", "may"), [(0, True), (29.99, True), (30, False), (-1, False)])
def test_a_closing_may_be_rated_for_a_while(days: float, may: bool) -> None:
    assert may_rate(NOW, NOW + timedelta(days=days)) is may and not may_rate(None, NOW)


@given(st.floats(0, 1), st.text(max_size=20), st.integers(1, 400))
def test_exactly_the_share_of_any_run_is_drawn_give_or_take_one(share: float, key: str, count: int) -> None:
    hits = sum(drawn(place, share, key) for place in range(1, count + 1))
    assert abs(hits - count * share) < 1.0001


@given(st.integers(1, 10_000), st.floats(0, 1), st.text(max_size=20))
def test_a_draw_can_be_repeated(place: int, share: float, key: str) -> None:
    assert drawn(place, share, key) is drawn(place, share, key) and drawn(place, 1.0, key) and not drawn(place, 0.0, key)


def test_closings_by_hand_are_all_called_after() -> None:
    assert closing.share_of(How.HAND) == 1.0 > closing.share_of(How.SILENCE) > 0


def test_a_reason_is_known_by_code_and_by_words_and_else_kept_as_other() -> None:
    own = [("lease", "租赁纠纷请找住建")]
    assert (
        reason_of("not_ours") == reason_of("不属于本单位职责") == reason_of(" Not within  our remit ") == ("not_ours", "不属于本单位职责")
    )
    assert reason_of("lease", own) == reason_of("租赁纠纷请找住建", own) == ("lease", "租赁纠纷请找住建")
    assert reason_of("说不清") == ("other", "说不清") and reason_of(" ") == ("", "")
