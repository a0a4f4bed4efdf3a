"""getUpdates, for accounts that cannot be reached from outside (`"mode": "polling"`).

Asking with an `offset` confirms everything before it, so a batch is confirmed only by the next call, which the house
makes with the cursor it stored together with the events.
"""

from collections.abc import Mapping
from typing import Any

from telegram.error import Conflict

from connectors.contract import Polled, Rejected, Tools
from connectors.telegram.bots import bot_of
from connectors.telegram.errors import CONFLICT, outcome
from connectors.telegram.keys import Keys, keys_of
from connectors.telegram.limits import DATA
from connectors.telegram.loop import run
from connectors.telegram.payload import is_whole, storable
from connectors.telegram.updates import event_of
from policies.facts import AccountFacts, Event, Outcome

_SLACK = 2.0


def poll(account: AccountFacts, cursor: Mapping[str, Any], tools: Tools) -> Polled:
    """Fetch the next updates; lasts a few seconds at most when there are none. Never raises.

    core.telegram.org/bots/api#getupdates. An account in webhook mode is not asked: Telegram would answer 409.
    """
    keys, settings = keys_of(account), DATA["polling"]
    if not keys.polling:
        return Polled((), cursor, settings["conflict_seconds"])
    try:
        found = _fetch(keys, cursor, tools)
    except Exception as error:  # the contract: a poll never raises
        return _failed(error, keys, cursor)
    read = [(update["update_id"], event) for update in found if (event := _event(update, keys, tools)) is not None]
    if not read:
        words = "平台的回答里没有可读的更新 / no update in the answer could be read" if found else ""
        return Polled((), cursor, settings["poll_seconds"], error=words)
    offset = max(number for number, _ in read) + 1
    return Polled(tuple(event for _, event in read), {**cursor, "offset": offset}, 0.0)


def _fetch(keys: Keys, cursor: Mapping[str, Any], tools: Tools) -> list[Any]:
    settings, allowed = DATA["polling"], DATA["webhook"]["allowed_updates"]
    fields: dict[str, Any] = {"limit": settings["batch"], "timeout": settings["wait_seconds"], "allowed_updates": allowed}
    offset = cursor.get("offset")
    if is_whole(offset) and isinstance(offset, int) and offset > 0:
        fields["offset"] = offset  # never negative: that would discard what nobody has stored
    wait = tools.timeout + settings["wait_seconds"]
    found = run(bot_of(keys).raw("getUpdates", wait, **fields), wait + 2 * DATA["http"]["connect_seconds"] + _SLACK)
    if not isinstance(found, list):
        raise TypeError("result is no list")
    return found


def _event(update: Any, keys: Keys, tools: Tools) -> Event | None:
    """One update of the batch; None for what has no usable `update_id`. One bad update never stops the others."""
    if not isinstance(update, dict) or not is_whole(update.get("update_id")):
        return None
    try:
        plain = storable(update)
    except (Rejected, RecursionError):
        plain = {"update_id": update["update_id"]}  # nested too deep to be kept
    return event_of(plain, keys, tools.now)


def _failed(error: Exception, keys: Keys, cursor: Mapping[str, Any]) -> Polled:
    settings = DATA["polling"]
    if isinstance(error, Conflict):
        return Polled((), cursor, settings["conflict_seconds"], error=CONFLICT)
    result = outcome(error, keys)
    words = result.error
    if result.outcome is Outcome.UNKNOWN:  # harmless here: asking again brings the same updates
        words = f"轮询失败（{result.code}），稍后再试 / polling failed ({result.code}); it will be tried again"
    dead = result.outcome is Outcome.RECONNECT
    pause = settings["conflict_seconds"] if dead else max(settings["error_seconds"], result.retry_after or 0)
    return Polled((), cursor, pause, error=words, reconnect=dead)
