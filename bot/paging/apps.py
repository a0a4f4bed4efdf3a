from django.apps import AppConfig


class PagingConfig(AppConfig):
    name = "bot.paging"
    label = "paging"
