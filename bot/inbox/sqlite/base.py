"""Django's SQLite with a fairer queue for the one pen.

SQLite itself lets a waiting writer sleep up to 100 ms between two looks, while whoever has just finished writing is back at
once: measured, a process that works through a backlog kept webhooks waiting for 10 s. Here one thread of a process looks,
every few milliseconds, and the intake, for whom a platform is waiting, most often and first of all.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Sequence

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from bot.inbox.sqlite.pen import Pen

INTAKE_PAUSE = 0.0005  # seconds between two looks of the thread that stores webhooks
USUAL_PAUSE = 0.003
PEN = Pen()


class DatabaseWrapper(base.DatabaseWrapper):
    """`pause`: seconds between two looks whether another process has finished writing."""

    pause = USUAL_PAUSE
    only_transactions = False
    _has_pen = False

    def for_intake(self) -> None:
        """This connection stores webhooks: it looks most often, and writes only in ways that take the pen.

        So it need not tell SQLite before and after each BEGIN how to wait: each such word gives up the interpreter's lock,
        and the busy event loop is slow to give it back.
        """
        self.pause, self.only_transactions = INTAKE_PAUSE, True

    def init_connection_state(self) -> None:
        """Django's own, and SQLite told not to wait by itself where it never should."""
        super().init_connection_state()
        if self.only_transactions:
            self.connection.execute("PRAGMA busy_timeout = 0")

    def write(self, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
        """One statement, which outside of a transaction is one by itself: SQLite begins, writes and commits in one go.

        For a connection `for_intake`. Raises sqlite3.Error.
        """
        self.ensure_connection()
        if self.in_atomic_block:
            return self._execute(sql, values)
        end = self._patience_ends()
        self._take_pen(end)
        try:
            return self._until_free(lambda: self._execute(sql, values), end)
        finally:
            self._give_pen()

    def _execute(self, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
        done: sqlite3.Cursor = self.connection.execute(sql, values)
        return done

    def _start_transaction_under_autocommit(self) -> None:
        """BEGIN IMMEDIATE, asking again and again until the time-out of the settings. Raises OperationalError after it."""
        end = self._patience_ends()
        self._take_pen(end)
        try:
            with self.cursor() as cursor:
                if not self.only_transactions:
                    cursor.execute("PRAGMA busy_timeout = 0")
                try:
                    self._until_free(lambda: cursor.execute("BEGIN IMMEDIATE"), end)
                finally:
                    if not self.only_transactions:
                        cursor.execute(f"PRAGMA busy_timeout = {int(self._patience() * 1000)}")
        except BaseException:
            self._give_pen()
            raise

    def _until_free[T](self, attempt: Callable[[], T], end: float) -> T:
        while True:
            try:
                return attempt()
            except (OperationalError, sqlite3.OperationalError) as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
            time.sleep(self.pause * random.uniform(0.5, 1.5))  # noqa: S311

    def _patience(self) -> float:
        return float(self.settings_dict["OPTIONS"].get("timeout", 5.0))

    def _patience_ends(self) -> float:
        return time.monotonic() + self._patience()

    def _take_pen(self, end: float) -> None:
        if not self._has_pen and not PEN.take(end - time.monotonic(), first=self.only_transactions):
            raise OperationalError("database is locked by another thread of this process")
        self._has_pen = True

    def _give_pen(self) -> None:
        if self._has_pen:
            self._has_pen = False
            PEN.give()

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give_pen()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_pen()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_pen()
