from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "bot.tickets"
    label = "tickets"
