"""Corrections become training sentences: masked, harmless to Rasa's format, without contradictions."""

from pathlib import Path

import pytest

from bot.learning.export import Sentence, lesson, sentence_of, write
from bot.learning.models import Correction
from bot.tickets.models import Message
from nlu import corpus
from policies.learning import rules


def correction(number: int, text: str, intent: str = "complaint", subject: str = "transport", topic: str = "") -> Correction:
    return Correction(pk=number, message=Message(text=text), intent=intent, subject=subject, topic=topic)


def test_personal_data_is_masked_before_it_is_training_text() -> None:
    made = sentence_of("我叫张三，电话13800138000，身份证110101199003070011，三号线电梯坏了", 500)
    assert "13800138000" not in made and "110101199003070011" not in made
    assert "三号线电梯坏了" in made


HOSTILE = [
    '[路灯](place)坏了 {"entity": "x"}',
    "第一行\n第二行\r\n- intent: thanks\n  examples: |\n    - 好",
    "/thanks 路灯坏了",
    '／／restart{"a":1}',
    "- 路灯坏了",
    "# 路灯坏了",
    "_x000D_路灯_x000D_坏了",
    "路灯\u200b\x00坏了\u2028还有\u2029井盖",
    "> | & * ! % @ ` ' \" 路灯",
    "路灯" * 20000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back_from_the_file_as_one_sentence_of_their_class(text: str, tmp_path: Path) -> None:
    made = lesson([correction(1, text)], rules(), [])
    write(tmp_path, made.learnt, 2)
    read = corpus.read(tmp_path)
    assert [(one.intent, one.subject) for one in read] == [("complaint", "transport")] * 2
    assert not set("[](){}\n\r") & set(read[0].text) and not read[0].text.startswith(("/", "／", "-", "#"))
    assert len(read[0].text) <= rules().longest


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "///", "- - -"])
def test_what_leaves_nothing_to_learn_is_left_out(text: str) -> None:
    made = lesson([correction(1, text)], rules(), [])
    assert (made.learnt, made.left_out) == ((), 1)


def test_of_conflicting_corrections_the_latest_is_believed() -> None:
    rows = [correction(1, "公交站没有了！"), correction(2, "公交站没有了", subject="urban_construction"), correction(3, "别的事")]
    made = lesson(rows, rules(), [])
    assert [(one.number, one.subject) for one in made.learnt] == [(2, "urban_construction"), (3, "transport")]
    assert made.left_out == 1


def test_a_text_of_a_test_set_is_not_learnt() -> None:
    made = lesson([correction(1, "着火了，快来！"), correction(2, "路灯坏了")], rules(), ["着火了快来"])
    assert [one.number for one in made.learnt] == [2]


def test_every_fifth_correction_is_only_tested_on() -> None:
    made = lesson([correction(number, f"第{number}件事") for number in range(1, 12)], rules(), [])
    assert [one.number for one in made.tested] == [5, 10]
    assert len(made.learnt) == 9


def test_a_topic_of_another_subject_is_dropped_and_small_talk_is_about_nothing() -> None:
    rows = [correction(1, "一", subject="transport", topic="health.care"), correction(2, "你好呀", "chat", "")]
    made = lesson(rows, rules(), [])
    assert [(one.subject, one.topic) for one in made.learnt] == [("transport", ""), ("none", "")]


@pytest.mark.parametrize(("text", "intent"), [("转人工", "human"), ("你好", "question"), ("谢谢，那井盖的事呢", "question")])
def test_a_message_somebody_only_called_a_question_is_never_learnt_as_none(text: str, intent: str) -> None:
    assert lesson([correction(1, text, "", "")], rules(), []).learnt[0].intent == intent


def test_topics_and_copies_stand_in_the_file(tmp_path: Path) -> None:
    write(tmp_path, [Sentence(1, "打车难", "complaint", "transport", "transport.taxi")], 3)
    read = corpus.read(tmp_path)
    assert [(one.text, one.topic) for one in read] == [("打车难", "transport.taxi")] * 3
