"""`manage.py seed`: the demo's departments, people, accounts and knowledge."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bot import clock
from bot.worker.demo import PASSWORD, seed
from bot.worker.demoknowledge import seed_knowledge


class Command(BaseCommand):
    help = "Fills the demo (safe to run again). Only where HUIYIN_DEMO is not 0."
    requires_system_checks = ()  # they are made by `migrate`; loading every page for them takes longer than the command

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox", default=settings.SANDBOX_URL, help="origin of the pretend platforms")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("正式环境不写入演示数据。 No demo data outside the demo.")
        sandbox = options["sandbox"] or "http://127.0.0.1:8001"
        people, accounts = seed(clock.now(), sandbox, settings.PUBLIC_URL, settings.DATA)
        entries = seed_knowledge(clock.now())
        self.stdout.write(f"演示：{people} 人、{accounts} 个账号、{entries} 条知识。登录 demo / {PASSWORD}")
