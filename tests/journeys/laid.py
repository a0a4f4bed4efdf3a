"""A SQLite database with every table and no row, made once for each test process and copied: making it takes five seconds."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.engines.children import ROOT

NAME = "huiyin.sqlite3"


def lay(data: Path) -> None:
    """What `manage.py migrate` leaves in an empty data folder."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copy(_made(), data / NAME)


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="huiyin-laid-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    env = {**os.environ, "HUIYIN_DATA": str(folder), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "bot.settings"}
    words = [sys.executable, "manage.py", "migrate", "--no-input", "-v0"]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not (folder / f"{NAME}-wal").exists(), "the database is not whole without its log"
    return folder / NAME
