"""What goes wrong on real machines is a sentence and an exit code, never a traceback."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.launch import interpreters
from bot.launch.interpreters import Wanted
from tests.launch.conftest import Checkout


def refused(checkout: Checkout, *words: str, **changes: str) -> str:
    """Run it, and check that it ends with a sentence in both languages that has these words."""
    code, said = checkout.call(**changes)
    assert code == 1, said
    assert "✗ " in said and "Traceback" not in said, said
    for word in words:
        assert word in said, said
    assert checkout.gone(2)
    return said


@pytest.mark.parametrize("offset", [0, 1])
def test_a_busy_port_is_named(checkout: Checkout, offset: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", checkout.port + offset))
        other.listen()
        said = refused(checkout, f"端口 {checkout.port + offset} 已被", "in use")
    assert "安装" not in said


@pytest.mark.parametrize("port", ["0", "65535", "eight", "80 80", "-1", "１２"])
def test_a_port_that_is_none_is_refused(checkout: Checkout, port: str) -> None:
    assert "PORT" in refused(checkout, "PORT 应为", PORT=port)


def test_a_second_run_on_the_same_data_is_refused(checkout: Checkout, running) -> None:
    first = running()
    said = refused_while_running(checkout)
    assert f"pid {first.pid}" in said


def refused_while_running(checkout: Checkout) -> str:
    """The second run's words; the first goes on."""
    code, said = checkout.call(PORT=str(checkout.port + 2))
    assert code == 1 and "已有一个回音在使用数据目录" in said, said
    assert checkout.processes("granian")
    return said


def test_a_data_folder_that_cannot_be_written_is_named(checkout: Checkout) -> None:
    # Also root may not make folders there.
    assert "/sys/huiyin" in refused(checkout, "没有写入权限", HUIYIN_DATA="/sys/huiyin")


def test_a_data_folder_that_is_a_file_is_named(checkout: Checkout) -> None:
    (checkout.root / "taken").write_text("")
    refused(checkout, "数据目录不是文件夹", HUIYIN_DATA=str(checkout.root / "taken"))
    refused(checkout, "数据目录不是文件夹", HUIYIN_DATA=str(checkout.root / "taken/below"))


def test_a_machine_without_interpreters_is_told_how_to_get_one(checkout: Checkout, tmp_path: Path) -> None:
    said = refused(checkout, "HUIYIN_PYTHON 指定的解释器不可用", HUIYIN_PYTHON=str(tmp_path / "none"))
    assert "3.12" in said
    said = refused(checkout, "HUIYIN_RASA_PYTHON 指定的解释器不可用", HUIYIN_RASA_PYTHON=sys.executable)
    assert "3.10" in said


@pytest.mark.parametrize(
    ("lock", "words"),
    [
        ("<<<<<<< HEAD\nsix==1.16.0\n", "锁定文件无法安装"),
        ("six==1.16.0 --hash=sha256:abc\n", "锁定文件无法安装"),
        ("six==1.16.0\n", "校验值"),
    ],
)
def test_a_broken_lock_is_named(checkout: Checkout, lock: str, words: str) -> None:
    (checkout.root / "requirements.txt").write_text(lock)
    assert "git checkout" in refused(checkout, words)


def test_a_missing_lock_is_named(checkout: Checkout) -> None:
    (checkout.root / "nlu/requirements.txt").unlink()
    assert "git checkout" in refused(checkout, "锁定文件读不到", "nlu/requirements.txt")


def test_no_network_is_said(checkout: Checkout) -> None:
    (checkout.root / "requirements.txt").write_text(f"six==1.16.0 --hash=sha256:{'0' * 64}\n")
    gone = {"UV_OFFLINE": "0", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/", "UV_HTTP_RETRIES": "0"}
    assert "PIP_INDEX_URL" in refused(checkout, "网络不通", "No network", **gone)


def test_a_disk_that_fills_during_a_step_is_said(checkout: Checkout) -> None:
    (checkout.root / "disk-is-full").write_text("")
    refused(checkout, "磁盘空间不足", "The disk is full")


def test_a_full_disk_under_the_data_folder_is_said(checkout: Checkout) -> None:
    tiny = checkout.root / "tiny"
    tiny.mkdir()
    script = f'mount -t tmpfs -o size=16k tmpfs "{tiny}" && exec "$@"'
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"this machine allows no private mounts: {probe.stderr.decode().strip()}")
    argv = ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-m", "bot.launch", "run"]
    done = subprocess.run(
        argv, cwd=checkout.root, env={**checkout.env, "HUIYIN_DATA": str(tiny)}, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "磁盘空间不足" in done.stdout.decode() and b"Traceback" not in done.stdout + done.stderr


def test_a_web_server_that_never_comes_up_ends_the_run_with_its_last_words(checkout: Checkout) -> None:
    (checkout.root / "web-is-broken").write_text("")
    said = refused(checkout, "连续 3 次启动后退出", "No module named 'bot.asgi'", NLU_URL="http://127.0.0.1:9")
    assert said.count("秒后重启") == 3


def test_ctrl_c_during_the_set_up_ends_the_step_that_runs(checkout: Checkout) -> None:
    (checkout.root / "rasa.py").write_text("import time; time.sleep(300)")
    process = checkout.start()
    checkout.wait_for("训练 Rasa 模型")
    process.terminate()
    assert process.wait(timeout=15) == 130
    assert checkout.gone(5) and "已中断" in checkout.said()


def test_an_unknown_command_prints_the_commands(checkout: Checkout) -> None:
    code, said = checkout.call("fly")
    assert code == 2 and "run | test" in said


def test_a_python_that_is_too_old_is_told_so(checkout: Checkout, tmp_path: Path) -> None:
    old = next((Path(os.environ.get("PYENV_ROOT", "/nowhere")) / "versions").glob("3.[67].*/bin/python"), None)
    if old is None:
        pytest.skip("no Python before 3.8 on this machine to try")
    done = subprocess.run([str(old), "-m", "bot.launch", "run"], cwd=checkout.root, env=checkout.env, capture_output=True, check=False)
    assert done.returncode == 1 and "3.8" in done.stderr.decode() and b"Traceback" not in done.stderr


def test_every_python_from_3_8_on_can_start_it(checkout: Checkout) -> None:
    wanted = Wanted(tuple((3, minor) for minor in range(8, 15)), "Python 3", "HUIYIN_PYTHON")
    found = interpreters.every(wanted, os.environ)
    assert any(one.version < (3, 12) for one in found), "Rasa's 3.10 at least is on this machine"
    for one in found:
        argv = [str(one.path), "-m", "bot.launch", "doctor"]
        done = subprocess.run(argv, cwd=checkout.root, env=checkout.env, capture_output=True, check=False)
        assert done.returncode == 0, f"{one.text}: {done.stderr.decode()}"


def test_make_is_enough_to_see_a_refusal(checkout: Checkout) -> None:
    assert shutil.which("make"), "make is what people call it by"
    done = subprocess.run(["make", "run"], cwd=checkout.root, env={**checkout.env, "PORT": "x"}, capture_output=True, check=False)
    assert done.returncode == 2 and "PORT 应为" in done.stdout.decode()
