"""The one Rasa client of this process, and how long it may take over a batch."""

from collections.abc import Sequence
from functools import cache

from django.conf import settings

from nlu.client import Rasa
from policies.facts import Understanding

CALM, PRESSED = 4, 16  # texts of a batch: up to the first nobody waits long, from the second on messages are piling up
CALM_SECONDS, PRESSED_SECONDS = 0.9, 0.2


@cache
def rasa() -> Rasa:
    """Rasa where NLU_URL says; without it every text is read by its words."""
    return Rasa(settings.NLU_URLS, settings.NLU_TOKEN)


def understand(texts: Sequence[str]) -> list[Understanding]:
    """One Understanding a text. The larger the batch, the less time Rasa gets for it: the words decide about the rest.

    A storm must not make citizens wait until Rasa has caught up.
    """
    pressed = min(1.0, max(0.0, (len(texts) - CALM) / (PRESSED - CALM)))
    return rasa().understand(texts, CALM_SECONDS + pressed * (PRESSED_SECONDS - CALM_SECONDS))
