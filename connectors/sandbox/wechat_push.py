"""WeChat's pushes: three modes, real signatures, GET verification (wechat.md §1)."""

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.media import sample
from connectors.sandbox.push import Job, Wire
from connectors.sandbox.wechat_crypto import signature
from connectors.sandbox.wechat_passive import judge, seal
from connectors.sandbox.wechat_xml import document, envelope, event_fields, message_fields
from connectors.sandbox.world import World

TRIGGERS = ("message", "menu", "follow", "scan")
EVENT_KINDS = ("follow", "unfollow", "menu", "scan")
NOTICE = "该公众号提供的服务出现故障，请稍后再试"


def wire(account: Account, fields: Mapping[str, Any], openid: str, stamp: int) -> Wire:
    """One push request in the account's mode, signed afresh."""
    message, mode = document(fields), account.secret("mode")
    if mode == "plain":
        return Wire(signed(account, openid, stamp), {"content-type": "text/xml"}, message)
    sealed = seal(account, message, stamp)
    query = signed(account, openid, stamp, str(sealed["Nonce"]))
    query |= {"encrypt_type": "aes", "msg_signature": str(sealed["MsgSignature"])}
    kept = fields if mode == "compat" else {"ToUserName": account.origin_id}
    return Wire(query, {"content-type": "text/xml"}, document({**kept, "Encrypt": sealed["Encrypt"]}))


def signed(account: Account, openid: str, stamp: int, nonce: str = "") -> dict[str, str]:
    """The query every push carries: signature, timestamp, nonce, openid."""
    nonce = nonce or str(secrets.randbelow(10**10))
    given = signature(account.secret("token"), str(stamp), nonce)
    return {"signature": given, "timestamp": str(stamp), "nonce": nonce, "openid": openid}


def job(world: World, account: Account, openid: str, name: str, kind: str, fields: Mapping[str, Any], platform_id: str) -> Job:
    """A push of one document to the account's hook, with WeChat's repeats."""
    limits = world.limits
    return Job(
        account=account.id,
        platform="wechat",
        citizen=name,
        kind=kind,
        platform_id=platform_id,
        url=account.hook_url,
        compose=lambda: wire(account, fields, openid, int(world.clock.stamp())),
        judge=partial(judge, account, openid, limits["wechat.kf.text_bytes"]),
        gaps=(limits["push.gap_seconds"],) * (int(limits["push.deliveries"]) - 1),
        attempt_seconds=limits["push.attempt_seconds"],
    )


def say(world: World, account: Account, citizen: Citizen, kind: str, text: str, media: str, extra: dict[str, Any]) -> Job | None:
    """What a citizen did, as a push. Opens the reply window it opens. Raises ValueError for what WeChat does not have."""
    if kind not in ("message", *EVENT_KINDS):
        raise ValueError(f"WeChat has no {kind}")
    if media == "file":
        raise ValueError("WeChat delivers no files to official accounts")
    if kind in EVENT_KINDS:
        stamp = world.stamp_once(account, citizen)
        fields = envelope(account, citizen.pid, stamp, "event") | event_fields(kind, text, citizen) | extra
        platform_id = f"{citizen.pid}{stamp}"
    else:
        platform_id = str(next(world.wechat.ids))
        message_kind, body = message_fields(text, media, _attach(world, account, media), world.origin)
        fields = envelope(account, citizen.pid, int(world.clock.stamp()), message_kind) | body | {"MsgId": int(platform_id)} | extra
    _window(world, citizen, kind)
    return job(world, account, citizen.pid, citizen.name, kind, fields, platform_id)


def _attach(world: World, account: Account, media: str) -> tuple[str, str]:
    if media not in ("image", "voice", "video"):
        return "", ""
    now = world.clock.now()
    item = world.media.put(account.id, media, sample(media), now, "wxm_")
    return item.id, world.media.put(account.id, "image", sample("image"), now, "wxm_").id if media == "video" else ""


def _window(world: World, citizen: Citizen, kind: str) -> None:
    now = world.clock.now()
    citizen.last_act = now
    if kind == "unfollow":
        citizen.following = False
        citizen.windows.close()
        return
    citizen.following = True
    if kind in TRIGGERS:
        citizen.windows.trigger(kind, world.limits[f"wechat.kf.{kind}_count"], world.limits[f"wechat.kf.{kind}_seconds"], now)


async def verify(world: World, account: Account) -> str:
    """The GET check of wechat.md §1.2. Returns "yes" or what went wrong."""
    stamp, nonce, echo = int(world.clock.stamp()), str(secrets.randbelow(10**10)), str(secrets.randbelow(10**18))
    query = {"signature": signature(account.secret("token"), str(stamp), nonce), "timestamp": str(stamp), "nonce": nonce, "echostr": echo}
    status, body, failure = await world.pusher.request("GET", account.hook_url, Wire(query, {}, b""), world.limits["push.attempt_seconds"])
    if failure:
        return failure
    return "yes" if status == 200 and body == echo.encode() else f"status {status}, the echo does not fit"
