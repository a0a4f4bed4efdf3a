"""A new secret key: what the old one sealed is sealed anew, and what no key opens is named."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.staff.models import Person
from bot.vault import seal, unseal
from tests.bot.conftest import World

pytestmark = pytest.mark.django_db


def test_after_a_reseal_the_old_key_may_go(world: World, settings: Any) -> None:
    Person.objects.update(totp_secret=seal("JBSWY3DPEHPK3PXP"))
    before = facts_of(world.account).credentials
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a quite new key of fifty characters, for this test only"
    call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = []
    assert facts_of(Account.objects.get(pk=world.account.pk)).credentials == before
    assert {unseal(sealed) for sealed in Person.objects.values_list("totp_secret", flat=True)} == {"JBSWY3DPEHPK3PXP"}


def test_what_no_key_opens_is_named_and_left_as_it_is(world: World, settings: Any) -> None:
    sealed = world.account.credentials
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [], "another key that never sealed anything in this database"
    with pytest.raises(CommandError, match=r"channels\.Account"):
        call_command("reseal")
    assert Account.objects.get(pk=world.account.pk).credentials == sealed
