"""A process with one house, asked for its pages: a line `build N`, `open`, `balance` or `who path` in, a line of JSON out."""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from bot import clock  # noqa: E402
from bot.console.session import SEEN  # noqa: E402
from bot.staff.models import Person  # noqa: E402
from bot.supervision.balance import current  # noqa: E402
from bot.supervision.watching import look  # noqa: E402
from bot.tickets.models import Ticket  # noqa: E402
from tests.bench import million  # noqa: E402


class Reader:
    """Clients for each of the people whose tokens `build` made."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._sessions: dict[str, str] = {}
        self._number = ""

    def build(self, tickets: int) -> dict[str, Any]:
        """Migrate and fill; seconds it took."""
        begun = time.perf_counter()
        call_command("migrate", verbosity=0)
        self._tokens = million.build(tickets)
        self._sessions = {name: _session(Person.objects.get(username=name)) for name in self._tokens}
        self._number = Ticket.objects.get(pk=500).number
        return {"seconds": time.perf_counter() - begun}

    def page(self, who: str, path: str) -> dict[str, Any]:
        """Ask for a page or an API list; milliseconds, status, and how many rows it shows."""
        path = path.format(number=self._number)
        client = Client(headers={"authorization": f"Bearer {self._tokens[who]}"} if path.startswith("/api/") else {})
        client.cookies["sessionid"] = self._sessions[who]
        begun, used = time.perf_counter(), time.process_time()
        answer = client.get(path)
        spent, used = (time.perf_counter() - begun) * 1000, (time.process_time() - used) * 1000
        rows = len(answer.json().get("items", ())) if path.startswith("/api/") else answer.content.count(b" data-number=")
        return {"ms": spent, "cpu_ms": used, "status": answer.status_code, "rows": rows}

    def balance(self) -> dict[str, Any]:
        """The whole balance; seconds it took."""
        begun = time.perf_counter()
        found = current()
        return {"seconds": time.perf_counter() - begun, **found.as_dict()}

    def watch(self) -> dict[str, Any]:
        """Seconds until the watch has kept the whole past, and of the looks of the minutes after it."""
        begun, looks = time.perf_counter(), 1
        while look(clock.now(), at_start=True):
            looks += 1
        kept, after = time.perf_counter() - begun, []
        for _ in range(3):
            begun = time.perf_counter()
            look(clock.now(), at_start=True)
            after.append(time.perf_counter() - begun)
        return {"kept": kept, "looks": looks, "after": max(after)}


def _session(person: Person) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), "bot.staff.signin.Backend"
    session[HASH_SESSION_KEY], session[SEEN] = person.get_session_auth_hash(), clock.now().isoformat()
    session.create()
    Person.objects.filter(pk=person.pk).update(must_change_password=False)
    return str(session.session_key)


def main() -> None:
    """Answer until the input ends."""
    reader = Reader()
    gc.collect()
    gc.freeze()  # as bot.asgi does
    verbs: dict[str, Callable[..., Any]] = {"build": lambda n: reader.build(int(n)), "open": million.all_open, "balance": reader.balance}
    verbs["watch"] = reader.watch
    for line in sys.stdin:
        first, *rest = line.split()
        answer = verbs[first](*rest) if first in verbs else reader.page(first, *rest)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
