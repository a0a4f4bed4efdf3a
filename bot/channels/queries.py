"""Reading accounts."""

import json
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import QuerySet

from bot.channels.models import Account, Conversation
from bot.channels.registry import connector_for
from bot.staff.access import Actor, visible_to
from bot.vault import unseal
from connectors.contract import Limits
from policies.facts import AccountFacts, Window
from policies.roles import Right
from policies.windows import CLOSED, state


def accounts_for(actor: Actor, right: Right = Right.SEE_TICKETS) -> QuerySet[Account]:
    """The accounts this actor sees, or holds the right over."""
    return visible_to(Account.objects.select_related("department"), actor, right=right)


@lru_cache(maxsize=4096)
def _open(sealed: str) -> str:
    return unseal(sealed)


def facts_of(account: Account) -> AccountFacts:
    """The account as connectors see it, with its credentials opened. Raises vault.Sealed."""
    return AccountFacts(
        id=account.pk,
        platform=account.platform,
        name=account.name,
        kind=account.kind,
        base_url=account.base_url.rstrip("/"),
        credentials=json.loads(_open(account.credentials)) if account.credentials else {},
    )


def limits_of(account: Account) -> Limits:
    """The limits of the account's platform and kind. No credentials are needed for them."""
    bare = AccountFacts(id=account.pk, platform=account.platform, name=account.name, kind=account.kind)
    return connector_for(account.platform).limits(bare)


def window_of(talk: Conversation, now: datetime) -> Window:
    """The reply window of a conversation as it is now."""
    if talk.window_until is None and talk.window_closes:
        return CLOSED
    return state(talk.window_until, talk.window_left, now)


def may_only_answer(account: Account) -> bool:
    """Whether this account can speak in the webhook's own response and nowhere else: its platform gives it no window at all."""
    return not limits_of(account).windows


def hook_of(account: Account) -> str:
    """The address the account's platform calls."""
    return f"{settings.PUBLIC_URL}/hooks/{account.platform}/{account.pk}"
