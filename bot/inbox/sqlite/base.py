"""Django's SQLite with a fairer queue for the one pen.

SQLite itself lets a waiting writer sleep up to 100 ms between two looks, while whoever has just finished writing is back at
once: measured, a process that works through a backlog kept webhooks waiting for 10 s. Here every writer looks again after
a few milliseconds, and the intake, for whom a platform is waiting, most often of all.
"""

import random
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

INTAKE_PAUSE = 0.0005  # seconds between two looks of the thread that stores webhooks
USUAL_PAUSE = 0.003


class DatabaseWrapper(base.DatabaseWrapper):
    """`pause`: seconds between two looks whether the pen is free."""

    pause = USUAL_PAUSE

    def _start_transaction_under_autocommit(self) -> None:
        """BEGIN IMMEDIATE, asking again and again until the time-out of the settings. Raises OperationalError after it."""
        patience = float(self.settings_dict["OPTIONS"].get("timeout", 5.0))
        end = time.monotonic() + patience
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                while not self._begun(cursor, last=time.monotonic() > end):
                    time.sleep(self.pause * random.uniform(0.5, 1.5))  # noqa: S311
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")

    @staticmethod
    def _begun(cursor: object, *, last: bool) -> bool:
        try:
            cursor.execute("BEGIN IMMEDIATE")  # type: ignore[attr-defined]
        except OperationalError as error:
            if last or "locked" not in str(error):
                raise
            return False
        return True
