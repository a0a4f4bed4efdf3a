"""Automatic answers: complete, short, and closed against what is put into them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.answers import KEYS, LANGUAGES, Room, answer_text, deadline_in_words, language_of
from policies.texts import length

GIVEN = {
    "number": "20261122-00417",
    "query_url": "https://hd.example.gov.cn/q/7K2M9QX4TB",
    "deadline_text": "12月14日（周一）17:30",
    "department": "某某市住房和城乡建设局",
    "answer": "带身份证和户口簿到任一社区卫生服务中心即可办理。",
    "source": "《某某市接种点名单》（2026-11-01 核对）",
}


def test_every_answer_triage_can_name_is_written():
    acks = {"question", "complaint", "emergency", "human", "disclosure", "legal", "unclear", "joined"}
    assert {*(f"ack_{kind}" for kind in acks), "chat_hello", "chat_thanks", "knowledge_answer", "settled", "closed"} == KEYS


def test_whoever_asks_for_disclosure_hears_the_legal_way_and_its_time():
    text = answer_text("ack_disclosure", "zh", **GIVEN)
    assert all(words in text for words in ("政府信息公开指南", "20 个工作日", "不代替正式申请"))


def test_whoever_was_not_understood_is_asked_what_the_matter_is():
    assert "是什么事" in answer_text("ack_unclear", "zh", **GIVEN)
    assert "110" in answer_text("ack_unclear", "zh", **GIVEN)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", sorted(KEYS - {"knowledge_answer"}))
def test_an_ordinary_answer_is_under_300_characters_with_every_line(key, lang):
    text = answer_text(key, lang, **GIVEN)
    assert 0 < len(text) < 300  # facts 7.09; Weibo's private messages
    assert "{" not in text and "~" not in text


@given(
    st.sampled_from(sorted(KEYS - {"knowledge_answer"})),
    st.sampled_from(LANGUAGES),
    st.text("住房和城乡建设局Water ", min_size=1, max_size=200),
    st.integers(1, 60),
)
def test_a_receipt_fits_into_299_characters_whatever_the_department_is_called(key, lang, department, path):
    room = Room(299, "characters")  # the least of all platforms
    given = {**GIVEN, "department": department, "query_url": f"https://hd.gov.cn/{'q' * path}"}
    text = answer_text(key, lang, **given, room=room)
    assert 0 < length(text, room.unit) <= room.most
    if key.startswith("ack_"):
        assert all(given[name] in text for name in ("number", "query_url", "deadline_text"))
    if key == "ack_emergency":
        assert all(number in text.splitlines()[0] for number in ("110", "119", "120"))


def test_what_is_left_out_first_is_the_last_dispensable_line():
    whole = answer_text("ack_emergency", "zh", **GIVEN)
    assert answer_text("ack_emergency", "zh", **GIVEN, room=Room(len(whole), "characters")) == whole
    shorter = answer_text("ack_emergency", "zh", **GIVEN, room=Room(len(whole) - 1, "characters"))
    assert shorter.splitlines() == [line for line in whole.splitlines() if "不能代替" not in line]
    tight = answer_text("ack_emergency", "zh", **GIVEN, room=Room(len(shorter) - 1, "characters"))
    assert tight == shorter.replace("某某市住房和城乡建设局", "某某市住房和城乡建…")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", sorted(key for key in KEYS if key.startswith("ack_")))
def test_a_receipt_says_number_time_and_where_to_look(key, lang):
    text = answer_text(key, lang, **GIVEN)
    assert all(GIVEN[name] in text for name in ("number", "query_url", "deadline_text"))


@pytest.mark.parametrize("key", sorted(KEYS))
def test_an_answer_says_that_a_machine_wrote_it(key):
    assert answer_text(key, "zh", **GIVEN).startswith("【自动回复】")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_emergency_answer_names_the_numbers_first(lang):
    first = answer_text("ack_emergency", lang, **GIVEN).splitlines()[0]
    assert all(number in first for number in ("110", "119", "120"))


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_line_without_its_field_is_left_out(key):
    text = answer_text(key, "zh", **{**GIVEN, "query_url": "", "deadline_text": ""})
    assert "查询" not in text
    assert "前答复" not in text


@pytest.mark.parametrize("key", ["none", "", "../answers", "ack_question.zh"])
def test_an_unknown_key_has_no_answer(key):
    assert answer_text(key, "zh", **GIVEN) == ""


@pytest.mark.parametrize("lang", ["fr", "", "zh-hans"])
def test_any_other_language_gets_chinese(lang):
    assert answer_text("chat_thanks", lang, **GIVEN) == answer_text("chat_thanks", "zh", **GIVEN)


@given(st.sampled_from(sorted(KEYS)), st.text(min_size=1))
def test_what_is_put_in_is_never_read_as_a_template(key, department):
    hostile = department + "{number}{query_url.__class__}%s"
    text = answer_text(key, "zh", **{**GIVEN, "department": hostile})
    assert text == answer_text(key, "zh", **{**GIVEN, "department": "\x00"}).replace("\x00", hostile)


@pytest.mark.parametrize(("lang", "expected"), [("zh", "11月24日（周二）01:30"), ("en", "Tue 24 Nov, 01:30")])
def test_a_deadline_is_told_in_shanghai_time(lang, expected):
    assert deadline_in_words(datetime(2026, 11, 23, 17, 30, tzinfo=UTC), lang) == expected


@pytest.mark.parametrize(("text", "lang"), [("Where is it?", "en"), ("你好 hello", "zh"), ("", "zh"), ("123 😀", "zh"), ("𠮷 a", "zh")])
def test_the_language_of_an_answer_follows_the_citizen(text, lang):
    assert language_of(text) == lang
