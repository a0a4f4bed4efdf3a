"""A run from its first line to its last: what it prints, what it starts, and that nothing outlives it."""

import os
import signal
import socket
import stat
import time

from tests.launch.conftest import Checkout


def test_a_first_run_says_each_step_with_its_time_and_then_the_address(checkout: Checkout, running) -> None:
    running()
    said = checkout.said()
    for step in ("安装程序环境", "安装 Rasa 环境", "训练 Rasa 模型", "更新数据库", "写入演示数据"):
        assert any(line.startswith(step) and line.endswith(" s)") for line in said.splitlines()), said
    assert f"http://127.0.0.1:{checkout.port}" in said


def test_a_second_run_skips_what_is_done(checkout: Checkout, running) -> None:
    first = running()
    first.terminate()
    first.wait()
    began = time.monotonic()
    running()
    assert time.monotonic() - began < 20
    assert checkout.said().count("已就绪 ready") == 3, checkout.said()


def test_the_web_process_gets_its_environment(checkout: Checkout, running) -> None:
    running(HTTP_PROXY="http://127.0.0.1:9")
    env = dict(line.split("=", 1) for line in (checkout.data / "web.env").read_text().splitlines() if "=" in line)
    assert env["NLU_URL"].startswith("http://127.0.0.1:") and len(env["NLU_TOKEN"]) > 20
    assert env["HUIYIN_SANDBOX_URL"].endswith(str(checkout.port + 1))
    assert env["RASA_TELEMETRY_ENABLED"] == "false" and "127.0.0.1" in env["NO_PROXY"]
    assert env["HUIYIN_SECRET_KEY"] == (checkout.data / "secret_key").read_text()


def test_each_rasa_process_has_its_own_port_and_token(checkout: Checkout, running) -> None:
    running(NLU_PROCESSES="3")
    env = dict(line.split("=", 1) for line in (checkout.data / "web.env").read_text().splitlines() if "=" in line)
    assert len(set(env["NLU_URL"].split(","))) == len(set(env["NLU_TOKEN"].split(","))) == 3
    assert len(checkout.rasas()) == 3


def test_a_killed_rasa_is_started_again_and_said_to_be_back(checkout: Checkout, running) -> None:
    running(NLU_PROCESSES="1")
    os.kill(checkout.rasas()[0], signal.SIGKILL)
    said = checkout.wait_for("语义识别 nlu 已恢复")
    assert "语义识别 nlu 退出（信号 signal 9），1 秒后重启" in said


def test_the_secret_key_is_for_its_owner_only(checkout: Checkout, running) -> None:
    running()
    assert stat.S_IMODE((checkout.data / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(checkout.data.stat().st_mode) == 0o700


def test_without_the_demo_there_are_neither_seeds_nor_a_sandbox(checkout: Checkout) -> None:
    checkout.start(HUIYIN_DEMO="0")
    checkout.wait_for("Rasa 已就绪")
    assert "seed" not in (checkout.data / "manage.calls").read_text()
    assert not checkout.processes("connectors.sandbox")


def test_with_a_rasa_elsewhere_none_is_installed_or_started(checkout: Checkout) -> None:
    checkout.start(NLU_URL="http://127.0.0.1:9")
    checkout.wait_for("回音已启动")
    assert not (checkout.root / ".venv-rasa").exists()
    assert not checkout.processes("-m rasa")


def test_ctrl_c_under_make_ends_every_process(checkout: Checkout, running) -> None:
    make = running("make", "run")
    os.killpg(make.pid, signal.SIGINT)
    assert checkout.gone()
    assert "已全部结束" in checkout.said()


def test_sigterm_ends_every_process_with_exit_code_0(checkout: Checkout, running) -> None:
    process = running()
    process.terminate()
    assert process.wait(timeout=20) == 0
    assert checkout.gone(1)


def test_the_killed_launcher_takes_every_process_with_it(checkout: Checkout, running) -> None:
    process = running()
    process.kill()
    process.wait()
    assert checkout.gone()


def test_launcher_and_watcher_killed_together_still_take_their_children_with_them(checkout: Checkout, running) -> None:
    process = running()
    for victim in (process.pid, *checkout.processes("leash.py watch")):
        os.kill(victim, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 10
    while checkout.processes("granian") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not checkout.processes("granian") and not checkout.processes("manage.py")


def test_a_killed_make_leaves_nothing_behind(checkout: Checkout, running) -> None:
    make = running("make", "run")
    make.kill()
    make.wait()
    assert checkout.gone()


def test_a_run_after_a_kill_gets_its_ports_back(checkout: Checkout, running) -> None:
    process = running()
    process.kill()
    process.wait()
    running()
    assert "✗" not in checkout.said()


def test_a_child_that_dies_is_restarted_and_leaves_no_grandchild(checkout: Checkout, running) -> None:
    running()
    before = checkout.processes("granian")
    os.kill(before[0], signal.SIGKILL)
    checkout.wait_for("秒后重启")
    deadline = time.monotonic() + 10
    while not set(checkout.processes("granian")) - set(before) and time.monotonic() < deadline:
        time.sleep(0.1)
    after = checkout.processes("granian")
    assert after and not set(after) & set(before)
    time.sleep(0.5)
    with socket.create_connection(("127.0.0.1", checkout.port), timeout=5) as asked:
        assert asked.getpeername()[1] == checkout.port
