"""A SQLite database with every table and no row, made once for all processes of a test run and copied: making it takes five seconds."""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.engines.children import ROOT

NAME = "huiyin.sqlite3"
SHARED = "HUIYIN_TEST_LAID"  # the folder of this run, for its workers and for what they start


def share() -> str:
    """Make this run's folder, which goes with the process that makes it; its path."""
    folder = tempfile.mkdtemp(prefix="huiyin-laid-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[SHARED] = folder
    return folder


def lay(data: Path) -> None:
    """What `manage.py migrate` leaves in an empty data folder."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copy(made(), data / NAME)


@cache
def made() -> Path:
    """The file to copy. Whoever comes first makes it, the others wait."""
    folder = Path(os.environ.get(SHARED) or share())
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / NAME).exists():
            _make(folder / "new")
            (folder / "new" / NAME).replace(folder / NAME)
    return folder / NAME


def _make(folder: Path) -> None:
    env = {**os.environ, "HUIYIN_DATA": str(folder), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "bot.settings"}
    words = [sys.executable, "manage.py", "migrate", "--no-input", "-v0"]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not (folder / f"{NAME}-wal").exists(), "the database is not whole without its log"
