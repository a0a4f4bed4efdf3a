"""The product's settings for a city: SQLite does not wait for the disk, PostgreSQL is used without a pool.

A killed process loses nothing by that (what it wrote is the kernel's); only a power cut would, and none is simulated here.
What `synchronous=FULL` is worth is shown elsewhere: tests/chaos runs with the product's own setting.
"""

from typing import Any

from bot.settings import *  # noqa: F403
from bot.settings import DATABASES

OPTIONS: dict[str, Any] = DATABASES["default"]["OPTIONS"]  # type: ignore[assignment]
OPTIONS.pop("pool", None)  # it has threads, which no fork takes along
if "init_command" in OPTIONS:
    OPTIONS["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; PRAGMA temp_store=MEMORY; "
        "PRAGMA wal_autocheckpoint=20000;"
    )
