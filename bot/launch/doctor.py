"""`make doctor`: what the set-up finds on this machine, without changing anything."""

from __future__ import annotations

import os
import platform
import shutil
import sys

from bot.launch import data, environments, interpreters, pipconf, say, uv
from bot.launch.options import Options
from bot.launch.say import Problem


def _row(ok: bool, zh: str, text: str) -> bool:
    say.line(f"{'✓' if ok else '✗'} {zh}: {text}")
    return ok


def _pythons(options: Options) -> bool:
    fine = True
    for wanted in (interpreters.FOR_APP, interpreters.FOR_RASA):
        found = interpreters.every(wanted, options.env)
        named = "; ".join(f"{one.text} {one.path}" + (f"（缺 lacks {', '.join(one.missing)}）" if one.missing else "") for one in found)
        fine &= _row(bool(found), wanted.title, named or "未找到，将尝试下载 none found, a download will be tried")
    return fine


def _environments(options: Options) -> None:
    for wanted in (environments.APP, environments.DEV, environments.RASA):
        ready = environments.is_ready(wanted, options)
        makes = "test" if wanted is environments.DEV else "run"
        _row(ready, f"{wanted.zh.strip()} {wanted.en}", "已就绪 ready" if ready else f"未安装或已过期 not made yet, or stale: make {makes}")


def _places(options: Options) -> bool:
    existing = next(path for path in (options.data, *options.data.parents) if path.exists())
    free = shutil.disk_usage(str(existing)).free / 1e9
    writable = os.access(str(existing), os.W_OK)
    fine = _row(
        writable and free > 1,
        "数据目录 data folder",
        f"{options.data}，剩余 free {free:.1f} GB" + ("" if writable else "，不可写 not writable"),
    )
    try:
        data.check_ports(options)
        _row(True, "端口 ports", f"{options.port}" + (f", {options.sandbox_port}" if options.demo else ""))
    except Problem as error:
        fine = _row(False, "端口 ports", f"{error.zh} {error.en}")
    return fine


def report(options: Options) -> int:
    """Print the findings. Exit code 0 where `make run` should work, 1 where something stands in its way."""
    _row(True, "启动器 launcher", f"Python {platform.python_version()} {sys.executable}, {platform.platform()}")
    tool = uv.find(options)
    _row(
        tool is not None,
        "uv",
        f"{tool} {'.'.join(map(str, uv.version(tool, options.env)))}" if tool else "未找到，将从软件源安装 none, will be installed",
    )
    told = pipconf.for_uv(options.env)
    # Names only: an index address may carry a password.
    _row(
        True,
        "软件源 package index",
        "来自 pip 设置 from pip's settings: " + ", ".join(sorted(told)) if told else "uv 的设置 uv's own settings",
    )
    fine = _pythons(options)
    _environments(options)
    return 0 if _places(options) and fine else 1
