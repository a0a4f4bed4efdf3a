"""The fan service's pushes and what citizens do in public (weibo-telegram-cap.md §2)."""

import json
import secrets
from collections.abc import Mapping
from functools import partial
from hashlib import sha1
from typing import Any

from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.media import sample
from connectors.sandbox.push import Job, Judged, Wire
from connectors.sandbox.weibo_base import WeiboError, date
from connectors.sandbox.weibo_state import Entry
from connectors.sandbox.weibo_writes import fan_text
from connectors.sandbox.wire import whole
from connectors.sandbox.world import World

EVENT_TEXT = {"follow": "关注事件消息", "unfollow": "取消关注事件消息", "menu": "", "scan": "扫描二维码"}
FIRST_POST = "大家好，这里是{name}的官方微博，欢迎留言。"


def signature(secret: str, stamp: str, nonce: str) -> str:
    """SHA-1 over the sorted app secret, timestamp (milliseconds) and nonce (§2.1)."""
    return sha1("".join(sorted((secret, stamp, nonce))).encode()).hexdigest()


def signed(world: World, account: Account) -> dict[str, str]:
    """The query every push carries: signature, timestamp, nonce."""
    stamp, nonce = str(int(world.clock.stamp() * 1000)), str(secrets.randbelow(10**8))
    return {"signature": signature(account.secret("app_secret"), stamp, nonce), "timestamp": stamp, "nonce": nonce}


def say(world: World, account: Account, citizen: Citizen, kind: str, text: str, media: str, extra: dict[str, Any]) -> Job | None:
    """What a citizen did; None when it is public only, for the account to poll. Raises ValueError for what Weibo does not have."""
    world.weibo.names[citizen.pid] = citizen.name
    if kind == "comment":
        return _comment(world, account, citizen, text, extra)
    if kind == "mention":
        return _mention(world, account, citizen, text)
    if kind not in ("message", *EVENT_TEXT):
        raise ValueError(f"Weibo has no {kind}")
    if media in ("video", "file", "link"):
        raise ValueError(f"the fan service pushes no {media}")
    pushed = _event(kind, text) if kind in EVENT_TEXT else _message(world, account, text, media)
    _window(world, citizen, kind)
    return _job(world, account, citizen, kind, pushed | extra)


def _message(world: World, account: Account, text: str, media: str) -> dict[str, Any]:
    if media in ("image", "voice"):
        item = world.media.put(account.id, media, sample(media), world.clock.now(), "41")
        shown = text or ("发了一张图片" if media == "image" else "发了一个语音消息")
        return {"type": media, "text": shown, "data": {"vfid": f"9{item.id}", "tovfid": item.id}}
    if media == "location":
        return {"type": "position", "text": "发送了一个位置", "data": {"longitude": "113.358803", "latitude": "23.134521"}}
    return {"type": "text", "text": text, "data": {}}


def _event(kind: str, text: str) -> dict[str, Any]:
    data: dict[str, Any] = {"subtype": "click" if kind == "menu" else kind}
    if kind == "menu":
        data["key"] = text or "MENU_SERVICE"
    if kind == "scan":
        data |= {"key": f"scan_{text or '1001'}", "ticket": secrets.token_urlsafe(24)}
    return {"type": "event", "text": EVENT_TEXT[kind], "data": data}


def _window(world: World, citizen: Citizen, kind: str) -> None:
    now, limits = world.clock.now(), world.limits
    citizen.last_act, citizen.following = now, kind != "unfollow"
    if kind == "unfollow":
        citizen.windows.close()
        return
    count = limits["weibo.reply.mention_count"] if kind == "mention" else limits["weibo.reply.count"]
    citizen.windows.trigger(kind, count, limits["weibo.reply.seconds"], now)


def _job(world: World, account: Account, citizen: Citizen, kind: str, pushed: Mapping[str, Any]) -> Job:
    stamp = world.stamp_once(account, citizen)
    uid = int(account.secret("uid"))
    body = {"type": "", "receiver_id": uid, "sender_id": int(citizen.pid), "created_at": date(stamp), **pushed}
    raw, limits = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), world.limits
    return Job(
        account=account.id,
        platform="weibo",
        citizen=citizen.name,
        kind=kind,
        platform_id=f"{citizen.pid}-{stamp}",
        url=account.hook_url,
        compose=lambda: Wire(signed(world, account), {"content-type": "application/json"}, raw),
        judge=partial(judge, account.secret("uid"), citizen.pid, int(limits["weibo.reply.text_chars"])),
        gaps=(limits["push.gap_seconds"],) * (int(limits["push.deliveries"]) - 1),
        attempt_seconds=limits["push.attempt_seconds"],
    )


def judge(uid: str, fan: str, chars: int, status: int, body: bytes) -> Judged:
    """What Weibo does with an answer: empty = received; JSON = passive reply, ids swapped (§2.3, §2.4)."""
    if status != 200:
        return Judged(True, f"status {status}")
    if not body:
        return Judged(False, "empty")
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        return Judged(False, "malformed", problem="the answer is not JSON")
    if not isinstance(reply, dict) or reply.get("result") is not True:
        return Judged(False, "malformed", problem="result is not true")
    if (str(reply.get("receiver_id")), str(reply.get("sender_id"))) != (fan, uid):
        return Judged(False, "malformed", problem="receiver_id or sender_id is wrong")
    try:
        return Judged(False, "passive", fan_text(str(reply.get("type")), str(reply.get("data")), chars))
    except WeiboError as error:
        return Judged(False, "malformed", problem=f"data cannot be read ({error.code})")


def _comment(world: World, account: Account, citizen: Citizen, text: str, extra: dict[str, Any]) -> Job | None:
    post = _post_of(world, account, str(extra.get("post") or ""))
    parent = world.weibo.comments.get(whole(str(extra.get("reply_to") or "")) or 0)
    entry = world.weibo.write(citizen.pid, text, post=post.id, parent=parent.id if parent else 0)
    named = f"@{account.name}" in text and account.credentials.get("mention_push")
    return _mention_job(world, account, citizen, "comment", entry, text) if named else None


def _post_of(world: World, account: Account, post_id: str) -> Entry:
    """The post a comment goes under: the one named, else the newest; a first one is written if there is none."""
    uid = account.secret("uid")
    named = world.weibo.posts.get(whole(post_id) or 0)
    if post_id and named is None:
        raise ValueError("no such post")
    own = [entry for entry in world.weibo.posts.values() if entry.author == uid and not entry.deleted]
    if named or own:
        return named or own[-1]
    entry = world.weibo.write(uid, FIRST_POST.format(name=account.name))
    world.publish(account, {"id": str(entry.id), "text": entry.text, "url": "", "first": True})
    return entry


def _mention(world: World, account: Account, citizen: Citizen, text: str) -> Job | None:
    shown = text if f"@{account.name}" in text else f"@{account.name} {text}"
    entry = world.weibo.write(citizen.pid, shown)
    if account.credentials.get("mention_push"):
        return _mention_job(world, account, citizen, "status", entry, shown)
    return None


def _mention_job(world: World, account: Account, citizen: Citizen, subtype: str, entry: Entry, text: str) -> Job:
    """Needs the platform's special grant (§2.2): the account's credential `mention_push`."""
    _window(world, citizen, "mention")
    return _job(world, account, citizen, "mention", {"type": "mention", "text": text, "data": {"subtype": subtype, "key": str(entry.id)}})


async def verify(world: World, account: Account) -> str:
    """The GET check of §2.1. Returns "yes" or what went wrong."""
    echo = str(secrets.randbelow(10**18))
    query = signed(world, account) | {"echostr": echo}
    status, body, failure = await world.pusher.request("GET", account.hook_url, Wire(query, {}, b""), world.limits["push.attempt_seconds"])
    if failure:
        return failure
    return "yes" if status == 200 and body == echo.encode() else f"status {status}, the echo does not fit"
