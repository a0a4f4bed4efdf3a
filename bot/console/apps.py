from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "bot.console"
    label = "console"
