from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "bot.api"
    label = "api"
