"""What the reading distinguishes, and how sure it must be: shown to staff with the evidence (理解与阈值)."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bot.conflict import Denied
from bot.console.session import ConsoleRequest
from nlu.subjects import all_subjects
from nlu.taxonomy import intents, learned
from policies import routing
from policies.roles import Right
from policies.rulepack import read
from policies.triage import DEFAULT

MEANINGS: dict[str, str | Promise] = {
    "emergency": _("紧急的可能达到此值：立即按紧急处理"),
    "emergency_long": _("同上，用于长留言（多为叙述往事）"),
    "emergency_longest": _("超过这么多字算长留言"),
    "emergency_sign": _("短留言提到危险的词，且紧急的可能达到此值：按紧急处理"),
    "cry_longest": _("不超过这么多字且有呼救的词：不论模型怎么看都按紧急处理"),
    "dismiss": _("达到此把握，又无提问用语：判为不是诉求，列入待核消息"),
    "dismiss_longest": _("超过这么多字，一律不判为“不是诉求”"),
    "bare_longest": _("没有问候用语的闲聊，最多这么多字才采信"),
    "unclear_intent": _("意图低于此把握，并且……"),
    "unclear_subject": _("……主题低于此把握：算看不懂，请人工判断"),
    "foreign_share": _("其他文字占到此比例：算看不懂，请人工判断"),
}


@require_safe
def understanding(request: ConsoleRequest) -> HttpResponse:
    if not request.actor.has(Right.SEE_TICKETS):
        raise Denied("您没有此项权限。")
    context = {"thresholds": _thresholds(), "intents": _intents(), "subjects": _subjects(), "section": "understanding"}
    return render(request, "console/understanding.html", context)


def _thresholds() -> list[dict[str, Any]]:
    pack, now = read("triage")["thresholds"], asdict(DEFAULT)
    rows = [{"name": name, "value": now[name], "meaning": words, "source": pack[name]["source"]} for name, words in MEANINGS.items()]
    sure = read("routing")["thresholds"]["sure"]["source"]
    return [*rows, {"name": "sure", "value": routing.SURE, "meaning": _("主题达到此把握：按部门分工直接分派"), "source": sure}]


def _intents() -> list[dict[str, Any]]:
    return [{"intent": one, "count": learned()[one.id].count} for one in intents()]


def _subjects() -> list[dict[str, Any]]:
    found = learned()
    return [
        {
            "subject": field,
            "count": sum(found[topic.id].count for topic in field.topics),
            "topics": [{"topic": topic, "learned": found[topic.id]} for topic in field.topics],
        }
        for field in all_subjects().values()
    ]
