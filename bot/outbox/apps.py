from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "bot.outbox"
    label = "outbox"
