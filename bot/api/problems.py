"""RFC 9457 problem documents: every error of the API has the same shape."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from bot.conflict import Conflict, Denied
from bot.staff.actions import Invalid


class Problem(Exception):
    """An expected refusal."""

    def __init__(self, status: int, title: str, detail: str = "", **more: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.more = status, title, detail, more


def problem(status: int, title: str, detail: str = "", **more: Any) -> JsonResponse:
    """The response for a problem."""
    body = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {}), **more}
    return JsonResponse(body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})


def install(api: NinjaAPI) -> None:
    """Turn what views raise into problem documents."""

    @api.exception_handler(Problem)
    def _problem(request: HttpRequest, error: Problem) -> JsonResponse:
        return problem(error.status, error.title, error.detail, **error.more)

    @api.exception_handler(Conflict)
    def _conflict(request: HttpRequest, error: Conflict) -> JsonResponse:
        return problem(409, "Conflict", str(error))

    @api.exception_handler(Denied)
    def _denied(request: HttpRequest, error: Denied) -> JsonResponse:
        return problem(403, "Forbidden", str(error))

    @api.exception_handler(Invalid)
    def _invalid(request: HttpRequest, error: Invalid) -> JsonResponse:
        return problem(422, "Unprocessable Content", str(error))

    @api.exception_handler(ValidationError)
    def _validation(request: HttpRequest, error: ValidationError) -> JsonResponse:
        errors = [{"where": ".".join(map(str, row["loc"])), "message": row["msg"]} for row in error.errors]
        return problem(422, "Unprocessable Content", "请求内容不符合要求。", errors=errors)

    @api.exception_handler(AuthenticationError)
    def _unauthorized(request: HttpRequest, error: AuthenticationError) -> JsonResponse:
        answer = problem(401, "Unauthorized", "需要有效的令牌：Authorization: Bearer …")
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> JsonResponse:
        return problem(error.status_code, "Bad Request" if error.status_code == 400 else "Error", str(error))
