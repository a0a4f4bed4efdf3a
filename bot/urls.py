"""Every address of the site. Platform hooks and live updates are answered before Django (bot.asgi)."""

from django.urls import URLPattern, URLResolver, path

from bot.supervision import views as supervision

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", supervision.healthz),
    path("metrics", supervision.metrics),
]
