"""`make evaluate` apart from Rasa: choosing texts, holding figures against targets, what is told of what is missing."""

import json
from pathlib import Path

import pytest

from nlu.evaluation.answers import Answer, best, ranking
from nlu.evaluation.examples import Line
from nlu.evaluation.lab import Lab
from nlu.evaluation.metrics import Judged
from nlu.evaluation.results import Study
from tests.bench.understanding import __main__ as command
from tests.bench.understanding import figures, run, studies, urgency
from tests.bench.understanding.run import Bench, Found
from tests.bench.understanding.section import Section
from tests.bench.understanding.speed import Pace, Throughput

SECRET = "市民的原话"


def answer(subject: str, *others: str, intent: str = "complaint", sure: float = 0.9) -> Answer:
    rows = [{"name": name, "confidence": sure if place == 0 else 0.01} for place, name in enumerate((subject, *others))]
    return {"intent": {"name": intent, "confidence": sure}, "subject": rows[0], "subject_ranking": rows}


def lines(count: int = 40) -> list[Line]:
    return [Line(f"{SECRET}{number}", ("health", "labour")[number % 2], number + 1) for number in range(count)]


def study(key: str, right: int) -> Study:
    truth = ("a", "b") * 50
    return Study(key, key, key, "", Judged((SECRET,) * 100, truth, tuple(truth[:right]) + ("c",) * (100 - right), (0.9,) * 100))


def found() -> Found:
    texts = [{"text": "救命啊有人跳河", "oblique": False, "sort": "water"}, {"text": "谢谢你们", "oblique": True, "sort": "farewell"}]
    calls = urgency.decided(texts, [answer("none", intent="emergency"), answer("none", intent="thanks", sure=0.99)])
    others = urgency.decided([{"text": "消防通道被占", "near": "fire"}], [answer("justice")])
    messages = urgency.decided([{"text": one.text} for one in lines()], [answer("health")] * 40)
    made = Found(own=[study("own_intent", 90)], real=study("real", 95), day_one=study("day_one", 70), trained=80)
    made.calls, made.others, made.messages, made.curve = calls, others, messages, [("20", 40, 0.6), ("10", 20, 0.5)]
    made.pace, made.throughputs = Pace(4, 11, 3, 500), [Throughput(1, 300, 200, 0, 610), Throughput(2, 601, 350, 0, 600)]
    return made


def test_figures_are_held_against_their_targets() -> None:
    rows = {one.key: one for one in figures.report(found(), [], []).figures}
    met = {key: one.met for key, one in rows.items() if one.met is not None}
    assert met["p50"] and not met["p99"] and met["rss"] and rows["rss"].ours == "610.0 MB"
    assert not met["day_one"] and not met["urgent"] and met["dismissed"] and met["alarms"] and met["flood_2"]
    assert rows["urgent"].ours == "0.500" and rows["dismissed"].ours == "0 / 40"


def test_the_curve_ends_with_all_texts() -> None:
    assert [point[:2] for point in figures.report(found(), [], []).curve] == [("10", 20), ("20", 40), ("全部", 80)]


def test_without_real_messages_their_figures_are_left_out_and_it_is_said() -> None:
    made = Found(own=[study("own_intent", 90)], calls=found().calls, others=found().others, rivals=[study("diet", 50), None])
    told = figures.report(made, [], command.left_out(real=False, quick=True))
    assert {one.key for one in told.figures} == {"own_intent", "ece_own_intent", "urgent"}
    assert told.figures[0].others == ("0.444", "")
    assert len(told.left_out) == 2 and "EVALUATE_DATA" in told.left_out[0]


def test_the_benchmarks_page_gets_every_figure_and_no_text() -> None:
    made = found()
    made.messages += urgency.decided([{"text": f"谢谢{SECRET}"}], [answer("none", intent="thanks", sure=1.0)])
    report = figures.report(made, [("机器", "2 | cores")], [])
    assert any(SECRET in cell for table in report.tables for row in table.rows for cell in row)
    written = Section(report).markdown()
    assert written.count("\n| ") == len(report.figures) + 1 and SECRET not in written and "2 | cores" in written
    assert SECRET not in json.dumps(report.as_json(), ensure_ascii=False)


def test_the_files_of_the_report_are_their_owners_alone(tmp_path: Path) -> None:
    command.keep(figures.report(found(), [], []), tmp_path / "evaluation")
    kept = sorted((tmp_path / "evaluation").iterdir())
    assert [path.name for path in kept] == ["report.html", "report.json"]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_corrections_are_what_was_read_wrongly() -> None:
    rows = lines(200)
    answers = {line.number: answer("health", "labour") for line in rows}
    chosen = studies.corrected(rows, answers, frozenset({"health", "labour"}))
    assert len(chosen) == studies.CORRECTIONS and {line.label for line in chosen} == {"labour"}


def test_a_few_are_the_same_each_time_and_no_more_than_there_are() -> None:
    rows = lines(30)
    assert studies.few(rows, 10) == studies.few(rows, 10) and len(studies.few(rows, 10)) == 20
    assert sorted(line.number for line in studies.few(rows, 99)) == [line.number for line in rows]


def test_day_one_is_judged_among_the_subjects_there_are_and_among_all() -> None:
    rows = lines(4)
    answers = {line.number: answer("justice", "labour") for line in rows}
    among, free = studies.day_one(rows, answers)
    assert among.judged.found == ("labour",) * 4 and among.judged.confidence[0] == 0.01
    assert free.judged.found == ("justice",) * 4


@pytest.mark.parametrize("odd", [None, {}, {"subject": None}, {"subject": {"name": None}}, {"subject": "x", "subject_ranking": 3}])
def test_an_odd_answer_says_nothing(odd: Answer) -> None:
    assert best(odd, "subject") == ("", 0.0) and ranking(odd, "subject") == []


def test_chinese_names_become_ids_and_unknown_labels_are_left_out() -> None:
    given = [Line("一", "卫生计生", 1), Line("二", "health", 2), Line("三", "外星事务", 3)]
    assert [line.label for line in studies.with_ids(given)] == ["health", "health"]


def test_the_real_messages_are_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVALUATE_DATA", str(tmp_path))
    assert run.data_file() == tmp_path / "messages.jsonl" and run.real_messages() == []
    (tmp_path / "messages.jsonl").write_text('{"text": "看病", "label": "卫生计生"}\n', "utf-8")
    assert run.real_messages() == [Line("看病", "health", 1)]


def test_the_first_failure_ends_the_run(tmp_path: Path) -> None:
    bench = Bench(Lab(tmp_path / "no-python", tmp_path, say=lambda text: None), tmp_path / "no-model.tar.gz", [])
    with pytest.raises(Exception, match="Rasa"):
        bench.run()


def test_a_yardstick_that_fails_is_told_and_ours_is_measured_all_the_same(tmp_path: Path) -> None:
    bench = Bench(Lab(tmp_path / "no-python", tmp_path, say=lambda text: None), tmp_path / "no-model.tar.gz", lines())
    bench._rival(0, "diet", 40)()
    assert bench.found.rivals == [None, None] and "Rasa DIET" in bench.found.failed[0]
