"""The knowledge base: the list, one entry, writing and reviewing."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot import clock
from bot.conflict import Conflict, Denied
from bot.console.knowledgeforms import CommentForm, EntryForm, KnowledgeFilter, filled, subject_choices
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.words import ENTRY_STATES
from bot.knowledge import actions
from bot.knowledge.models import QUESTION_MAX, Entry
from bot.knowledge.queries import entries_for, expired, rivals_of, today, with_contradiction
from bot.learning.queries import corrections_for
from bot.staff.actions import Invalid
from bot.staff.queries import departments_for
from policies.knowledge import EntryState, may_move
from policies.knowledge import expired as has_expired
from policies.masking import mask
from policies.roles import Right

PAGE = 50
S = EntryState


def narrowed(request: ConsoleRequest) -> tuple[QuerySet[Entry], dict[str, Any]]:
    """The entries the address asks for, and what it asks for. Without a state, all but the withdrawn."""
    form = KnowledgeFilter(request.GET)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    day = today(clock.now())
    rows = with_contradiction(entries_for(request.actor), day)
    state = wanted.get("state")
    rows = rows.filter(state=state) if state in ENTRY_STATES else rows.exclude(state=S.WITHDRAWN)
    text = str(wanted.get("q", "")).replace("\x00", "")
    if text:
        rows = rows.filter(Q(question__icontains=text) | Q(variants__icontains=text) | Q(answer__icontains=text))
    if "department" in wanted:
        rows = rows.filter(department__code=wanted["department"])
    if "subject" in wanted:
        rows = rows.filter(subject=wanted["subject"])
    if wanted.get("flag") == "expired":
        rows = expired(rows, day)
    elif wanted.get("flag") == "contradicted":
        rows = rows.filter(contradicted=True, state=S.PUBLISHED)
    return rows.order_by("-updated_at", "-pk"), wanted


@require_safe
def knowledge(request: ConsoleRequest) -> HttpResponse:
    demand(request, Right.SEE_KNOWLEDGE)
    rows, wanted = narrowed(request)
    page = int(wanted.get("page", 1))
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "rows": [(row, _flags(row)) for row in found[:PAGE]],
        "wanted": wanted,
        "more": page + 1 if len(found) > PAGE else 0,
        "query": query.urlencode(),
        "states": ENTRY_STATES,
        "subjects": subject_choices(),
        "departments": departments_for(request.actor, Right.SEE_KNOWLEDGE),
        **_may(request),
    }
    return render(request, "console/knowledge/list.html", {**context, "section": "knowledge"})


def _flags(row: Entry) -> list[str]:
    """What is wrong with a published entry, for the list."""
    gone = row.state == S.PUBLISHED and has_expired(row.valid_until, today(clock.now()))
    clashes = row.state == S.PUBLISHED and row.contradicted  # type: ignore[attr-defined]
    return [flag for flag, up in (("expired", gone), ("contradicted", clashes)) if up]


def _may(request: ConsoleRequest) -> dict[str, bool]:
    has = request.actor.has
    return {"edits": has(Right.EDIT_KNOWLEDGE), "reviews": has(Right.REVIEW_KNOWLEDGE), "switches": has(Right.SWITCH_ANSWERS)}


@require_safe
def entry(request: ConsoleRequest, pk: int) -> HttpResponse:
    return _page(request, _entry(request, pk))


def _page(request: ConsoleRequest, row: Entry, refused: str = "", status: int = 200) -> HttpResponse:
    versions = entries_for(request.actor).filter(line=row.line).order_by("-version")
    context = {"row": row, "flags": _flags(row), "versions": versions, "rivals": rivals_of(row), "offered": _offered(request, row)}
    return render(request, "console/knowledge/entry.html", {**context, "refused": refused, "section": "knowledge"}, status=status)


def _offered(request: ConsoleRequest, row: Entry) -> set[str]:
    """The verbs worth offering. Only a help for the eye: the actions decide for themselves."""
    edits, reviews = (request.actor.may(right, row.department) for right in (Right.EDIT_KNOWLEDGE, Right.REVIEW_KNOWLEDGE))
    second = reviews and row.author_id != request.actor.person_id and row.state == S.IN_REVIEW
    fits = {
        "edit": edits and row.state in (S.DRAFT, S.PUBLISHED),
        "submit": edits and may_move(S(row.state), S.IN_REVIEW),
        "publish": second,
        "return": second,
        "withdraw": (reviews if row.state == S.PUBLISHED else edits) and may_move(S(row.state), S.WITHDRAWN),
    }
    return {name for name, fit in fits.items() if fit}


def _entry(request: ConsoleRequest, pk: int) -> Entry:
    found: Entry = get_object_or_404(with_contradiction(entries_for(request.actor), today(clock.now())), pk=pk)
    return found


@require_http_methods(["GET", "POST"])
def new(request: ConsoleRequest) -> HttpResponse:
    demand(request, Right.EDIT_KNOWLEDGE)
    start = {"owner": request.actor.person_id, **{name: request.GET.get(name, "")[:2000] for name in ("question", "answer")}}
    start |= _of_correction(request)
    return _written(request, EntryForm(request.POST or None, initial=start, actor=request.actor), None)


def _of_correction(request: ConsoleRequest) -> dict[str, Any]:
    """What the better answer of a correction fills in; nothing where it is not theirs to see."""
    number = request.GET.get("correction", "")
    found = corrections_for(request.actor).filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    if found is None:
        return {}
    question = mask(" ".join(found.message.text.split()))[:QUESTION_MAX]
    label = found.topic or found.subject or found.message.subject
    return {"question": question, "answer": found.answer, "subject": label.partition(".")[0], "topic": label if "." in label else ""}


@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, pk: int) -> HttpResponse:
    row = _entry(request, pk)
    request.actor.demand(Right.EDIT_KNOWLEDGE, row.department)
    return _written(request, EntryForm(request.POST or None, initial=filled(row), actor=request.actor), row)


def _written(request: ConsoleRequest, form: EntryForm, row: Entry | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            made = _save(request, form, row)
        except (Invalid, Conflict) as wrong:
            form.add_error(None, translate(str(wrong)))
        else:
            messages.success(request, _("草稿已保存。提交审核后由另一人发布。"))
            return redirect("entry", made.pk)
    context = {"form": form, "row": row, "section": "knowledge"}
    return render(request, "console/knowledge/edit.html", context, status=422 if form.errors else 200)


def _save(request: ConsoleRequest, form: EntryForm, row: Entry | None) -> Entry:
    values = {**form.cleaned_data, "variants": form.cleaned_data["variants"].splitlines()}
    return actions.edit(request.actor, row, values, clock.now()) if row else actions.create(request.actor, values, clock.now())


@require_POST
def act(request: ConsoleRequest, pk: int, verb: str) -> HttpResponse:
    row, form, now = _entry(request, pk), CommentForm(request.POST), clock.now()
    comment = form.cleaned_data["comment"] if form.is_valid() else ""
    calls = {
        "submit": lambda: actions.submit(request.actor, row, now),
        "publish": lambda: actions.publish(request.actor, row, now),
        "return": lambda: actions.return_draft(request.actor, row, comment, now),
        "withdraw": lambda: actions.withdraw(request.actor, row, comment, now),
    }
    if verb not in calls:
        raise Http404
    try:
        calls[verb]()
    except (Conflict, Invalid) as wrong:
        return _page(request, _entry(request, pk), translate(str(wrong)), 409)
    messages.success(request, _("已记录。"))
    return HttpResponseRedirect(request.path.rsplit("/", 1)[0] + "/")


@require_POST
def submit_many(request: ConsoleRequest) -> HttpResponse:
    """Hand several drafts to review at once."""
    demand(request, Right.EDIT_KNOWLEDGE)
    ids = [int(text) for text in request.POST.getlist("entry") if text.isascii() and text.isdigit() and len(text) < 19]
    rows, done = entries_for(request.actor).filter(pk__in=ids[: PAGE * 2], state=S.DRAFT), 0
    for row in rows:
        try:
            actions.submit(request.actor, row, clock.now())
        except (Conflict, Denied):
            continue
        done += 1
    messages.success(request, _("已提交 %(count)s 条，等待另一人审核。") % {"count": done})
    return redirect("knowledge")


def demand(request: ConsoleRequest, right: Right) -> None:
    if not request.actor.has(right):
        raise Denied("您没有此项权限。")
