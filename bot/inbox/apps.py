from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "bot.inbox"
    label = "inbox"
