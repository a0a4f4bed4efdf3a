from django.apps import AppConfig


class AnsweringConfig(AppConfig):
    name = "bot.answering"
    label = "answering"
