"""The knowledge base as xlsx: a preview that names every bad row, then all or nothing."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bot import clock
from bot.console.knowledgeforms import SheetForm
from bot.console.sentences import translate
from bot.console.session import ConsoleRequest
from bot.console.views.knowledge import demand, narrowed
from bot.knowledge import actions
from bot.knowledge.sheets import COLUMNS, Reader, read_sheet, workbook
from bot.staff.actions import Invalid
from policies.roles import Right

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "knowledge-sheet"
HELD_SECONDS = 3600
SHOWN = 100
EXPORTED = 5000


@require_http_methods(["GET", "POST"])
def bring(request: ConsoleRequest) -> HttpResponse:
    """A file makes a preview; the preview's own button, which carries the signed rows, makes the drafts."""
    demand(request, Right.EDIT_KNOWLEDGE)
    if "rows" in request.POST:
        return _imported(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    try:
        rows = read_sheet(form.cleaned_data["sheet"].read())
    except Invalid as wrong:
        form.add_error("sheet", translate(str(wrong)))
        return _page(request, form, status=422)
    found = list(Reader(request.actor).judged(rows))
    bad = [one for one in found if one.problem]
    held = "" if bad or not found else signing.dumps([rows, request.actor.person_id], salt=SALT, compress=True)
    return _page(request, form, found=(bad or found)[:SHOWN], count=len(found), bad=len(bad), held=held, previewed=True)


def _page(request: ConsoleRequest, form: SheetForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "columns": COLUMNS.values(), "section": "knowledge", **more}
    return render(request, "console/knowledge/import.html", context, status=status)


def _imported(request: ConsoleRequest) -> HttpResponse:
    try:
        rows, person = signing.loads(request.POST["rows"], salt=SALT, max_age=HELD_SECONDS)
        if person != request.actor.person_id:
            raise Invalid("预览已失效，请重新上传。")
        reader = Reader(request.actor)
        made = actions.import_drafts(request.actor, [reader.values(line) for _number, line in rows], clock.now())
    except signing.BadSignature:
        messages.error(request, _("预览已失效，请重新上传。"))
        return redirect("import-knowledge")
    except Invalid as wrong:
        messages.error(request, translate(str(wrong)))
        return redirect("import-knowledge")
    messages.success(request, _("已导入 %(count)s 条草稿。提交审核后由另一人发布。") % {"count": made})
    return redirect("knowledge")


@require_safe
def export(request: ConsoleRequest) -> HttpResponse:
    """What the list shows, as a file the import reads."""
    demand(request, Right.SEE_KNOWLEDGE)
    rows, _wanted = narrowed(request)
    answer = HttpResponse(workbook(rows[:EXPORTED]), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="knowledge.xlsx"'
    return answer
