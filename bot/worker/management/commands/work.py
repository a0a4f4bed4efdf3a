"""`manage.py work`: send, check, poll, fetch, sweep and watch until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from bot.channels.registry import all_connectors
from bot.steady import keep_what_is_loaded
from bot.waking import on_wake
from bot.worker.jobs import Work
from bot.worker.loops import run_until


class Command(BaseCommand):
    help = "Runs the work process: outbox lanes, checks, polls, attachments, sweeps, health, balance. Any number may run."
    requires_system_checks = ()  # they are made by `migrate`; loading every page for them takes as long as the start itself

    def handle(self, *args: Any, **options: Any) -> None:
        stop, wake = threading.Event(), threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        work = Work(wake)
        all_connectors()  # now: the first to need one is within a transaction, and loading them keeps everybody from writing for 0.7 s
        keep_what_is_loaded()
        loops = run_until(stop, work.jobs(), wake)
        on_wake("outbox", wake.set, stop)
        self.stdout.write(f"work {work.name} started")
        while not stop.wait(1.0):
            pass
        wake.set()
        for loop in loops:
            loop.join(timeout=15)
        work.close()
