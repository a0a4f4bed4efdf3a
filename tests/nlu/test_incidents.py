"""Grouping: what belongs together, what does not, and how well it agrees with people."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.grams import everyday
from nlu.incidents import Grouper, Rules, Seen
from nlu.incidents_score import Labels, b_cubed, group, grouped, labels, pairs_score

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SHARED = next((path for above in Path(__file__).parents if (path := above / "shared/data/stream.jsonl").exists()), Path("/missing"))
SETS = Path(__file__).parent / "sets"


def incidents_of(*texts: str, hours: float = 1, topic: str = "", apart: tuple[int, ...] = ()) -> list[object]:
    requests = (
        Seen(at, text, NOW + timedelta(hours=hours * at), f"c{at}", apart[at] if apart else 0, topic=topic) for at, text in enumerate(texts)
    )
    return list(group(requests))


def test_the_same_outage_in_other_words_is_one_incident():
    first, second, third = incidents_of(
        "阳光花园停水了，什么时候来水？", "我们阳光花园三栋没有水了", "阳光花园小区从早上停水到现在，物业也不说"
    )
    assert first == second == third


EVENT = (
    "阳光花园停水了，什么时候来水？",
    "我们阳光花园三栋没有水了",
    "阳光花园小区从早上停水到现在，物业也不说",
    "投诉：阳光花园停水一整天，老人孩子没水喝",
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_short_messages_about_one_event_are_one_incident_in_whatever_order_they_come(order: tuple[int, ...]):
    found = incidents_of(*(EVENT[place] for place in order), "滨河路的水表井盖丢了，晚上走路太危险，请尽快补上")
    assert len(set(found[:4])) == 1
    assert found[4] != found[0]


def test_the_same_words_about_another_place_are_another_matter():
    first, second = incidents_of("阳光花园停水了，什么时候来水？", "月光花园停水了，什么时候来水？")
    assert first != second


def test_the_matters_of_one_estate_are_not_one_event():
    texts = ("阳光花园停水了，什么时候来水？", "阳光花园停车位被外来车占了没人管", "阳光花园电梯坏了三天", "阳光花园广场舞太吵了")
    assert len(set(incidents_of(*texts))) == 4
    assert len(set(incidents_of(*texts, topic="housing.property"))) == 4


def test_one_place_and_topic_need_fewer_words_in_common():
    texts = ("建设路修路晚上施工到两点，吵得睡不着", "建设路夜里还在施工，太吵了")
    assert len(set(incidents_of(*texts))) == 2
    assert len(set(incidents_of(*texts, topic="environment.noise"))) == 1


def test_greetings_are_no_incident():
    assert len(set(incidents_of("你好", "你好", "您好", "在吗", "🙏", ""))) == 6


def test_requests_of_two_departments_are_never_put_together():
    text = "滨河新村的垃圾站臭得不行，晚上窗户都不敢开"
    assert len(set(incidents_of(text, text, apart=(1, 2)))) == 2


def test_after_two_months_the_same_words_start_anew():
    text = "滨河新村的垃圾站臭得不行，晚上窗户都不敢开"
    assert len(set(incidents_of(text, text, hours=24 * 61))) == 2


def test_what_was_closed_takes_nothing_in():
    grouper = Grouper()
    text = "滨河新村的垃圾站臭得不行，晚上窗户都不敢开"
    grouper.remember(grouper.read(Seen(1, text, NOW)), 7, joinable=False)
    assert grouper.decide(grouper.read(Seen(2, text, NOW))).incident is None


def test_what_is_oldest_is_forgotten_first():
    grouper = Grouper(rules=Rules(texts=2))
    for key, text in enumerate(("滨河新村的垃圾站臭得不行", "建设路夜里还在施工吵人", "公交十二路半小时不来一趟")):
        grouper.remember(grouper.read(Seen(key, text, NOW)), key)
    assert [grouper.knows(key) for key in range(3)] == [False, True, True]


def test_the_most_typical_request_speaks_for_the_incident():
    grouper = Grouper(everyday())
    for key, text in enumerate(("路灯的事", "滨河新村路灯全都不亮", "滨河新村路灯不亮，走路害怕", "滨河新村")):
        grouper.remember(grouper.read(Seen(key, text, NOW)), 1)
    assert grouper.central(1) in (1, 2)


TEXTS = st.text(alphabet="阳光花园停水路灯坏了abc 1\u200b🙂的", max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.integers(0, 2), st.integers(-3000, 3000)), max_size=25))
def test_whatever_comes_each_request_is_in_one_incident_of_its_own_department(rows: list[tuple[str, int, int]]):
    requests = [Seen(at, text, NOW + timedelta(hours=hours), "", apart) for at, (text, apart, hours) in enumerate(rows)]
    grouper, found, incidents = Grouper(), dict[int, int | None](), 0
    for seen in requests:
        read = grouper.read(seen)
        verdict = grouper.decide(read)
        assert verdict.incident is None or verdict.partner is None
        others = [key for key, incident in found.items() if incident == verdict.incident] if verdict.incident else []
        others += [verdict.partner] if verdict.partner is not None else []
        assert all(requests[other].apart == seen.apart for other in others)
        incident = verdict.incident
        if verdict.partner is not None:
            assert found[verdict.partner] is None
            incident = incidents = incidents + 1
            grouper.remember(grouper.read(requests[verdict.partner]), incident)
            found[verdict.partner] = incident
        grouper.remember(read, incident)
        found[seen.key] = incident


def test_the_example_of_the_documents_holds_two_events():
    with (Path(__file__).parents[2] / "docs" / "examples" / "one_day.jsonl").open(encoding="utf-8") as lines:
        found = grouped(lines)
    assert sorted(found.count(name) for name in set(found)) == [1, 1, 1, 3, 7]


def test_pairs_and_average_count_as_defined():
    wanted = Labels((frozenset({0, 1, 2}),), (0, 1, 2, 3), frozenset({(0, 3)}))
    assert pairs_score(["a", "a", "b", "a"], wanted).precision == 0.5  # 0-1 right, 1-3 wrong, 0-3 unsure
    assert pairs_score(["a", "a", "b", "a"], wanted).recall == pytest.approx(1 / 3)
    assert b_cubed(["a", "a", "b", "c"], wanted).recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)


@pytest.mark.skipif(not SHARED.exists(), reason="the real stream is not part of the project: ../shared/data/stream.jsonl is missing")
def test_people_and_machine_agree_about_the_incidents_of_a_real_stream():
    wanted = labels(SETS / "incidents.toml")
    with SHARED.open(encoding="utf-8") as lines:
        found = grouped(lines)
    assert pairs_score(found, wanted).f1 >= 0.92
    assert pairs_score(found, wanted, without_largest=2).f1 >= 0.83
    assert b_cubed(found, wanted).f1 >= 0.96
