"""Health and figures for machines."""

from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({})


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
