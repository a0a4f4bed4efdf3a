"""Calling staff in a private chat or a group of a bot. The call itself, its bounds and its codes are those of replies to citizens."""

from collections.abc import Mapping

from connectors.contract import Field, Paging, Tools, fitted
from connectors.telegram.keys import keys_of
from connectors.telegram.limits import DATA
from connectors.telegram.outgoing import receiver, send, units
from policies.facts import AccountFacts, Outgoing, Result


class Pager:
    """See `connectors.contract.Pager`."""

    means = "telegram"
    label: Mapping[str, str] = {"zh": "Telegram", "en": "Telegram"}
    fields: tuple[Field, ...] = (
        Field("bot_token", {"zh": "机器人令牌 (bot token)", "en": "bot token"}, secret=True),
        Field("proxy", {"zh": "代理（可空）", "en": "proxy (may be empty)"}, secret=True, required=False),
    )
    address = Field("chat_id", {"zh": "chat_id（先给机器人发一条消息）", "en": "chat id (write to the bot first)"})
    base_url_required = False
    per_minute = float(DATA["paging"]["per_minute"])

    def validate(self, gateway: AccountFacts) -> list[str]:
        return [] if keys_of(gateway).bot_id else ["机器人令牌不对 / the bot token is wrong"]

    def refuses(self, address: str) -> str:
        return "" if receiver(_item(address, "", "")) else "应为数字或 @名称 / a number or @name"

    def send(self, page: Paging, address: str, gateway: AccountFacts, tools: Tools) -> Result:
        text = fitted(page, int(DATA["text"]["max"]), units)
        return send(_item(address, page.key, text), gateway, tools)


def _item(address: str, key: str, text: str) -> Outgoing:
    return Outgoing(key=key, kind="text", citizen=address, text=text)
