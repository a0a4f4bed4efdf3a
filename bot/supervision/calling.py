"""The one place where the watch calls people."""

import logging
from collections.abc import Sequence
from datetime import datetime

log = logging.getLogger(__name__)


def call(people: Sequence[int], key: str, department_id: int, path: str, words: str, now: datetime) -> None:
    """Page these people about a difference in the balance. Runs inside the caller's transaction."""
    log.critical("%s", words, extra={"people": list(people), "path": path, "key": key, "department": department_id, "at": now.isoformat()})


def quiet(key: str, now: datetime) -> None:
    """What was called about is over."""
    log.warning("balance %s comes out even again", key, extra={"at": now.isoformat()})
