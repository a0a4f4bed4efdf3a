"""Silence for the libraries' loggers: their lines carry addresses, and the address carries the bot's token.

httpx logs every URL at INFO, python-telegram-bot logs its base URL and all parameters at DEBUG and whole answers at
ERROR. Nothing in these lines is needed: every call of ours ends in a Result, a HealthReport or a Polled. A filter is
used rather than a level, because a level can be lowered again by whoever configures logging.
"""

import logging

_LIBRARIES = ("telegram", "httpx", "httpcore")


class Silence(logging.Filter):
    """Drops every record of the logger it is set on."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never let a record through."""
        return False


_SILENCE = Silence()


def hush() -> None:
    """Silence the loggers these libraries have made so far (filters are not inherited, so each one is named)."""
    known = list(logging.Logger.manager.loggerDict)
    for name in {*_LIBRARIES, *(name for name in known if name.partition(".")[0] in _LIBRARIES)}:
        logging.getLogger(name).addFilter(_SILENCE)  # adding it twice changes nothing
