"""Every address of the site. Platform hooks and live updates are answered before Django (bot.asgi)."""

from django.urls import URLPattern, URLResolver, include, path

from bot.api.routes import api
from bot.supervision import views as supervision

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("healthz", supervision.healthz),
    path("metrics", supervision.metrics),
    path("", include("bot.console.urls")),
]
