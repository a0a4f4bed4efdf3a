"""Verbs on entries and switches: one function, one transaction, one audit record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from bot.audit.actions import Fact, record
from bot.conflict import Conflict
from bot.knowledge.clashes import clashes_of, write_clashes
from bot.knowledge.models import Contradiction, Entry, Switch
from bot.knowledge.queries import VERSION, edition
from bot.knowledge.wording import checked
from bot.staff.access import Actor
from bot.staff.actions import Invalid
from bot.staff.models import Department
from bot.tickets.models import Counter
from policies.knowledge import EntryState, may_move
from policies.roles import Right

S = EntryState
CONTENT = (
    "department", "question", "variants", "answer", "subject", "topic", "source_name", "source_url", "valid_from", "valid_until", "owner",
)  # fmt: skip


@transaction.atomic
def create(actor: Actor, values: Mapping[str, Any], now: datetime) -> Entry:
    """Write a new entry as a draft. Raises Denied, Invalid."""
    entry = _draft(actor, checked(values), now)
    entry.save()
    record(now, _fact(actor, "written", entry))
    return entry


@transaction.atomic
def import_drafts(actor: Actor, rows: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Write many drafts or none. Raises Denied, Invalid (naming the row, counted from 1)."""
    made = []
    for number, row in enumerate(rows, start=1):
        try:
            made.append(_draft(actor, checked(row), now))
        except Invalid as wrong:
            raise Invalid(f"第 {number} 条：{wrong}") from None
    Entry.objects.bulk_create(made)
    record(now, Fact(actor.username, "knowledge.imported", "knowledge", str(len(made)), None, {"count": len(made)}))
    return len(made)


def _draft(actor: Actor, values: Mapping[str, Any], now: datetime) -> Entry:
    actor.demand(Right.EDIT_KNOWLEDGE, values["department"])
    return Entry(**values, author_id=actor.person_id, created_at=now, updated_at=now)


@transaction.atomic
def edit(actor: Actor, entry: Entry, values: Mapping[str, Any], now: datetime) -> Entry:
    """Change a draft; of a published entry, write a new draft version. Raises Denied, Invalid, Conflict (in review, or no longer so)."""
    values = checked(values)
    actor.demand(Right.EDIT_KNOWLEDGE, entry.department)
    actor.demand(Right.EDIT_KNOWLEDGE, values["department"])
    if entry.state == S.PUBLISHED:
        return _next_version(actor, entry, values, now)
    changed = Entry.objects.filter(pk=entry.pk, state=S.DRAFT, updated_at=entry.updated_at)
    # Whoever changes a draft is its author from then on: they may not review their own words.
    if not changed.update(**values, author_id=actor.person_id, updated_at=now):
        raise Conflict("该条目刚刚被其他人改过，或已不是草稿，请刷新后再试。")
    record(now, _fact(actor, "edited", entry))
    return Entry.objects.get(pk=entry.pk)


def _next_version(actor: Actor, entry: Entry, values: Mapping[str, Any], now: datetime) -> Entry:
    newest = Entry.objects.filter(line=entry.line).order_by("-version").values_list("version", flat=True).first() or entry.version
    fresh = _draft(actor, values, now)
    fresh.line, fresh.version = entry.line, newest + 1
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError:
        raise Conflict("该条目已有一个在修改中的新版本。") from None
    record(now, _fact(actor, "edited", fresh))
    return fresh


@transaction.atomic
def submit(actor: Actor, entry: Entry, now: datetime) -> None:
    """Hand a draft to a second person. Raises Denied, Conflict."""
    actor.demand(Right.EDIT_KNOWLEDGE, entry.department)
    _move(entry, S.IN_REVIEW, now, comment="")
    record(now, _fact(actor, "submitted", entry))


def publish(actor: Actor, entry: Entry, now: datetime) -> None:
    """Approve: this version answers from now on, the one before it no longer does.

    Raises Denied, Invalid (to the author), Conflict. Contradictions are looked for before the transaction, which stays short.
    """
    _demand_second_person(actor, entry)
    seen = edition()
    clashes = clashes_of(entry)
    with transaction.atomic():
        if not _count_on(seen):
            raise Conflict("知识库刚刚有其他改动，请刷新后再试。")
        for older in Entry.objects.filter(line=entry.line, state=S.PUBLISHED).select_for_update():
            _move(older, S.WITHDRAWN, now, comment=f"由第 {entry.version} 版替换")
            _forget_clashes(older)
        _move(entry, S.PUBLISHED, now, reviewer_id=actor.person_id, published_at=now, comment="")
        write_clashes(entry, clashes)
        record(now, _fact(actor, "published", entry))


@transaction.atomic
def return_draft(actor: Actor, entry: Entry, comment: str, now: datetime) -> None:
    """Give it back to its author, with the reason. Raises Denied, Invalid, Conflict."""
    _demand_second_person(actor, entry)
    reason = _reason(comment)
    _move(entry, S.DRAFT, now, comment=reason)
    record(now, _fact(actor, "returned", entry, comment=reason))


@transaction.atomic
def withdraw(actor: Actor, entry: Entry, comment: str, now: datetime) -> None:
    """Take it out of use. A published one needs the right to review; one's own draft does not. Raises Denied, Invalid, Conflict."""
    actor.demand(Right.REVIEW_KNOWLEDGE if entry.state == S.PUBLISHED else Right.EDIT_KNOWLEDGE, entry.department)
    reason = _reason(comment)
    _move(entry, S.WITHDRAWN, now, comment=reason)
    _forget_clashes(entry)
    _count_on()
    record(now, _fact(actor, "withdrawn", entry, comment=reason))


@transaction.atomic
def switch(actor: Actor, department: Department, subject: str, on: bool, now: datetime) -> None:
    """Let the machine answer this department's questions of a subject by itself, or stop it. Raises Denied."""
    actor.demand(Right.SWITCH_ANSWERS, department)
    values = {"on": on, "changed_by_id": actor.person_id, "changed_at": now}
    Switch.objects.update_or_create(department=department, subject=subject, defaults=values)
    _count_on()
    name = "knowledge.switched_on" if on else "knowledge.switched_off"
    record(now, Fact(actor.username, name, "switch", f"{department.code}/{subject}", department.pk, {"subject": subject}))


def _demand_second_person(actor: Actor, entry: Entry) -> None:
    actor.demand(Right.REVIEW_KNOWLEDGE, entry.department)
    if entry.author_id == actor.person_id:
        raise Invalid("条目须由另一人审核。")


def _reason(comment: str) -> str:
    text = comment.strip()[:300]
    if not text:
        raise Invalid("请填写原因。")
    return text


def _move(entry: Entry, new: EntryState, now: datetime, **fields: Any) -> None:
    """Compare-and-set on the state and on the text that was seen. Raises Conflict."""
    same = Entry.objects.filter(pk=entry.pk, state=entry.state, updated_at=entry.updated_at)
    if not may_move(S(entry.state), new) or not same.update(state=new, updated_at=now, **fields):
        raise Conflict("该条目的状态已变，请刷新后再试。")


def _forget_clashes(entry: Entry) -> None:
    Contradiction.objects.filter(one=entry).delete()
    Contradiction.objects.filter(other=entry).delete()


def _count_on(seen: int | None = None) -> bool:
    """Tell every process that its index is old; False when the edition is no longer the one that was seen."""
    Counter.objects.get_or_create(name=VERSION, defaults={"value": 0})
    rows = Counter.objects.filter(name=VERSION)
    return bool((rows if seen is None else rows.filter(value=seen)).update(value=F("value") + 1))


def _fact(actor: Actor, action: str, entry: Entry, **detail: Any) -> Fact:
    detail |= {"line": str(entry.line), "version": entry.version, "question": entry.question[:80]}
    return Fact(actor.username, f"knowledge.{action}", "knowledge", str(entry.pk), entry.department_id, detail)
