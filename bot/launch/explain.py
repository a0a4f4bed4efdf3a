"""From the output of a tool (uv, pip, Rasa, manage.py) or an OSError to a sentence that says what is wrong and what to do."""

from __future__ import annotations

import errno
import re

from bot.launch.say import Problem

# Looked for in this order: a full disk also breaks downloads, and a refused download also leaves a lock unresolved.
_SIGNS = (
    ("disk", r"no space left on device|disk quota exceeded|os error 28\b|os error 122\b|errno 28\b|database or disk is full"),
    (
        "write",
        r"permission denied|read-only file system|os error 13\b|os error 30\b"
        r"|attempt to write a readonly database|unable to open database file",
    ),
    ("database", r"operationalerror|databaseerror|could not translate host name"),
    ("hash", r"hash mismatch|do not match the hash|must have a hash|require-hashes|missing hash"),
    (
        "network",
        r"dns error|failed to lookup address|name resolution|name or service not known|network is unreachable|no route to host"
        r"|error sending request|failed to fetch|failed to download|connection refused|connection reset"
        r"|connect(?:ion)? timed? ?out|read timed out|operation timed out"
        r"|newconnectionerror|proxyerror|cannot connect to proxy|certificate verify failed|invalid peer certificate|could not connect",
    ),
    (
        "lock",
        r"couldn't parse|failed to parse|unexpected '|invalid hash digest|expected (?:one of|package name|version)|no solution found"
        r"|not found in the package registry|no matching distribution|has no wheels with a matching|invalid requirement|file not found",
    ),
)

_SENTENCES = {
    "disk": (
        "磁盘空间不足（{what}）。",
        "The disk is full ({what}).",
        "腾出空间后再运行一次，会从中断处继续。首次安装约需 2.5 GB。\n"
        "Free some space and run it again: it goes on where it stopped. A first set-up takes about 2.5 GB.",
    ),
    "database": (
        "数据库不可用（{what}）。",
        "The database cannot be used ({what}).",
        "检查 DATABASE_URL 和数据库服务；不设置 DATABASE_URL 则使用数据目录内的 SQLite。\n"
        "Check DATABASE_URL and the server; without DATABASE_URL SQLite in the data folder is used.",
    ),
    "hash": (
        "依赖包与锁定文件的校验值不符（{what}）：软件源不完整，或锁定文件被改动。",
        "A package does not match its hash in the lock file ({what}): the package index is damaged or the lock was edited.",
        "git checkout -- requirements.txt requirements-dev.txt nlu/requirements.txt\n"
        "清除缓存后重试：uv cache clean · clear the cache and try again",
    ),
    "network": (
        "网络不通，无法下载（{what}）。",
        "No network: cannot download ({what}).",
        "检查网络、代理（HTTPS_PROXY）和软件源（PIP_INDEX_URL 或 pip.conf）后重试。\n"
        "Check the network, the proxy (HTTPS_PROXY) and the package index (PIP_INDEX_URL or pip.conf), then try again.",
    ),
    "write": (
        "没有写入权限（{what}）。",
        "No permission to write ({what}).",
        "检查目录的所有者和权限，或用 HUIYIN_DATA=… 指定可写的数据目录。\n"
        "Check the owner of the folder, or choose a writable one with HUIYIN_DATA=…",
    ),
    "lock": (
        "锁定文件无法安装（{what}）：文件损坏，或不适用于本机的系统与处理器。",
        "The lock file cannot be installed ({what}): it is damaged, or not made for this system and processor.",
        "git checkout -- requirements.txt requirements-dev.txt nlu/requirements.txt\n"
        "维护者可重新生成：make lock · maintainers make it anew with make lock",
    ),
}


def kind(output: str) -> str:
    """The family of fault a tool's output shows: disk, hash, network, write, lock, or '' when it says nothing known."""
    lowered = output.lower()
    for name, pattern in _SIGNS:
        if re.search(pattern, lowered):
            return name
    return ""


def from_output(output: str, what: str, log: str) -> Problem:
    """The Problem behind a tool's failed run. `what` is what was being done, `log` the file with the whole output."""
    known = kind(output)
    detail = last_words(output)
    if known:
        zh, en, hint = _SENTENCES[known]
        return Problem(zh.format(what=what), en.format(what=what), f"{hint}\n{detail}\n日志 log: {log}")
    return Problem(f"{what}失败。", f"{what} failed.", f"{detail}\n日志 log: {log}")


def from_os_error(error: OSError, what: str) -> Problem:
    """The Problem behind an OSError of our own: full disk, no permission, or the system's words."""
    place = f"{what} {error.filename}" if error.filename and str(error.filename) not in what else what
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        known = "disk"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        known = "write"
    else:
        return Problem(f"系统错误（{place}）：{error.strerror or error}", f"System error ({place}): {error.strerror or error}")
    zh, en, hint = _SENTENCES[known]
    return Problem(zh.format(what=place), en.format(what=place), hint)


def last_words(output: str, count: int = 4) -> str:
    """The last lines of an output that say something, for the hint below a sentence; of a traceback the error it ends with."""
    _, mark, trace = output.rpartition("Traceback (most recent call last):")
    lines = [line for line in trace.splitlines() if line.strip()]
    if mark:
        lines = [line for line in lines if line[:1].strip()][:1] or lines
    return "\n".join(line.strip()[:300] for line in lines[-count:])
