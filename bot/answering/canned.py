"""Ready-made texts: written for a department, there for all below it, filled in for one ticket."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from bot.answering.checking import serving
from bot.answering.models import Canned, Variable
from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.actions import clean
from bot.tickets.models import Ticket
from nlu.subjects import name as subject_name
from policies.answering import CANNED_MOST
from policies.answers import deadline_in_words
from policies.canned import BUILT_IN, NAME_MAX, TITLE_MAX, VALUE_MAX, day, fill, known, missing
from policies.masking import mask_name
from policies.roles import Right

KEYS = range(4, 10)  # Alt+1 to 3 insert suggestions


@dataclass(frozen=True, slots=True)
class Ready:
    """A text filled in for one ticket. `lacks`: variables nobody has set; they stay in braces."""

    title: str
    text: str
    key: int
    lacks: tuple[str, ...]


def texts_of(department: Department) -> list[Canned]:
    """The texts that serve a department, its own before those above; of the same title only the nearest."""
    over = serving(department)
    rows = Canned.objects.filter(department__code__in=over).select_related("department")
    found: dict[str, Canned] = {}
    for row in sorted(rows, key=lambda row: (over.index(row.department.code), row.position or 99, row.title)):
        found.setdefault(row.title, row)
    return list(found.values())


def variables_of(department: Department) -> dict[str, str]:
    """What the variables of a department say, the nearest value first."""
    over = serving(department)
    rows = list(Variable.objects.filter(department__code__in=over).select_related("department"))
    return {row.name: row.value for row in sorted(rows, key=lambda row: -over.index(row.department.code))}


def ready_for(actor: Actor, ticket: Ticket, now: datetime) -> list[Ready]:
    """The texts that may answer this ticket, filled in. A key is given once, to the nearest department's text."""
    texts, taken = texts_of(ticket.department), set[int]()
    given, rows = values_for(actor, ticket, now) if texts else {}, []
    for row in texts:
        text = fill(row.text, given)
        key = row.position if row.position in KEYS and row.position not in taken else 0
        taken.add(key)
        rows.append(Ready(row.title, text, key, missing(text)))
    return rows


def values_for(actor: Actor, ticket: Ticket, now: datetime) -> Mapping[str, str]:
    """Every variable's value for this ticket; a citizen is named as in an office, by the surname."""
    citizen = ticket.conversation.name.strip()
    own = {
        "编号": ticket.number,
        "市民": mask_name(citizen).rstrip("*") if 1 < len(citizen) <= 4 else "",
        "部门": ticket.department.name,
        "期限": deadline_in_words(ticket.service_deadline, "zh"),
        "查询码": ticket.query_code,
        "查询网址": f"{settings.PUBLIC_URL}/q/{ticket.query_code}",
        "主题": subject_name(ticket.subject),
        "收到日期": day(ticket.received_at),
        "今天": day(now),
        "经办人": actor.name,
    }
    return {**variables_of(ticket.department), **own, "市民": own["市民"] or "市民"}


@transaction.atomic
def write(actor: Actor, department: Department, title: str, text: str, position: int, now: datetime) -> Canned:
    """Write a department's text, or change the one of this title. Raises Denied, Invalid."""
    actor.demand(Right.EDIT_CANNED, department)
    title, text = " ".join(title.split()), clean(text)
    if not title or len(title) > TITLE_MAX:
        raise Invalid("请填写标题（最长 60 字）。")
    if position and position not in KEYS:
        raise Invalid("快捷键只能是 4 到 9。")
    own = Canned.objects.filter(department=department)
    if not own.filter(title=title).exists() and own.count() >= CANNED_MOST:
        raise Invalid("常用语太多了，请先删去不用的。")
    values = {"text": text, "position": position, "author_id": actor.person_id, "updated_at": now}
    own.filter(position=position).exclude(title=title).exclude(position=0).update(position=0)
    row, _ = Canned.objects.update_or_create(department=department, title=title, defaults=values)
    record(now, Fact(actor.username, "answering.canned_written", "canned", str(row.pk), department.pk, {"title": title}))
    return row


@transaction.atomic
def remove(actor: Actor, row: Canned, now: datetime) -> None:
    """Delete a text. Raises Conflict, Denied."""
    actor.demand(Right.EDIT_CANNED, row.department)
    if not Canned.objects.filter(pk=row.pk).delete()[0]:
        raise Conflict("这条常用语已被删除。")
    record(now, Fact(actor.username, "answering.canned_removed", "canned", str(row.pk), row.department_id, {"title": row.title}))


@transaction.atomic
def set_variable(actor: Actor, department: Department, name: str, value: str, now: datetime) -> None:
    """Say what a variable means in a department and below it; an empty value takes it away. Raises Denied, Invalid."""
    actor.demand(Right.EDIT_CANNED, department)
    name, value = known(name.strip(" {}｛｝")), " ".join(value.replace("\x00", "").split())
    if not name or len(name) > NAME_MAX or set(name) & set("{}｛｝"):
        raise Invalid("请填写变量名（最长 30 字，不含括号）。")
    if name in BUILT_IN:
        raise Invalid(f"“{name}”由系统填写，不能另设。")
    if len(value) > VALUE_MAX:
        raise Invalid(f"内容过长（{len(value)} 字），最多 {VALUE_MAX} 字。")
    if value:
        Variable.objects.update_or_create(department=department, name=name, defaults={"value": value})
    else:
        Variable.objects.filter(department=department, name=name).delete()
    record(now, Fact(actor.username, "answering.variable_set", "variable", name, department.pk, {"name": name, "value": value}))
