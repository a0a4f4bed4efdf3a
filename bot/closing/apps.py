from django.apps import AppConfig


class ClosingConfig(AppConfig):
    name = "bot.closing"
    label = "closing"
