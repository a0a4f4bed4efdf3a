"""`python -m tests.chaos.ledger`: what an installation's database says, as JSON, for the chaos tests to hold against the platform."""

import json
import os
from typing import Any


def ledger() -> dict[str, Any]:
    """Events that came in with the ticket they are in, deliveries with who is to get what, the balance, the record."""
    from django.db.models import F

    from bot.audit.actions import first_break
    from bot.inbox.models import Inbound
    from bot.outbox.models import Delivery
    from bot.supervision.balance import current

    counted = Inbound.objects.filter(counted=True)
    came = counted.values(
        "account_id", "text", "state", "received_at", ticket=F("message__ticket__number"), read_by=F("message__understood_by")
    )
    rows = Delivery.objects.values(
        "id",
        "account_id",
        "text",
        "state",
        "hold",
        "lane",
        "kind",
        "via",
        "attempts",
        "lease_owner",
        "code",
        "error",
        citizen=F("conversation__external_id"),
    )
    return {
        "inbound": list(came),
        "deliveries": list(rows),
        "balance": current().as_dict(),
        "record_whole": first_break() is None,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    django.setup()
    print(json.dumps(ledger(), default=str))  # noqa: T201
