"""After a test that really commits, only what it filled is emptied.

Django empties every table and lays content types and permissions anew: a hundred tables after each such test.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = frozenset({"django_content_type", "auth_permission"})  # laid by the migrations, and no test changes them
MAY_DELETE = "DROP TRIGGER IF EXISTS audit_no_delete"
MAY_NOT = "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;"


def install() -> None:
    """From now on tests are cleaned like this."""
    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]


def empty(_case: Any = None) -> None:
    """Delete the rows of every table that has some. The record, which nobody may delete from, lets it happen here only."""
    filled = [table for table in tables() if table not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in filled))
        filled = [row[0] for row in cursor.fetchall()]
    if filled and connection.vendor == "sqlite":
        with connection.constraint_checks_disabled(), transaction.atomic():
            _run(MAY_DELETE, *(f"DELETE FROM {table}" for table in filled), MAY_NOT)
    elif filled:
        with transaction.atomic():
            _run("SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in filled))


@cache
def tables() -> list[str]:
    """Every table of ours and Django's."""
    return sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed})


def _run(*commands: str) -> None:
    with connection.cursor() as cursor:
        for command in commands:
            cursor.execute(command)
