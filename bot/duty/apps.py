from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "bot.duty"
    label = "duty"
