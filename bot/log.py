"""Logs as one JSON object a line, with what looks like a secret taken out."""

import logging
import re

import structlog

SECRET = re.compile(
    r"(?i)((?:access_token|appsecret|app_secret|secret|bot_token|token|password|signature|authorization|aes_key)[\"']?\s*[=:]\s*[\"']?)"
    r"(?:bearer\s+)?[^\s&\"',}]+"
)
BOT_PATH = re.compile(r"/bot\d+:[A-Za-z0-9_-]+")


def hide(text: str) -> str:
    """The text without the values of secret-looking fields."""
    return BOT_PATH.sub("/bot…", SECRET.sub(r"\1…", text))


class HideSecrets(logging.Filter):
    """The last line of defence: no code of ours logs a secret, a library might."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = hide(record.getMessage())
        record.args = ()
        return True


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Standard-library records as JSON."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _hide_in_values,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


def _hide_in_values(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: hide(value) if isinstance(value, str) else value for key, value in event.items()}
