"""Health and figures for machines."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bot import clock
from bot.supervision.health import health


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the machinery keeps up, 503 when messages or deliveries lie unattended."""
    report = health(clock.now())
    return JsonResponse(report, status=200 if report["status"] == "ok" else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """The same ages and counts for Prometheus; read from the database, so that any web process tells the same."""
    registry = CollectorRegistry()
    for name, value in health(clock.now()).items():
        if isinstance(value, int | float):
            Gauge(f"huiyin_{name}", name.replace("_", " "), registry=registry).set(value)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
