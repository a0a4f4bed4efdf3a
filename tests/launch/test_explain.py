"""Outputs of tools, as they were captured, and the sentence each becomes."""

import errno

import pytest

from bot.launch import explain

UV_FULL = """error: Failed to install: tzdata-2026.6-py2.py3-none-any.whl (tzdata==2026.6)
  cause: Failed to copy to `/x/v/lib/python3.12/site-packages/tzdata/zoneinfo/Pacific/Tahiti`
  cause: failed to copy file: No space left on device (os error 28)"""
UV_PROXY = """error: Request failed after 3 retries in 4.7s
  cause: Failed to fetch: <address>
  cause: error sending request for url
  cause: client error (Connect)
  cause: tunnel error: failed to create underlying connection
  cause: Connection refused (os error 111)"""
UV_HASH = """error: Failed to download `annotated-types==0.8.0`
  cause: Hash mismatch for `annotated-types==0.8.0`"""
UV_NO_HASH = "error: In `--require-hashes` mode, all requirements must have a hash, but none were provided for: six==1.16.0"
UV_CONFLICT = "error: Unexpected '<', expected '-c', '-e', '-r' or the start of a requirement: requirements.txt:1:1"
UV_NO_VERSION = """error: No solution found when resolving dependencies
  cause: Because there is no version of django==99.0 and you require django==99.0, your requirements are unsatisfiable."""
PIP_FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
PIP_DNS = "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/uv/"
POSTGRES = 'django.db.utils.OperationalError: connection failed: connection to server at "127.0.0.1", port 5432 failed: Connection refused'
SQLITE_FULL = "django.db.utils.OperationalError: database or disk is full"
SQLITE_READ_ONLY = "django.db.utils.OperationalError: attempt to write a readonly database"


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (UV_FULL, "disk"),
        (PIP_FULL, "disk"),
        (SQLITE_FULL, "disk"),
        (UV_PROXY, "network"),
        (PIP_DNS, "network"),
        (UV_HASH, "hash"),
        (UV_NO_HASH, "hash"),
        (UV_CONFLICT, "lock"),
        (UV_NO_VERSION, "lock"),
        (POSTGRES, "database"),
        (SQLITE_READ_ONLY, "write"),
        ("error: Permission denied (os error 13)", "write"),
        ("all is well", ""),
    ],
)
def test_the_kind_of_fault_is_read_from_the_output(output: str, kind: str) -> None:
    assert explain.kind(output) == kind


def test_a_known_fault_says_what_was_being_done_in_both_languages() -> None:
    problem = explain.from_output(UV_FULL, "程序环境", "setup.log")
    assert problem.zh == "磁盘空间不足（程序环境）。" and problem.en.startswith("The disk is full")
    assert "os error 28" in problem.hint and "setup.log" in problem.hint


def test_an_unknown_fault_shows_the_last_words() -> None:
    problem = explain.from_output("one\n\ntwo\n  three  \n", "更新数据库", "setup.log")
    assert problem.hint.startswith("one\ntwo\nthree\n")


def test_of_a_traceback_only_the_end_is_shown() -> None:
    trace = 'begin\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\n    x\n    ^\nKeyError: 3\n'
    chained = trace + "\nDuring handling of the above exception, another exception occurred:\n\n" + trace
    assert explain.last_words(chained + "\n[INFO] see ya!\n") == "KeyError: 3"


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "磁盘"), (errno.EDQUOT, "磁盘"), (errno.EROFS, "权限"), (errno.EIO, "系统错误")]
)
def test_an_error_of_the_system_is_a_sentence(number: int, words: str) -> None:
    assert words in explain.from_os_error(OSError(number, "the system's words", "/some/file"), "数据目录").zh
