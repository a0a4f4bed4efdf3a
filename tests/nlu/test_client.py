"""Rasa's client against a pretend Rasa with good and bad manners."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from nlu.client import Rasa
from policies.facts import Understanding
from tests.nlu.fake_rasa import GOOD, TOKEN, FakeRasa, running


@pytest.fixture
def server() -> Iterator[FakeRasa]:
    with running() as fake:
        yield fake


def client(server: FakeRasa, **settings: float) -> Rasa:
    return Rasa(server.url, TOKEN, timeout=settings.pop("timeout", 0.3), **settings)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_good_answer_is_taken_as_it_is(server: FakeRasa) -> None:
    assert client(server, timeout=2).understand(["哪里打疫苗"]) == [Understanding("question", 0.9, "health", 0.8, "rasa", model="m1")]


def test_the_label_none_becomes_no_subject(server: FakeRasa) -> None:
    server.answer = {**GOOD, "subject": {"name": "none", "confidence": 0.7}}
    assert client(server, timeout=2).understand(["你好"])[0].subject == ""


def test_a_topic_of_the_subject_is_taken(server: FakeRasa) -> None:
    server.answer = {**GOOD, "topic": {"name": "health.care", "confidence": 0.7}}
    found = client(server, timeout=2).understand(["挂号难"])[0]
    assert (found.subject, found.topic, found.topic_confidence) == ("health", "health.care", 0.7)


@pytest.mark.parametrize("name", ["", "none", "transport.taxi"])
def test_a_topic_that_is_none_or_of_another_subject_is_dropped(server: FakeRasa, name: str) -> None:
    server.answer = {**GOOD, "topic": {"name": name, "confidence": 0.7}}
    found = client(server, timeout=2).understand(["挂号难"])[0]
    assert (found.source, found.topic, found.topic_confidence) == ("rasa", "", 0.0)


def test_entities_fit_the_text_as_given_and_not_the_one_rasa_saw(server: FakeRasa) -> None:
    server.answer = {**GOOD, "entities": [{"entity": "place", "value": "青石路", "start": 0, "end": 3}]}
    found = client(server, timeout=2).understand(["/  \u200b在\u200b青石路"])[0].entities
    assert found == ({"entity": "place", "value": "青石路", "start": 6, "end": 9},)


def test_of_another_extractors_entities_only_what_staff_need_is_kept(server: FakeRasa) -> None:
    good = {"entity": "colour", "value": "青", "start": 0, "end": 1, "extractor": "X", "processors": ["Y"]}
    odd = [{"entity": "colour"}, {**good, "value": 7}, {**good, "start": "1"}, {**good, "value": "红"}, {**good, "value": ""}, "text", None]
    server.answer = {**GOOD, "entities": [good, *odd]}
    found = client(server, timeout=2).understand(["天青"])[0].entities
    assert found == ({"entity": "colour", "value": "青", "start": 1, "end": 2},)


def test_a_flood_of_entities_is_cut(server: FakeRasa) -> None:
    server.answer = {**GOOD, "entities": [{"entity": "x", "value": "圆" * 500, "start": 0, "end": 500}] * 100}
    found = client(server, timeout=2).understand(["圆" * 500])[0].entities
    assert (len(found), len(found[0]["value"])) == (60, 200)


def test_a_batch_keeps_its_order_and_runs_side_by_side(server: FakeRasa) -> None:
    server.manner = "slow"
    texts = [f"第{number}条" for number in range(40)]
    started = time.monotonic()
    found = client(server, timeout=3).understand(texts)
    assert [one.source for one in found] == ["rasa"] * 40
    assert sorted(server.seen) == sorted(texts)
    assert time.monotonic() - started < 40 * 0.05


def test_nothing_to_read_is_no_request(server: FakeRasa) -> None:
    assert client(server).understand([]) == []
    assert client(server).understand(["", " \u200b\x00 ", "///"])[0].note == "没有可识别的文字"
    assert server.seen == []


@pytest.mark.parametrize("manner", ["error", "garbage", "huge", "hang", "drip"])
def test_bad_manners_give_the_fallback_within_the_limit(server: FakeRasa, manner: str) -> None:
    server.manner = manner
    started = time.monotonic()
    found = client(server).understand(["楼上着火了"])[0]
    assert (found.intent, found.source) == ("emergency", "fallback")
    assert found.note.startswith("Rasa")
    assert time.monotonic() - started < 1.5


WRONG = [
    [],
    "text",
    {},
    {"intent": None, "subject": GOOD["subject"]},
    {**GOOD, "subject": None},
    {**GOOD, "intent": {"name": "question"}},
    {**GOOD, "intent": {"name": "order_pizza", "confidence": 0.9}},
    {**GOOD, "subject": {"name": "pizza", "confidence": 0.9}},
    {**GOOD, "topic": {"name": "health.pizza", "confidence": 0.9}},
    {**GOOD, "topic": {"name": "health.care"}},
    {**GOOD, "topic": "health.care"},
    {**GOOD, "intent": {"name": "question", "confidence": float("nan")}},
    {**GOOD, "intent": {"name": "question", "confidence": 1.5}},
    {**GOOD, "intent": {"name": "question", "confidence": -0.1}},
    {**GOOD, "intent": {"name": "question", "confidence": True}},
    {**GOOD, "intent": {"name": "question", "confidence": "0.9"}},
    {**GOOD, "intent": {"name": None, "confidence": 0.9}},
]


@pytest.mark.parametrize("answer", WRONG)
def test_a_wrong_headed_answer_is_not_believed(server: FakeRasa, answer: object) -> None:
    server.answer = answer
    found = client(server, timeout=2).understand(["请问怎么办"])[0]
    assert found.source == "fallback"
    assert found.note.startswith("Rasa 答复有误，按关键词判断")


def test_a_wrong_token_is_the_fallback_and_is_never_shown(server: FakeRasa) -> None:
    rasa = Rasa(server.url, "wrong-secret", timeout=2)
    found = rasa.understand(["你好"])[0]
    assert found.note == "Rasa 出错，按关键词判断：HTTP 401"
    assert "wrong-secret" not in repr(rasa) + found.note + repr(rasa.status())


def test_without_a_server_the_words_decide_at_once() -> None:
    started = time.monotonic()
    found = Rasa(f"http://127.0.0.1:{free_port()}", TOKEN).understand(["转人工"] * 50)
    assert {(one.intent, one.source, one.note) for one in found} == {("human", "fallback", "Rasa 无应答，按关键词判断")}
    assert time.monotonic() - started < 1.5


def test_without_an_address_the_words_decide() -> None:
    assert Rasa("", "").understand(["谢谢"])[0].note == "未配置 Rasa，按关键词判断"


def test_an_address_that_is_none_is_survived() -> None:
    assert Rasa("not an address", TOKEN).understand(["谢谢"])[0].source == "fallback"


def test_the_breaker_spares_a_hanging_server(server: FakeRasa) -> None:
    server.manner = "hang"
    rasa = client(server, failures=3, pause=60)
    rasa.understand(["一"] * 3, limit=2)
    asked = len(server.seen)
    started = time.monotonic()
    assert {one.note for one in rasa.understand(["二"] * 200)} == {"Rasa 无应答，按关键词判断"}
    assert len(server.seen) == asked
    assert time.monotonic() - started < 1


def test_the_breaker_closes_when_the_server_is_back(server: FakeRasa) -> None:
    server.manner = "error"
    rasa = client(server, timeout=2, failures=2, pause=0.2)
    rasa.understand(["一", "二"])
    assert rasa.understand(["三"])[0].note == "Rasa 无应答，按关键词判断"
    server.manner = "good"
    time.sleep(0.25)
    assert rasa.understand(["四"])[0].source == "rasa"
    assert {one.source for one in rasa.understand(["五"] * 8)} == {"rasa"}


def test_a_restarted_server_is_used_again() -> None:
    port = free_port()
    rasa = Rasa(f"http://127.0.0.1:{port}", TOKEN, timeout=2, failures=1, pause=0.1)
    assert rasa.understand(["一"])[0].source == "fallback"
    with running(port):
        time.sleep(0.15)
        assert rasa.understand(["二"])[0].source == "rasa"


def test_a_healthy_process_stands_in_for_a_dead_one(server: FakeRasa) -> None:
    rasa = Rasa([f"http://127.0.0.1:{free_port()}", server.url], TOKEN, timeout=2, failures=1, pause=60)
    rasa.understand(["一", "二"])
    assert {one.source for one in rasa.understand(["三"] * 20)} == {"rasa"}


def test_a_batch_stops_at_its_limit(server: FakeRasa) -> None:
    server.manner = "slow"
    started = time.monotonic()
    found = client(server, timeout=2).understand(["请问"] * 400, limit=0.3)
    assert len(found) == 400
    assert {"rasa", "fallback"} == {one.source for one in found}
    assert time.monotonic() - started < 1.5


def test_a_batch_that_ran_out_of_time_does_not_condemn_the_server(server: FakeRasa) -> None:
    server.manner = "slow"
    rasa = client(server, timeout=2, failures=1, pause=60)
    rasa.understand(["请问"] * 400, limit=0.2)
    server.manner = "good"
    assert rasa.understand(["请问"])[0].source == "rasa"


def test_threads_may_share_one_client(server: FakeRasa) -> None:
    rasa, found = client(server, timeout=3), []
    crew = [threading.Thread(target=lambda: found.extend(rasa.understand(["你好"] * 5))) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert [one.source for one in found] == ["rasa"] * 40


def test_long_texts_are_cut_and_slashes_neutralised(server: FakeRasa) -> None:
    client(server, timeout=2).understand([" ／\u200b/restart", "长" * 20_000])
    assert sorted(map(len, server.seen)) == [7, 2000]
    assert not any(text.startswith(("/", "／")) for text in server.seen)


def test_status_names_the_model_and_notices_another(server: FakeRasa) -> None:
    rasa = client(server, timeout=2)
    right, wrong = rasa.status("right.tar.gz")[0], rasa.status("other.tar.gz")[0]
    assert (right.ok, right.model_file, right.model_id) == (True, "right.tar.gz", "m1")
    assert (wrong.ok, wrong.error) == (False, "serves another model: right.tar.gz")


def test_status_of_a_missing_server_is_a_report() -> None:
    report = Rasa(f"http://127.0.0.1:{free_port()}", TOKEN).status()[0]
    assert (report.ok, report.error) == (False, "Rasa 无应答，按关键词判断")
