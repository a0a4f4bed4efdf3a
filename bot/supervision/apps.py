from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "bot.supervision"
    label = "supervision"
