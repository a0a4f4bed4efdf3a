"""What every page shows around its content."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bot import clock
from bot.deadlines.queries import missing_years
from bot.paging.queries import alarms_for
from bot.staff.access import Actor
from policies.roles import Right


@dataclass(frozen=True, slots=True)
class Door:
    """One entry of the rail."""

    view: str
    label: str | Promise
    icon: str
    right: Right
    section: str


DOORS = (
    Door("queue", _("诉求"), "inbox", Right.SEE_TICKETS, "tickets"),
    Door("work", _("我的工作"), "work", Right.SEE_TICKETS, "work"),
    Door("incidents", _("事件"), "incident", Right.SEE_TICKETS, "incidents"),
    Door("knowledge", _("知识库"), "book", Right.SEE_KNOWLEDGE, "knowledge"),
    Door("answering", _("答复设置"), "note", Right.EDIT_CANNED, "answering"),
    Door("undelivered", _("送达与办结"), "sent", Right.SEE_TICKETS, "closing"),
    Door("dismissed", _("待核消息"), "sift", Right.CONFIRM_DISMISSED, "dismissed"),
    Door("deliveries", _("投递"), "send", Right.SETTLE_DELIVERY, "deliveries"),
    Door("pages", _("呼叫"), "alarm", Right.SEE_PAGING, "paging"),
    Door("duty", _("值班表"), "duty", Right.SEE_TICKETS, "duty"),
    Door("accounts", _("账号"), "account", Right.SEE_ACCOUNTS, "accounts"),
    Door("people", _("人员"), "people", Right.SEE_STAFF, "people"),
    Door("departments", _("部门"), "tree", Right.MANAGE_DEPARTMENTS, "departments"),
    Door("routes", _("部门分工"), "link", Right.MANAGE_DEPARTMENTS, "routes"),
    Door("deadlines", _("期限"), "calendar", Right.MANAGE_DEADLINES, "deadlines"),
    Door("learning", _("学习"), "learn", Right.TRAIN_MODELS, "learning"),
    Door("record", _("记录"), "record", Right.SEE_AUDIT, "record"),
)


def doors(actor: Actor) -> list[Door]:
    """The areas this actor may enter."""
    return [door for door in DOORS if actor.has(door.right)]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor: rail, person, language, and the words scripts need."""
    actor: Actor | None = getattr(request, "actor", None)
    person = getattr(request, "person", None)
    match = request.resolver_match
    return {
        "actor": actor,
        "person": person,
        "doors": [(door, reverse(door.view)) for door in doors(actor)] if actor else [],
        "section": (match.kwargs.get("section") or "") if match else "",
        "sees_tickets": bool(actor and actor.has(Right.SEE_TICKETS)),
        "reviews_replies": bool(actor and actor.has(Right.REVIEW_REPLIES)),
        "sees_balance": bool(actor and actor.has(Right.SEE_BALANCE)),
        "paging_alarms": (lambda: alarms_for(actor)) if actor and actor.has(Right.SEE_PAGING) else None,
        "manages_paging": bool(actor and actor.has(Right.MANAGE_PAGING)),
        "missing_years": _missing(actor),
        "large_text": bool(person and person.large_text),
        "english": (get_language() or "").startswith("en"),
        "script_words": script_words,
    }


def _missing(actor: Actor | None) -> tuple[int, ...]:
    """Years without holidays, for those who can bring them in."""
    if actor is None or not any(path.count("/") == 2 for path in actor.paths(Right.MANAGE_DEADLINES)):
        return ()
    return missing_years(clock.now())


def script_words() -> dict[str, str]:
    """Words that scripts put on screen."""
    return {
        "left": gettext("还剩 %(time)s"),
        "over": gettext("已超期 %(time)s"),
        "days": gettext("%(d)s 天 %(h)s 小时"),
        "hours": gettext("%(h)s 小时 %(m)s 分"),
        "minutes": gettext("%(m)s 分"),
        "lost": gettext("实时更新已断开，正在重新连接…"),
        "back": gettext("实时更新已恢复。"),
        "out": gettext("登录已失效，请重新登录。"),
        "changed": gettext("此诉求单刚刚有更新。"),
        "new": gettext("新诉求 %(n)s 已到达。"),
        "failed": gettext("没有连上服务器，内容已保留，请稍后再试。"),
        "typing": gettext("%(names)s 正在写答复…"),
        "copied": gettext("已复制。"),
    }
