"""The product's settings for a city: SQLite does not wait for the disk.

A killed process loses nothing by that (what it wrote is the kernel's); only a power cut would, and none is simulated here.
What `synchronous=FULL` is worth is shown elsewhere: tests/chaos runs with the product's own setting.
"""

from bot.settings import *  # noqa: F403
from bot.settings import DATABASES

if "init_command" in DATABASES["default"].get("OPTIONS", {}):  # type: ignore[operator]
    DATABASES["default"]["OPTIONS"]["init_command"] = (  # type: ignore[index]
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; PRAGMA temp_store=MEMORY; "
        "PRAGMA wal_autocheckpoint=20000;"
    )
