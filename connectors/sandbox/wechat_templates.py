"""Template messages: certified service accounts, followers, one template; the end comes as an event (wechat.md §4.5)."""

from typing import Any

from starlette.responses import Response

from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.wechat_base import WechatError, reply
from connectors.sandbox.wechat_kf import body_of, raw_utf8
from connectors.sandbox.wechat_push import job
from connectors.sandbox.wechat_xml import envelope
from connectors.sandbox.wire import Call
from connectors.sandbox.world import World


def send(world: World, account: Account, call: Call) -> Response:
    """POST /cgi-bin/message/template/send: accepted at once; TEMPLATESENDJOBFINISH says how it ended."""
    data = body_of(call)
    raw_utf8(call.body)
    if not account.kind.startswith("service"):
        raise WechatError(48001)
    if not data.get("template_id") or str(data["template_id"]) != account.secret("template_id"):
        raise WechatError(40037, "invalid template_id")
    citizen = world.person(account, str(data.get("touser") or ""))
    if citizen is None:
        raise WechatError(40003)
    if not citizen.following:
        raise WechatError(43004, "require subscribe")
    number = _number(world, account, str(data.get("client_msg_id") or ""))
    if number is None:
        number = next(world.wechat.ids)
        world.wechat.client_ids[account.id, str(data.get("client_msg_id") or number)] = (str(number), world.clock.now())
        world.book.add(account.id, citizen.name, "out", _text(world, data.get("data")), world.clock.stamp(), "template", kind="template")
        world.jobs.later(0.1, lambda: _finished(world, account, citizen, number))
    return reply({"errcode": 0, "errmsg": "ok", "msgid": number})


def _number(world: World, account: Account, client_id: str) -> int | None:
    """The number already given for this key: the same key twice is one message."""
    known = world.wechat.client_ids.get((account.id, client_id)) if client_id else None
    return int(known[0]) if known else None


def _text(world: World, fields: Any) -> str:
    """What the phone shows. Raises 47003 for fields that are none."""
    if not isinstance(fields, dict) or not fields:
        raise WechatError(47003, "argument invalid! data")
    lines = []
    for name, part in fields.items():
        value = part.get("value") if isinstance(part, dict) else None
        if not isinstance(value, str) or not value or (str(name).startswith("thing") and len(value) > 20):
            raise WechatError(47003, f"argument invalid! data.{name}.value")
        lines.append(value)
    return "[服务通知] " + " · ".join(lines)


async def _finished(world: World, account: Account, citizen: Citizen, number: int) -> None:
    body = envelope(account, citizen.pid, int(world.clock.stamp()), "event") | {"Event": "TEMPLATESENDJOBFINISH", "MsgID": number}
    body |= {"Status": "success" if citizen.following else "failed:user block"}
    if account.hook_url:
        await world.pusher.deliver(job(world, account, citizen.pid, "", "TEMPLATESENDJOBFINISH", body, str(number)))
