"""Triage: nothing that may be a question is dismissed, whatever the reading says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.answers import KEYS
from policies.facts import QUESTION_KINDS, EventKind, Kind, Understanding
from policies.rulepack import read, values
from policies.triage import DEFAULT, decide, has_question_cue, says_nothing_more

READINGS = st.builds(
    Understanding,
    st.sampled_from([*Kind, "nlu_fallback", ""]),
    st.floats(0, 1) | st.just(float("nan")),
    st.just(""),
    st.just(0.0),
    st.sampled_from(["rasa", "fallback"]),
)


def judge(text, intent="question", confidence=0.95, source="rasa", kind=EventKind.MESSAGE, **facts):
    reading = Understanding(intent, confidence, "", 0.0, source)
    return decide(reading, text=text, kind=kind, **{"has_media": False, "joins_open_ticket": False, **facts})


@pytest.mark.parametrize(
    ("text", "intent", "kind", "answer"),
    [
        ("社保卡丢了去哪里补办", "question", Kind.QUESTION, "ack_question"),
        ("希望增加公交班次", "suggestion", Kind.SUGGESTION, "ack_question"),
        ("老人无人照料", "help", Kind.HELP, "ack_question"),
        ("楼下烧烤扰民", "complaint", Kind.COMPLAINT, "ack_complaint"),
        ("有人偷排污水", "report", Kind.REPORT, "ack_complaint"),
        ("我上周交的件", "progress", Kind.PROGRESS, "ack_question"),
        ("申请公开征地批文", "disclosure", Kind.DISCLOSURE, "ack_disclosure"),
        ("不服处罚，想申请复议", "legal", Kind.LEGAL, "ack_legal"),
        ("老地方", "unclear", Kind.UNCLEAR, "ack_unclear"),
        ("你们都是废物", "abuse", Kind.ABUSE, "ack_question"),
        ("给我转人工", "chat", Kind.HUMAN, "ack_human"),
        ("轉人工", "thanks", Kind.HUMAN, "ack_human"),
        ("人工", "chat", Kind.HUMAN, "ack_human"),
        ("不知所云", "nlu_fallback", Kind.QUESTION, "ack_question"),
    ],
)
def test_whatever_asks_for_something_becomes_a_ticket(text, intent, kind, answer):
    found = judge(text, intent)
    assert (found.kind, found.makes_ticket, found.answer) == (kind, True, answer)


@pytest.mark.parametrize(
    ("text", "intent", "answer"),
    [
        ("谢谢你们，办得真快", "thanks", "chat_thanks"),
        ("哈哈哈", "chat", "chat_hello"),
        ("低价代开发票，加微信 abc", "advertisement", ""),
        ("thank you so much, great work", "thanks", "chat_thanks"),
    ],
)
def test_a_sure_reading_that_the_words_bear_out_is_dismissed(text, intent, answer):
    found = judge(text, intent)
    assert (found.makes_ticket, found.answer, found.urgent) == (False, answer, False)


@pytest.mark.parametrize("intent", ["thanks", "chat", "advertisement"])
@pytest.mark.parametrize(
    "text",
    [
        "谢谢，请问几点上班",
        "謝謝，請問幾點上班",
        "谢谢？",
        "谢谢?",
        "谢谢﹖",
        "您好，怎么预约",
        "你好 在吗",
        "好的，什麼時候可以",
        "谢谢，路灯又坏了",
        "祝好，我的电话１３８００１３８０００",
        "thanks, when do you open",
        "HELLO WHERE is the office",
        "好的❓",
        "[图片] 谢谢",
        "谢谢" * 40,
    ],
)
def test_a_word_of_asking_outweighs_a_sure_reading(text, intent):
    assert judge(text, intent, 0.999).makes_ticket


@pytest.mark.parametrize("intent", ["thanks", "chat", "advertisement"])
def test_a_reading_the_words_do_not_bear_out_dismisses_nothing(intent):
    assert judge("某驾校不发工资，小区物业乱收费，邻居通宵施工", intent, 0.99).makes_ticket


@pytest.mark.parametrize("confidence", [DEFAULT.dismiss - 0.001, 0.0, float("nan")])
def test_an_unsure_reading_dismisses_nothing(confidence):
    found = judge("谢谢你们，办得真快", "thanks", confidence)
    assert found.makes_ticket
    assert found.kind in {Kind.QUESTION, Kind.UNCLEAR}


def test_a_reading_just_sure_enough_dismisses():
    assert not judge("谢谢你们，办得真快", "thanks", DEFAULT.dismiss).makes_ticket


@pytest.mark.parametrize("text", ["办得真快，谢谢", "哈哈哈", "低价代开发票"])
def test_the_fallback_dismisses_nothing_by_its_own_reading(text):
    assert all(judge(text, intent, 1.0, "fallback").makes_ticket for intent in ("thanks", "chat", "advertisement"))


@pytest.mark.parametrize("source", ["rasa", "fallback"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [("你好！", Kind.CHAT), ("谢谢。", Kind.THANKS), ("謝謝您～", Kind.THANKS), ("Hello", Kind.CHAT), ("ｔｈａｎｋｓ", Kind.THANKS)],
)
def test_a_plain_greeting_or_thanks_is_dismissed_whoever_read_it(text, kind, source):
    found = judge(text, "question", 0.3, source)
    assert (found.makes_ticket, found.kind, found.source) == (False, kind, source)


@pytest.mark.parametrize("text", sorted(text for texts in values(read("triage"))["plain"].values() for text in texts))
def test_no_text_of_the_list_asks_anything_and_each_is_found(text):
    assert not has_question_cue(text)
    assert says_nothing_more(text) is not None


@pytest.mark.parametrize("text", ["你好吗", "在吗", "您好，", "你好我要", "谢谢但是"])
def test_only_a_whole_text_from_the_list_counts_as_plain(text):
    assert (says_nothing_more(text) is None) is (text != "您好，")


@pytest.mark.parametrize("confidence", [DEFAULT.emergency, 0.31, 1.0])
def test_an_emergency_is_believed_early(confidence):
    found = judge("快来人", "emergency", confidence)
    assert (found.kind, found.makes_ticket, found.urgent, found.answer) == (Kind.EMERGENCY, True, True, "ack_emergency")


def test_a_faint_hint_of_an_emergency_is_looked_at_by_a_person():
    found = judge("以前是不是这样", "emergency", DEFAULT.emergency / 10)
    assert (found.kind, found.makes_ticket) == (Kind.QUESTION, True)


@pytest.mark.parametrize(
    ("subject", "sure", "kind"), [("transport", 0.9, Kind.QUESTION), ("transport", 0.01, Kind.UNCLEAR), ("", 0.9, Kind.UNCLEAR)]
)
def test_what_is_surely_about_something_is_not_called_unclear(subject, sure, kind):
    reading = Understanding("unclear", 0.9, subject, sure, "rasa")
    assert decide(reading, text="二环外拥堵", kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False).kind is kind


def endangered(text, probability):
    """The decision on a text of which the model rather believes something else."""
    reading = Understanding("complaint", 0.8, "", 0.0, "rasa", emergency=probability)
    return decide(reading, text=text, kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False).kind


def test_a_probable_danger_counts_also_where_another_kind_is_likelier():
    assert endangered("屋后的坡又往前走了", DEFAULT.emergency) is Kind.EMERGENCY
    assert endangered("屋后的坡又往前走了", DEFAULT.emergency / 2) is Kind.COMPLAINT


def test_a_long_letter_needs_more_to_be_an_emergency_than_a_short_cry():
    letter = "去年的事情我已经反映过很多次了" * 20
    assert endangered(letter, DEFAULT.emergency_long) is Kind.EMERGENCY
    assert endangered(letter, DEFAULT.emergency) is (Kind.EMERGENCY if DEFAULT.emergency >= DEFAULT.emergency_long else Kind.COMPLAINT)


def test_a_word_of_danger_is_a_second_opinion_but_not_alone():
    assert endangered("他大出血了路上堵着", DEFAULT.emergency_sign) is Kind.EMERGENCY
    assert endangered("他大出血了路上堵着", 0.0) is Kind.COMPLAINT


def test_a_danger_that_is_no_number_frightens_nobody():
    assert endangered("屋后的坡又往前走了", float("nan")) is Kind.COMPLAINT


@pytest.mark.parametrize("text", ["救命", "河边有人溺水", "三楼着火了！", "闻到煤气泄漏"])
def test_a_cry_for_help_is_an_emergency_whatever_the_reading(text):
    assert judge(text, "chat", 0.99, "fallback").kind is Kind.EMERGENCY


def test_a_long_letter_that_mentions_a_fire_is_no_cry_for_help():
    assert judge("去年三楼着火了，" + "消防通道至今被占用，" * 20, "complaint").kind is Kind.COMPLAINT


@pytest.mark.parametrize(
    ("text", "facts", "makes_ticket"),
    [
        ("", {"has_media": True}, True),  # a picture alone
        ("谢谢", {"has_media": True}, True),  # a picture with a thanks
        ("[图片]", {}, True),
        ("[语音]", {}, True),
        ("", {}, True),  # a shape nobody could read
        ("？", {}, True),
        ("🆘", {}, True),
        ("。。。", {}, True),
        ("——……", {}, True),
        ("[微笑]", {}, False),
        ("👍。", {}, False),
        ("👍👍", {}, False),
        ("/::)", {}, False),
        ("", {"has_media": True, "only_stickers": True}, False),
        ("我要投诉", {"has_media": True, "only_stickers": True}, True),
    ],
)
def test_messages_without_words(text, facts, makes_ticket):
    assert judge(text, "chat", 0.99, **facts).makes_ticket is makes_ticket


def test_a_row_of_dots_is_for_a_person_to_judge():
    found = judge("。。。", "chat", 0.99)
    assert (found.kind, found.makes_ticket, found.answer) == (Kind.UNCLEAR, True, "ack_unclear")


OTHERS = ["يول بۇزۇلدى، كىم تۈزىتىدۇ", "ལམ་ཁག་ཉམས་སོང", "Когда откроется касса", "ตำรวจอยู่ไหน", "อยากถาม ok", "ありがとうございます"]


@pytest.mark.parametrize("intent", ["chat", "thanks", "complaint", "unclear"])
@pytest.mark.parametrize("text", OTHERS)
def test_letters_the_reading_never_learned_are_for_a_person_however_sure_it_is(text, intent):
    found = judge(text, intent, 0.99)
    assert (found.kind, found.makes_ticket, found.answer) == (Kind.UNCLEAR, True, "ack_unclear")


@pytest.mark.parametrize("text", ["我住в小区，物业不作为", "αβ测试路灯坏了", "ｇｏｏｄ", "ㄅㄆ你好", "路灯坏了😂"])
def test_a_few_foreign_letters_do_not_hide_what_is_said(text):
    assert judge(text, "complaint", 0.9).kind is not Kind.UNCLEAR


def doubt(text, intent=0.1, subject=0.1, source="rasa"):
    reading = Understanding("complaint", intent, "health", subject, source)
    return decide(reading, text=text, kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False)


@pytest.mark.parametrize("text", ["asdfghjkl", "djfk dkfj skdl", "qwe 123", "七零八落西瓜皮"])
def test_a_reading_that_doubts_on_both_axes_says_so(text):
    found = doubt(text)
    assert (found.kind, found.makes_ticket) == (Kind.UNCLEAR, True)
    assert "看不懂" in found.reason


@pytest.mark.parametrize(("intent", "subject"), [(DEFAULT.unclear_intent, 0.0), (0.0, DEFAULT.unclear_subject)])
def test_a_reading_that_is_sure_on_one_axis_is_kept(intent, subject):
    assert doubt("西瓜皮", intent, subject).kind is Kind.COMPLAINT


def test_a_word_of_asking_is_believed_against_doubt():
    assert doubt("请问西瓜皮").kind is Kind.COMPLAINT


def test_doubt_never_hides_a_cry_for_help():
    assert doubt("救命").kind is Kind.EMERGENCY


@given(st.text(max_size=80), st.floats(0, 1), st.sampled_from(["rasa", "fallback"]), st.booleans())
def test_what_nobody_understands_is_never_dismissed_unless_it_is_a_plain_greeting(text, confidence, source, media):
    reading = Understanding("unclear", confidence, "", 1.0, source)
    found = decide(reading, text=text, kind=EventKind.MESSAGE, has_media=media, joins_open_ticket=False)
    assert found.makes_ticket or says_nothing_more(text) or found.reason == "只有表情"


@given(st.text(max_size=80), READINGS, st.sampled_from(sorted(QUESTION_KINDS)), st.booleans(), st.booleans())
def test_a_message_to_an_open_ticket_is_never_dismissed(text, reading, kind, media, stickers):
    found = decide(reading, text=text, kind=kind, has_media=media, joins_open_ticket=True, only_stickers=stickers)
    assert found.makes_ticket
    assert found.answer in {"ack_joined", "ack_human", "ack_emergency"}


@given(st.text(max_size=200), READINGS, st.sampled_from(EventKind), st.booleans(), st.booleans())
def test_every_message_gets_a_decision_with_a_reason_and_a_known_answer(text, reading, kind, media, joins):
    found = decide(reading, text=text, kind=kind, has_media=media, joins_open_ticket=joins)
    assert found.reason
    assert found.answer in KEYS | {""}
    assert found.source == reading.source


@given(st.text(max_size=30), st.sampled_from(["吗", "怎么", "请问", "電話", "?", "？"]), st.text(max_size=30), READINGS)
def test_no_text_with_a_word_of_asking_is_dismissed(before, cue, after, reading):
    assert decide(reading, text=before + cue + after, kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False).makes_ticket


@pytest.mark.parametrize("kind", sorted(set(EventKind) - QUESTION_KINDS))
def test_what_is_not_a_citizens_word_makes_no_ticket(kind):
    assert not judge("请问", kind=kind).makes_ticket


@pytest.mark.parametrize(
    ("text", "asks"), [("canned fish", False), ("Can I come", True), ("showhow", False), ("编号12345", True), ("1234", False)]
)
def test_english_words_count_as_whole_words_and_long_numbers_as_a_way_to_call_back(text, asks):
    assert has_question_cue(text) is asks


def test_a_hostile_text_is_judged_at_once():
    assert judge("[" * 200_000 + "/:" * 100_000, "chat", 0.99).kind is Kind.UNCLEAR
