from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "bot.worker"
    label = "worker"
