from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "bot.knowledge"
    label = "knowledge"
