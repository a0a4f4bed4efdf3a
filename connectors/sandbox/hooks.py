"""Asking a hook to prove itself, and signing for one, whatever the platform."""

import asyncio

from connectors.sandbox import wechat_push, weibo_push
from connectors.sandbox.accounts import Account
from connectors.sandbox.world import World

TRIES = 60
BETWEEN = 2.0  # seconds: sandbox and product start together, the hook may be late


async def verify(world: World, account: Account, tries: int = TRIES) -> None:
    """The GET check of WeChat and Weibo, until it passes or the tries are used up; the result stands in `verified`."""
    prove = {"wechat": wechat_push.verify, "weibo": weibo_push.verify}.get(account.platform)
    if prove is None or not account.hook_url:
        return
    for left in range(tries - 1, -1, -1):
        account.verified = await prove(world, account)
        if account.verified == "yes" or not left or world.accounts.get(account.id) is not account:
            break
        await asyncio.sleep(BETWEEN)
    world.hub.tell("accounts", {})


def signed_query(world: World, account: Account) -> tuple[dict[str, str], dict[str, str]]:
    """Query and headers that prove a push of this account."""
    if account.platform == "wechat":
        return wechat_push.signed(account, "", int(world.clock.stamp())), {"content-type": "text/xml"}
    if account.platform == "weibo":
        return weibo_push.signed(world, account), {"content-type": "application/json"}
    secret = world.telegram.bots[account.id].secret
    return {}, {"content-type": "application/json"} | ({"x-telegram-bot-api-secret-token": secret} if secret else {})
