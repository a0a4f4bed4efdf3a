"""`manage.py doctor`: what works, what does not, and what to do."""

import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bot import clock
from bot.audit.actions import first_break
from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.deadlines.queries import calendar
from bot.dialogue.reading import rasa
from bot.paging.calling import facts_of as credentials_of
from bot.paging.models import Gateway
from bot.paging.queries import alarm_figures
from bot.supervision.balance import current
from bot.supervision.health import health
from bot.vault import Sealed
from bot.waking import redis_client

LEAST_FREE = 1024**3
AHEAD = timedelta(days=30)  # deadlines reach about so far; earlier the notice may not be published yet


class Command(BaseCommand):
    help = "Checks database, disk, Redis, Rasa, credentials, audit record, balance and queues; exits with 1 if anything is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        checks: list[tuple[str, Callable[[], str]]] = [
            ("数据库 database", _database),
            ("磁盘 disk", _disk),
            ("Redis", _redis),
            ("Rasa", _rasa),
            ("凭据 credentials", _credentials),
            ("审计记录 audit record", _record),
            ("收支平衡 balance", _balance),
            ("积压 backlog", _backlog),
            ("工作日历 calendar", _calendar),
            ("呼叫 paging", _paging),
        ]
        wrong = 0
        for name, check in checks:
            try:
                problem = check()
            except Exception as error:
                problem = type(error).__name__
            wrong += bool(problem)
            self.stdout.write(f"{'✗' if problem else '✓'} {name}{': ' + problem if problem else ''}")
        sys.exit(1 if wrong else 0)


def _database() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} 个迁移未执行，请运行 manage.py migrate" if missing else ""


def _disk() -> str:
    free = shutil.disk_usage(settings.DATA).free
    return f"仅剩 {free // 1024**2} MB" if free < LEAST_FREE else ""


def _redis() -> str:
    client = redis_client()
    return "" if client is None or client.ping() else "无应答"


def _rasa() -> str:
    down = [status.error or status.url for status in rasa().status() if not status.ok]
    return f"不可用（由关键词规则代替）：{'; '.join(down)}" if down else ""


def _credentials() -> str:
    sealed = []
    for account in Account.objects.all():
        try:
            facts_of(account)
        except Sealed:
            sealed.append(account.pk)
    for gateway in Gateway.objects.all():
        try:
            credentials_of(gateway)
        except Sealed:
            sealed.append(gateway.name)
    return f"无法解开的账号和呼叫通道：{'、'.join(sealed)}；请检查 HUIYIN_SECRET_KEY" if sealed else ""


def _paging() -> str:
    unsent = alarm_figures(clock.now())["pages_unsent"]
    return f"{unsent:.0f} 件呼叫送不出去；请检查呼叫通道和人员的联系方式" if unsent else ""


def _record() -> str:
    broken = first_break()
    return f"第 {broken.pk} 行被改动" if broken else ""


def _balance() -> str:
    difference = current().difference
    return f"差额 {difference}" if difference else ""


def _backlog() -> str:
    report = health(clock.now())
    return "" if report["status"] == "ok" else f"{report}"


def _calendar() -> str:
    now = clock.now()
    missing = "、".join(map(str, calendar().missing_years(now, now + AHEAD)))
    words = "年的节假日安排，期限暂按周一至周五计算；请在“期限与日历”页或用 manage.py calendar_import 导入"
    return f"缺少 {missing} {words}" if missing else ""
