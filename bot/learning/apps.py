from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "bot.learning"
    label = "learning"
