from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "bot.deadlines"
    label = "deadlines"
