"""Does the account work: the bot itself, its webhook, its rights in the account's channel or group."""

import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from telegram.constants import ChatMemberStatus

from connectors.contract import Tools
from connectors.telegram.bots import QuietBot, bot_of
from connectors.telegram.errors import outcome
from connectors.telegram.keys import Keys, keys_of, validate
from connectors.telegram.limits import DATA
from connectors.telegram.loop import run
from connectors.telegram.payload import is_whole
from policies.facts import AccountFacts, Health, HealthReport, Outcome

_CHANNEL_RIGHTS = {  # pins hang on can_edit_messages in channels: section 3.3 of the facts
    "can_post_messages": "发消息 / post",
    "can_edit_messages": "编辑和置顶 / edit and pin",
    "can_delete_messages": "删除 / delete",
}
_GROUP_RIGHTS = {"can_delete_messages": "删除消息 / delete messages", "can_pin_messages": "置顶消息 / pin messages"}
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_CALLS = 4  # at most, one after another


def health(account: AccountFacts, tools: Tools) -> HealthReport:
    """Ask getMe and getWebhookInfo, and with a `chat_id` getChat and getChatMember. Never raises."""
    keys = keys_of(account)
    return _asked(account, lambda bot: _examine(bot, keys, tools), tools)


def hook_changed(account: AccountFacts, hook_url: str, tools: Tools) -> HealthReport:
    """Register the hook by setWebhook with the account's secret; in polling mode take it away. Never raises.

    core.telegram.org/bots/api#setwebhook: https on port 443, 80, 88 or 8443. Waiting updates are kept in both cases.
    """
    keys = keys_of(account)
    return _asked(account, lambda bot: _unhook(bot, tools) if keys.polling else _hook(bot, keys, hook_url, tools), tools)


def _asked(account: AccountFacts, question: Callable[[QuietBot], Coroutine[Any, Any, HealthReport]], tools: Tools) -> HealthReport:
    keys, wrong = keys_of(account), validate(account)
    if wrong:
        return HealthReport(Health.RECONNECT, "；".join(wrong))
    try:
        return run(question(bot_of(keys)), _CALLS * (tools.timeout + float(DATA["http"]["connect_seconds"])))
    except Exception as error:  # the contract: never raises
        return _failed(error, keys)


def _failed(error: Exception, keys: Keys) -> HealthReport:
    result = outcome(error, keys)
    if result.outcome is Outcome.RECONNECT:
        return HealthReport(Health.RECONNECT, result.error)
    if result.outcome is Outcome.REFUSED or result.account_wide:
        return HealthReport(Health.DEGRADED, result.error)
    words = f"平台没有正常回答（{result.code}）。境内网络需要代理或专线"
    return HealthReport(Health.DOWN, f"{words} / no proper answer from Telegram ({result.code}); mainland networks need a proxy")


async def _hook(bot: QuietBot, keys: Keys, hook_url: str, tools: Tools) -> HealthReport:
    settings = DATA["webhook"]
    await bot.set_webhook(
        hook_url,
        secret_token=keys.secret,
        allowed_updates=settings["allowed_updates"],
        max_connections=settings["max_connections"],
        drop_pending_updates=False,
        read_timeout=tools.timeout,
    )
    return HealthReport(Health.OK, f"已向 Telegram 登记接收地址 / the hook is registered with Telegram: {keys.hide(hook_url)}")


async def _unhook(bot: QuietBot, tools: Tools) -> HealthReport:
    await bot.delete_webhook(drop_pending_updates=False, read_timeout=tools.timeout)
    return HealthReport(Health.OK, "已取消接收地址，改为轮询 / the hook is taken away; this account polls")


async def _examine(bot: QuietBot, keys: Keys, tools: Tools) -> HealthReport:
    me = _object(await bot.raw("getMe", tools.timeout))
    hook = _object(await bot.raw("getWebhookInfo", tools.timeout))
    quota = {"pending_updates": _number(hook.get("pending_update_count")), "username": keys.hide(me.get("username", ""))}
    warnings = _hook_warnings(hook, keys, tools.now)
    if keys.chat_id:
        lost, more = await _rights(bot, me, keys, tools)
        warnings += more
        if lost:
            return HealthReport(Health.RECONNECT, "；".join(more), quota)
    if warnings:
        return HealthReport(Health.DEGRADED, "；".join(warnings), quota)
    return HealthReport(Health.OK, f"@{quota['username']} 正常 / works", quota)


def _object(found: Any) -> Mapping[str, Any]:
    """A JSON object. PTB's classes are not used here: they demand fields that older and local servers leave out."""
    if not isinstance(found, Mapping):
        raise TypeError("result is no object")
    return found


def _number(value: object) -> int:
    return value if isinstance(value, int) and is_whole(value) else 0


def _hook_warnings(hook: Mapping[str, Any], keys: Keys, now: datetime) -> list[str]:
    settings, found = DATA["webhook"], []
    if keys.polling and hook.get("url"):
        found.append(
            "轮询模式下仍登记着 webhook，收不到消息，请重新保存账号 / a webhook is still set, so polling gets 409: save the account again"
        )
    if not keys.polling and not hook.get("url"):
        found.append("尚未登记 webhook，收不到消息，请重新保存账号 / no webhook is set, no message arrives: save the account again")
    waiting = _number(hook.get("pending_update_count"))
    if waiting >= settings["pending_warning"]:
        found.append(f"有 {waiting} 条更新积压 / {waiting} updates are waiting")
    fresh = now.timestamp() - _number(hook.get("last_error_date")) < settings["error_fresh_seconds"]
    if hook.get("last_error_message") and fresh and not keys.polling:
        said = keys.hide(hook["last_error_message"])
        found.append(f"Telegram 最近一次推送失败：{said} / Telegram's last push failed: {said}")
    return found


async def _rights(bot: QuietBot, me: Mapping[str, Any], keys: Keys, tools: Tools) -> tuple[bool, list[str]]:
    """Whether the account's own chat is lost, and what is missing there."""
    chat_id: int | str = int(keys.chat_id) if _NUMBER.fullmatch(keys.chat_id) else keys.chat_id
    try:
        chat = _object(await bot.raw("getChat", tools.timeout, chat_id=chat_id))
        member = _object(await bot.raw("getChatMember", tools.timeout, chat_id=chat["id"], user_id=me["id"]))
    except Exception as error:
        result = outcome(error, keys, own_chat=True)
        if result.outcome not in (Outcome.REFUSED, Outcome.RECONNECT):
            raise
        return True, [f"chat_id：{result.error}"]
    return _missing(str(chat.get("type")), member)


def _missing(chat_type: str, member: Mapping[str, Any]) -> tuple[bool, list[str]]:
    status, channel = member.get("status"), chat_type == "channel"
    if status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED):
        return True, ["机器人已不在该频道或群，请重新加入 / the bot is no longer in the chat: add it again"]
    if status == ChatMemberStatus.RESTRICTED and member.get("can_send_messages") is not True:
        return True, ["机器人在群里被禁言 / the bot may not write in the group"]
    if channel and status == ChatMemberStatus.MEMBER:
        return True, ["机器人不是频道管理员，不能发布 / the bot is no administrator of the channel and cannot post"]
    if status != ChatMemberStatus.ADMINISTRATOR:
        return False, []
    wanted = _CHANNEL_RIGHTS if channel else _GROUP_RIGHTS
    missing = [words for right, words in wanted.items() if member.get(right) is not True]
    return False, [f"缺少权限 / missing right: {words}" for words in missing]
