"""The town of the data-layer tests."""

from tests.bot.conftest import world

__all__ = ["world"]
