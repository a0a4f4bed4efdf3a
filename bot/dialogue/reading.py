"""The one Rasa client of this process, and how much of a batch it is given."""

from collections.abc import Sequence
from functools import cache

from django.conf import settings

from nlu import fallback
from nlu.client import Rasa
from policies.facts import Understanding

AT_ONCE = 8 * max(1, len(settings.NLU_URLS))  # texts of one batch that Rasa gets: what its processes read in about 50 ms
CALM_SECONDS = 0.9  # for a batch no larger than that
PRESSED_SECONDS = 0.3  # for its part of a larger one, which shows that messages are piling up


@cache
def rasa() -> Rasa:
    """Rasa where NLU_URL says; without it every text is read by its words."""
    return Rasa(settings.NLU_URLS, settings.NLU_TOKEN)


def understand(texts: Sequence[str]) -> list[Understanding]:
    """One Understanding a text. Of a large batch Rasa reads a part, and the words decide about the rest.

    A storm must not make citizens wait until Rasa has caught up; and what it could not finish in time it would have read in vain.
    """
    if len(texts) <= AT_ONCE:
        return rasa().understand(texts, CALM_SECONDS)
    read = rasa().understand(texts[:AT_ONCE], PRESSED_SECONDS)
    return [*read, *(fallback.understand(text, "消息集中到达，先按关键词识别") for text in texts[AT_ONCE:])]
