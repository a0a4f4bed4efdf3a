"""WeChat official accounts (微信公众号): subscription and service, certified or not; plain, compatible and safe mode."""

from collections.abc import Mapping
from typing import Any

from connectors.contract import Connector, Polled, Tools
from connectors.wechat import health as states
from connectors.wechat import incoming, media, outgoing, records, replies, templates
from connectors.wechat.credentials import validate
from connectors.wechat.limits import limits_of
from policies.facts import AccountFacts

__all__ = ["connector"]


class _WeChat:
    platform = "wechat"
    label: Mapping[str, str] = {"zh": "微信", "en": "WeChat"}
    limits = staticmethod(limits_of)
    validate = staticmethod(validate)
    read = staticmethod(incoming.read)
    passive = staticmethod(replies.passive)
    send = staticmethod(outgoing.send)
    check = staticmethod(records.check)
    fetch = staticmethod(media.fetch)
    health = staticmethod(states.health)
    announces = staticmethod(templates.announces)
    hook_changed = staticmethod(states.hook_changed)

    @staticmethod
    def poll(account: AccountFacts, cursor: Mapping[str, Any], tools: Tools) -> Polled:
        """Everything is pushed: nothing to fetch, and no next time."""
        return Polled((), cursor, again_in=0)


connector: Connector = _WeChat()
