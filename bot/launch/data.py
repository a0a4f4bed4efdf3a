"""The data folder ($HUIYIN_DATA): writable, held by one run at a time, with its secret key; and the ports beside it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import tempfile
import time
from pathlib import Path
from typing import IO

from bot.launch import explain, locks, say
from bot.launch.options import Options
from bot.launch.say import Problem

# A run that was killed leaves a watcher that needs this long, at most, to end its children.
_LINGER = 15.0


def prepare(options: Options) -> None:
    """Make the folder (for its owner only: citizens' messages lie there) and try that it takes a file. Raises Problem."""
    try:
        options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        options.logs.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(options.data)) as file:
            file.write(b"x" * 65536)
            file.flush()
    except (FileExistsError, NotADirectoryError):
        raise Problem(
            f"数据目录不是文件夹：{options.data}", f"The data folder is not a folder: {options.data}", "HUIYIN_DATA=… make run"
        ) from None
    except OSError as error:
        raise explain.from_os_error(error, f"数据目录 data folder {options.data}") from None


def _alive(text: str) -> bool:
    """Whether the process that signed a lock (`pid N …`) still lives."""
    words = text.split()
    if len(words) < 2 or not words[1].isdigit():
        return False
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def hold(options: Options) -> IO[str]:
    """Take the folder for this run. Raises Problem where another run has it; waits where only its remains do."""
    path = options.data / "run.lock"
    file = locks.take(path)
    until = time.monotonic() + _LINGER
    if file is None and not _alive(locks.holder(path)):
        say.line("等待上一次运行的进程退出", "waiting for the processes of the last run to end")
    while file is None and time.monotonic() < until and not _alive(locks.holder(path)):
        time.sleep(0.2)
        file = locks.take(path)
    if file is None:
        who = locks.holder(path)
        raise Problem(
            f"已有一个回音在使用数据目录 {options.data}（{who}）。",
            f"Huiyin already runs on this data folder ({who}).",
            "先用 Ctrl-C 结束它，或换一个目录和端口：HUIYIN_DATA=… PORT=… make run\n"
            "End it with Ctrl-C first, or use another folder and port.",
        )
    locks.sign(file, f"pid {os.getpid()} {options.address}")
    return file


def secret_key(options: Options) -> str:
    """The app's secret: as given, else made once and kept in the data folder, readable by its owner only."""
    given = options.env.get("HUIYIN_SECRET_KEY")
    if given:
        return given
    path = options.data / "secret_key"
    with contextlib.suppress(FileExistsError):
        with os.fdopen(os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    key = path.read_text(encoding="utf-8").strip()
    if not key:  # a disk that was full when it was made
        raise Problem(f"密钥文件是空的：{path}", f"The key file is empty: {path}", f"rm {path}")
    return key


def free_port() -> int:
    """A loopback port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the servers do: connections of the last run that are still closing do not make the port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def check_port(host: str, port: int, use: str, patience: float = 1.5) -> None:
    """Raise Problem where the port cannot be had. Tries again for `patience` seconds: the last run may be just ending."""
    until = time.monotonic() + patience
    while True:
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise _port_problem(error, host, port, use) from None
            time.sleep(0.1)


def _port_problem(error: OSError, host: str, port: int, use: str) -> Problem:
    if error.errno == errno.EADDRINUSE:
        return Problem(
            f"端口 {port} 已被别的程序占用（{use}）。",
            f"Port {port} is in use by another program ({use}).",
            f"换一个端口：PORT={port + 10 if port < 65000 else 8010} make run\n查看占用者 see who has it: ss -ltnp 'sport = :{port}'",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Problem(f"没有权限使用端口 {port}（{use}）。", f"Not allowed to use port {port} ({use}).", "PORT=8000 make run")
    return Problem(
        f"无法在 {host}:{port} 监听：{error.strerror or error}",
        f"Cannot listen on {host}:{port} ({use}).",
        "检查 HUIYIN_HOST · check HUIYIN_HOST",
    )


def check_ports(options: Options) -> None:
    """Both ports of a run, before anything slow is begun and again before the processes start."""
    check_port(options.host, options.port, "网页 web")
    if options.demo:
        check_port("127.0.0.1", options.sandbox_port, "演示平台 sandbox，PORT+1")


def models(options: Options) -> Path:
    """Folder of the trained models."""
    return options.data / "models"
