"""`Idempotency-Key` on writes: the same key and the same request get the same answer, and the deed is done once.

Successes and refusals (4xx) are kept for a day; a fault of ours (5xx) is not, so that it can be tried again.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from bot import clock
from bot.api.auth import actor_of
from bot.api.models import Kept
from bot.api.problems import Problem, problem
from bot.conflict import Conflict, Denied
from bot.staff.actions import Invalid

KEEP = timedelta(days=1)
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    Conflict: (409, "Conflict"),
    Denied: (403, "Forbidden"),
    Invalid: (422, "Unprocessable Content"),
}


def once(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Decorates a write: the view returns (status, body); its deed and the kept answer are one transaction."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return _answer(*view(request, *args, **kwargs))
        if len(key) > 100:
            raise Problem(400, "Bad Request", "Idempotency-Key 最长 100 字符。")
        return _kept(request, key, lambda: view(request, *args, **kwargs))

    return run


def _kept(request: HttpRequest, key: str, do: Callable[[], tuple[int, Any]]) -> HttpResponse:
    person, print_ = actor_of(request).person_id, _fingerprint(request)
    Kept.objects.filter(person=person, key=key, at__lt=clock.now() - KEEP).delete()
    earlier = Kept.objects.filter(person=person, key=key).first()
    if earlier:
        return _again(earlier, print_)
    try:
        with transaction.atomic():
            row = Kept.objects.create(person_id=person, key=key, fingerprint=print_, at=clock.now())
            status, body = _done(do)
            Kept.objects.filter(pk=row.pk).update(status=status, body=body)
    except IntegrityError:
        earlier = Kept.objects.filter(person=person, key=key).first()
        if earlier is None:
            raise
        return _again(earlier, print_)
    return _answer(status, body)


def forget_old(now: datetime, limit: int = 1000) -> int:
    """Remove kept answers nobody can ask for any more."""
    old = Kept.objects.filter(at__lt=now - KEEP).order_by("at").values_list("pk", flat=True)[:limit]
    return Kept.objects.filter(pk__in=list(old)).delete()[0]


def _done(do: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    try:
        with transaction.atomic():
            return do()
    except tuple(REFUSALS) as error:
        status, title = REFUSALS[type(error)]
        return status, {"type": "about:blank", "title": title, "status": status, "detail": str(error)}


def _again(earlier: Kept, print_: str) -> HttpResponse:
    if earlier.fingerprint != print_:
        return problem(422, "Unprocessable Content", "同一 Idempotency-Key 用于了不同的请求。")
    if earlier.status is None:
        return problem(409, "Conflict", "相同的请求正在处理。")
    answer = _answer(earlier.status, earlier.body)
    answer["Idempotency-Replayed"] = "true"
    return answer


def _answer(status: int, body: Any) -> JsonResponse:
    kind = "application/problem+json" if status >= 400 else "application/json"
    return JsonResponse(body, status=status, content_type=kind, json_dumps_params={"ensure_ascii": False}, safe=False)


def _fingerprint(request: HttpRequest) -> str:
    content = [request.method, request.get_full_path(), hashlib.sha256(request.body).hexdigest()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
