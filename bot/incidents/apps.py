from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "bot.incidents"
    label = "incidents"
