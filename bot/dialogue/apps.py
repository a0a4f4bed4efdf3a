from django.apps import AppConfig


class DialogueConfig(AppConfig):
    name = "bot.dialogue"
    label = "dialogue"
