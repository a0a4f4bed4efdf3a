"""The addresses of `/api/v1`."""

from ninja import NinjaAPI

from bot.api import accounts, balance, deliveries, incidents, tickets
from bot.api.auth import Bearer
from bot.api.problems import install

api = NinjaAPI(
    title="回音 Huiyin",
    version="1",
    description="诉求单、账号与投递。 Tickets, accounts and deliveries. Errors are RFC 9457 problem documents; lists page by cursor.",
    auth=Bearer(),
    urls_namespace="api",
    docs_url=None,
)
install(api)
api.add_router("/accounts", accounts.router)
api.add_router("/tickets", tickets.router)
api.add_router("/incidents", incidents.router)
api.add_router("/deliveries", deliveries.router)
api.add_router("/balance", balance.router)
