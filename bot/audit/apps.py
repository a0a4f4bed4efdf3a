from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "bot.audit"
    label = "audit"
