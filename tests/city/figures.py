"""Figures of a run, read from the database and the journals when the city has ended."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Count

from bot.audit.models import Entry
from bot.outbox.models import Delivery
from bot.paging.models import Attempt, Page
from bot.supervision.balance import current
from bot.tickets.models import Ticket
from tests.city.world import World

BALANCE = {
    "received": "收到",
    "open": "未结",
    "answered": "已答复",
    "refused": "不予受理",
    "merged": "已合并",
    "dismissed": "无需答复",
    "arriving": "待读",
    "difference": "差额",
}
SHARES = ((0.25, "≤ 25 %"), (0.5, "≤ 50 %"), (0.8, "≤ 80 %"), (1.0, "≤ 100 %"), (1.5, "≤ 150 %"), (2.0, "≤ 200 %"))


def of_run(world: World) -> dict[str, Any]:
    """What is told in words (`told`) and what is drawn as bars (`bars`)."""
    hours, used = answer_times()
    counts = current()
    states = dict(Ticket.objects.order_by().values_list("state").annotate(n=Count("pk")))
    told = {f"{BALANCE[name]} {name}": f"{value:,}" for name, value in counts.as_dict().items()}
    told |= {
        "诉求单 tickets": f"{sum(states.values()):,}",
        "从受理到首次人工答复，中位数 median to a person's answer": f"{_part(hours, 0.5):.1f} h",
        "第 90 百分位 90th percentile": f"{_part(hours, 0.9):.1f} h",
        "按期 in time": f"{sum(one <= 1 for one in used) / max(1, len(used)):.1%}",
        "阶梯最迟 ladder late at worst": f"{max((row['late'] for row in world.notes('samples')), default=0.0):.1f} s",
        "人员确认的呼叫 pages acknowledged": f"{Page.objects.filter(state='acknowledged').count():,}",
        "平台收到 accepted by platforms": f"{sum(1 for _ in world.notes('platform')):,}",
        "审计记录 audit rows": f"{Entry.objects.count():,}",
    }
    return {"told": told, "bars": _bars(world, used, states)}


def _bars(world: World, used: list[float], states: dict[str, int]) -> dict[str, list[tuple[str, float]]]:
    deliveries = Delivery.objects.order_by().values_list("lane", "state").annotate(n=Count("pk"))
    done: Counter[str] = Counter()
    for row in world.notes("samples"):
        done.update(row["done"])
    means = Attempt.objects.order_by().values_list("means", "state").annotate(n=Count("pk"))
    pages = Page.objects.order_by().values_list("kind", "state").annotate(n=Count("pk"))
    return {
        "答复用去期限的几成 share of the time allowed that the answer took": _shares(used),
        "诉求单状态 tickets by state": sorted(states.items(), key=lambda row: -row[1]),
        "升级阶梯：各级 ladder: steps by rung": _rungs(),
        "呼叫：方式与结果 calls by means and result": [(f"{name} {state}", n) for name, state, n in sorted(means)],
        "呼叫：事由与结局 pages by matter and end": [(f"{kind} {state}", n) for kind, state, n in sorted(pages)],
        "投递 deliveries": [(f"{lane} {state}", n) for lane, state, n in sorted(deliveries, key=lambda row: -row[2])],
        "工作人员做了什么 what staff did": [(name, float(n)) for name, n in done.most_common(24)],
    }


def _rungs() -> list[tuple[str, float]]:
    """Steps taken, by rung and by what was done."""
    found: Counter[str] = Counter()
    rows = Entry.objects.filter(action__in=("ticket.climbed", "ticket.reminded", "ticket.called")).values_list("detail", flat=True)
    for detail in rows.iterator(chunk_size=5000):
        found[f"{detail.get('rung', 0)} {detail.get('act', '')}"] += 1
    return sorted(found.items())


def answer_times() -> tuple[list[float], list[float]]:
    """Hours from the first message to the person's answer, and the share of the time allowed that it took; both sorted."""
    rows = Ticket.objects.filter(answered_at__isnull=False).values_list("received_at", "answered_at", "deadline")
    found = [(_hours(received, answered), _hours(received, deadline)) for received, answered, deadline in rows.iterator(chunk_size=5000)]
    return sorted(took for took, _ in found), sorted(took / allowed for took, allowed in found if allowed > 0)


def _hours(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 3600


def _shares(used: list[float]) -> list[tuple[str, float]]:
    counts: Counter[str] = Counter(next((name for most, name in SHARES if one <= most), "> 200 %") for one in used)
    return [(name, counts[name]) for name in (*(name for _, name in SHARES), "> 200 %")]


def _part(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def spent(world: World) -> Counter[str]:
    """Seconds of the engine by what it did."""
    found: Counter[str] = Counter()
    for row in world.notes("samples"):
        found.update(row["spent"])
    return found
