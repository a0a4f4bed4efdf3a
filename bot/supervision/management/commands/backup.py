"""`manage.py backup FILE`: a consistent copy of the SQLite database while everything runs."""

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Copies the database to FILE (SQLite). On PostgreSQL use pg_dump; the words say how."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("PostgreSQL 请使用 pg_dump --format=custom。 Use pg_dump --format=custom for PostgreSQL.")
        target: Path = options["file"]
        if target.exists():
            raise CommandError(f"文件已存在：{target.name}。 The file exists.")
        connection.ensure_connection()
        part = target.with_name(target.name + ".part")
        try:
            with sqlite3.connect(part) as copy:
                connection.connection.backup(copy, pages=2000)
            copy.close()
            part.rename(target)
        except (OSError, sqlite3.Error) as error:
            part.unlink(missing_ok=True)
            raise CommandError(f"备份失败：{error}") from None
        self.stdout.write(f"已备份到 {target.name}（{target.stat().st_size // 1024} KB）。密钥 secret_key 与附件 media/ 请一并备份。")
