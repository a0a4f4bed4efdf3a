"""A Rasa that hangs, or serves another model than it was given, is noticed and started again; and which model is the right one."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.launch import model, options, watchdog
from bot.launch.plan import Process
from bot.launch.processes import Child, Watcher, end_all
from bot.launch.say import Problem
from bot.launch.watchdog import Place, Timing, Watchdog
from nlu import serve
from tests.nlu.fake_rasa import TOKEN, FakeRasa, running

QUICK = Timing(timeout=0.2, every=0.05, strikes=2, start=1.0)
HERE = Path(__file__).parent


@pytest.fixture
def server() -> Iterator[FakeRasa]:
    with running() as fake:
        yield fake


def place(server: FakeRasa, name: str = "right.tar.gz") -> Place:
    return Place("127.0.0.1", server.server_address[1], TOKEN, lambda: Path(name), QUICK)


def waited(condition: object, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.02)
    return bool(condition())  # type: ignore[operator]


def test_a_process_is_well_once_it_has_read_a_text(server: FakeRasa) -> None:
    dog = Watchdog(place(server))
    assert waited(lambda: dog.well)
    dog.dismiss()
    assert server.seen == ["请问社保卡丢了怎么补办"]


def test_another_model_than_the_right_one_is_a_problem(server: FakeRasa) -> None:
    assert watchdog.problem(place(server)) == ""
    assert watchdog.problem(place(server, "other.tar.gz")) == "模型不符 serves right.tar.gz instead of other.tar.gz"


def test_a_process_that_changes_to_another_model_gets_a_verdict(server: FakeRasa) -> None:
    dog = Watchdog(place(server))
    assert waited(lambda: dog.well)
    server.model_file = "other.tar.gz"
    assert waited(lambda: "模型不符" in dog.verdict)


def test_one_bad_moment_is_no_verdict(server: FakeRasa) -> None:
    dog = Watchdog(place(server)._replace(timing=QUICK._replace(every=0.3)))
    assert waited(lambda: dog.well)
    server.model_file = ""
    time.sleep(0.35)
    server.model_file = "right.tar.gz"
    time.sleep(0.7)
    assert dog.verdict == ""


def test_a_process_that_never_answers_gets_a_verdict_in_time(server: FakeRasa) -> None:
    server.manner = "error"
    dog = Watchdog(place(server))
    assert waited(lambda: "不能识别" in dog.verdict)


def test_a_token_is_not_shown_by_what_is_wrong(server: FakeRasa) -> None:
    wrong = place(server)._replace(token="a-wrong-token")
    assert watchdog.problem(wrong).startswith("无应答") and "a-wrong-token" not in watchdog.problem(wrong) + repr(wrong)


def test_a_hanging_rasa_is_ended_and_started_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = options.read({"HUIYIN_DATA": str(tmp_path)})
    made.logs.mkdir()
    port = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 19711
    argv = (sys.executable, str(HERE / "checkout" / "rasa.py"), "run", "--model", str(tmp_path / "m.tar.gz"), "-p", str(port))
    spot = Place("127.0.0.1", port, "t", lambda: tmp_path / "m.tar.gz", QUICK._replace(start=20.0))
    watcher = Watcher(None)
    child = Child(Process("nlu", "语义识别", argv, serve.environment(), announce="就绪", place=spot), made, watcher)
    try:
        said = _until_back(child, tmp_path / "hang", capsys)
    finally:
        end_all([child], threading.Event())
        watcher.dismiss()
    assert "无应答" in said and "信号 signal 9" in said


def _until_back(child: Child, hang: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Let it come up, hang, be ended, and come back; what was said."""
    said, until = "", time.monotonic() + 30
    while "已恢复" not in said and time.monotonic() < until:
        child.look(time.monotonic())
        said += capsys.readouterr().out
        if "就绪" in said and "退出" not in said:
            hang.touch()
        elif "退出" in said:
            hang.unlink(missing_ok=True)
        time.sleep(0.02)
    assert "已恢复" in said, said
    return said


@pytest.fixture
def folder(tmp_path: Path) -> options.Options:
    made = options.read({"HUIYIN_DATA": str(tmp_path)})
    (tmp_path / "models" / "learned").mkdir(parents=True)
    for name in ("base.tar.gz", "learned/new.tar.gz"):
        (tmp_path / "models" / name).write_text("a model")
    return made


def served(made: options.Options) -> str:
    return model.serving(made, made.data / "models" / "base.tar.gz").name


def test_the_promoted_model_is_served_and_a_roll_back_to_the_base_is_kept(folder: options.Options) -> None:
    serve.promote(folder.data / "models", serve.Promoted("learned/new.tar.gz", "base.tar.gz"))
    assert served(folder) == "new.tar.gz"
    serve.promote(folder.data / "models", None)
    assert served(folder) == "base.tar.gz"


@pytest.mark.parametrize(
    "note",
    [
        '{"file": "learned/gone.tar.gz", "base": "base.tar.gz"}',
        '{"file": "learned/new.tar.gz", "base": "of-an-earlier-version.tar.gz"}',
        '{"file": "../models/learned/new.tar.gz", "base": "base.tar.gz"}',
        '{"file": "/etc/passwd", "base": "base.tar.gz"}',
        '{"file": ',
        "[]",
        "",
    ],
)
def test_where_the_promoted_model_cannot_be_served_the_base_is(folder: options.Options, note: str) -> None:
    (folder.data / "models" / serve.PROMOTED).write_text(note)
    assert served(folder) == "base.tar.gz"


@pytest.mark.parametrize("text", ["0", "-1", "two", "65", "²"])
def test_a_number_of_processes_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="NLU_PROCESSES"):
        options.read({"HUIYIN_DATA": str(tmp_path), "NLU_PROCESSES": text})


def test_the_number_of_processes_is_as_said_or_fits_the_machine(tmp_path: Path) -> None:
    assert options.read({"HUIYIN_DATA": str(tmp_path), "NLU_PROCESSES": "5"}).nlu_processes == 5
    room = options.memory() >= 3_900_000_000 and len(os.sched_getaffinity(0)) > 1
    assert options.read({"HUIYIN_DATA": str(tmp_path)}).nlu_processes == (2 if room else 1)
