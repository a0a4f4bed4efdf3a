"""Finding entries: the right one first, whatever is thrown at it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.retrieval import LONGEST, Document, Index, grams, plain

BASE = Index(
    [
        Document(1, ("流感疫苗在哪里接种？", "流感疫苗去哪里打"), "社区卫生服务中心均可接种。", owner=1),
        Document(2, ("社保卡丢了怎么补办",), "带身份证到合作银行网点补办。", owner=1),
        Document(3, ("2026 年小学报名什么时候开始",), "2026 年 6 月 1 日开始。", owner=2),
        Document(4, ("Bus 301 time table",), "Every 20 minutes.", owner=2),
    ]
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("您好，请问流感疫苗去哪里打呢，谢谢", 1),
        ("社保卡弄丢了，咋补办啊", 2),
        ("小学报名是几月", 3),
        ("ＢＵＳ 301？", 4),
        ("bus 301 timetable", 4),
    ],
)
def test_the_right_entry_comes_first(text: str, key: int) -> None:
    assert BASE.search(text)[0].key == key


def test_courtesy_changes_nothing() -> None:
    bare, polite = BASE.search("社保卡丢了怎么补办")[0], BASE.search("领导您好，麻烦问一下，社保卡丢了怎么补办，谢谢！")[0]
    assert bare.asked == pytest.approx(1.0) and polite.asked == pytest.approx(1.0)


def test_another_year_is_another_question() -> None:
    same, other = BASE.search("2026年小学报名什么时候开始")[0], BASE.search("2024年小学报名什么时候开始")[0]
    assert same.asked > 0.99 and other.asked < 0.9


def test_only_entries_of_the_asked_owners_are_found() -> None:
    assert {hit.key for hit in BASE.search("小学报名和流感疫苗", owners={2})} <= {3, 4}
    assert BASE.search("流感疫苗", owners=set()) == []


@pytest.mark.parametrize("text", ["", " ", "？！", "谢谢", "😀😀", "\u200b\u200b", "؟مرحبا"])
def test_what_says_nothing_finds_nothing(text: str) -> None:
    assert BASE.search(text) == []


def test_a_letter_is_read_up_to_its_limit_and_finds_what_it_starts_with() -> None:
    letter = "社保卡丢了怎么补办。" + "另外天气很好。" * 4000
    assert len(plain(letter)) == LONGEST and BASE.search(letter)[0].key == 2


def test_an_empty_base_finds_nothing() -> None:
    assert Index([]).search("社保卡") == [] and len(Index([])) == 0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_borne_and_figures_stay_between_0_and_1(text: str) -> None:
    assert all(0 <= hit.asked <= 1 and 0 <= hit.similarity <= 1.001 for hit in BASE.search(text, limit=10))


def test_the_same_text_gives_the_same_parts_in_any_width() -> None:
    assert grams("Ａ７区 301路") == grams("a7区301路")
