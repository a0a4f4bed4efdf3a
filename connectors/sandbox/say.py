"""A citizen does something: bubble on the phone, push to the hook, answer back on the phone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox import telegram_push, wechat_push, weibo_push
from connectors.sandbox.accounts import Account, Citizen
from connectors.sandbox.media import KINDS as MEDIA
from connectors.sandbox.push import Job, Report
from connectors.sandbox.wire import clean
from connectors.sandbox.world import World

KINDS = ("message", "comment", "mention", "follow", "unfollow", "menu", "scan")
SAYERS = {"wechat": wechat_push.say, "weibo": weibo_push.say, "telegram": telegram_push.say}
BACKLOG = 20_000  # acts waiting for their push at once
LONGEST_TEXT = 100_000
LABELS = {
    "follow": "关注了账号", "unfollow": "取消了关注", "menu": "点了菜单", "scan": "扫了二维码", "image": "[图片]", "voice": "[语音]",
    "video": "[视频]", "file": "[文件]", "location": "[位置]", "link": "[链接]",
}  # fmt: skip


class CannotSay(ValueError):
    """The request makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a citizen. `extra` overrides or adds protocol fields; `copies` pushes the same thing n times at once."""

    account: str
    citizen: str
    text: str = ""
    media: str = ""
    kind: str = "message"
    copies: int = 1
    extra: dict[str, Any] = field(default_factory=dict)


def read_act(raw: Mapping[str, Any]) -> Act:
    """An act from JSON. Raises CannotSay."""
    act = Act(
        account=str(raw.get("account") or ""),
        citizen=clean(str(raw.get("citizen") or "")),
        text=clean(str(raw.get("text") or "")),
        media=str(raw.get("media") or ""),
        kind=str(raw.get("kind") or "message"),
        copies=raw["copies"] if isinstance(raw.get("copies"), int) else 1,
        extra=raw["extra"] if isinstance(raw.get("extra"), dict) else {},
    )
    if not act.citizen or len(act.citizen) > 64:
        raise CannotSay("citizen must be a name of 1 to 64 characters")
    if act.kind not in KINDS:
        raise CannotSay(f"kind must be one of {', '.join(KINDS)}")
    if act.media and act.media not in MEDIA:
        raise CannotSay(f"media must be one of {', '.join(MEDIA)}")
    if not 1 <= act.copies <= 100:
        raise CannotSay("copies must be 1 to 100")
    if len(act.text) > LONGEST_TEXT:
        raise CannotSay(f"text is over {LONGEST_TEXT} characters")
    return act


def begin(world: World, act: Act) -> tuple[Account, Citizen, Job | None]:
    """Write the bubble, open windows, make the push. Raises CannotSay."""
    account = world.accounts.get(act.account)
    if account is None:
        raise CannotSay(f"no account {act.account!r}")
    if world.jobs.busy > BACKLOG:
        raise CannotSay("too many pushes are waiting")
    citizen = world.citizen(account, act.citizen)
    try:
        job = SAYERS[account.platform](world, account, citizen, act.kind, act.text, act.media, act.extra)
    except ValueError as error:
        raise CannotSay(str(error)) from None
    label = LABELS.get(act.kind) or LABELS.get(act.media, "")
    shown = f"{label} {act.text}".strip()
    direction = "system" if act.kind in ("follow", "unfollow", "menu", "scan") else "in"
    platform_id = job.platform_id if job else ""
    world.book.add(account.id, citizen.name, direction, shown, world.clock.stamp(), "push", platform_id, media=act.media, kind=act.kind)
    return account, citizen, job


async def finish(world: World, act: Act, account: Account, citizen: Citizen, job: Job | None) -> dict[str, Any]:
    """Push (all copies at once) and show what came back."""
    if job is None:
        return Report("", word="stored", delivered=True).public()
    if not job.url:
        return Report(job.platform_id, word="no hook").public()
    reports = await asyncio.gather(*(world.pusher.deliver(job) for _ in range(act.copies)))
    for report in reports:
        _show(world, act, account, citizen, report)
    found = reports[0].public()
    if act.copies > 1:
        found["copies"] = [report.public() for report in reports]
    return found


def _show(world: World, act: Act, account: Account, citizen: Citizen, report: Report) -> None:
    stamp = world.clock.stamp()
    if report.passive is not None and account.platform != "telegram":
        world.book.add(account.id, citizen.name, "out", report.passive, stamp, "passive", report.platform_id)
    failed = report.problem or not report.delivered
    if account.platform == "wechat" and failed and act.kind != "unfollow":
        world.book.add(account.id, citizen.name, "system", wechat_push.NOTICE, stamp, "notice", report.platform_id)
