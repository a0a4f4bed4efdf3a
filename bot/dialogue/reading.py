"""The one Rasa client of this process."""

from functools import cache

from django.conf import settings

from nlu.client import Rasa


@cache
def rasa() -> Rasa:
    """Rasa where NLU_URL says; without it every text is read by its words."""
    return Rasa(settings.NLU_URLS, settings.NLU_TOKEN)
