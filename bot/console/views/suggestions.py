"""Suggestions beside a ticket's reply, asked for by the page once it is shown."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bot import clock
from bot.console.session import ConsoleRequest
from bot.knowledge.suggest import suggestions as suggested
from bot.tickets.queries import tickets_for


@require_safe
def suggestions(request: ConsoleRequest, number: str) -> HttpResponse:
    ticket = get_object_or_404(tickets_for(request.actor), number=number)
    return render(request, "console/ticket/suggestions.html", {"rows": suggested(request.actor, ticket, clock.now()), "ticket": ticket})
