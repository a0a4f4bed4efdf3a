"""The town of the console's tests."""

from tests.bot.conftest import world

__all__ = ["world"]
