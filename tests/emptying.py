"""After a test that really commits, only what it filled is emptied.

Django empties every table and lays content types and permissions anew: a hundred tables after each such test.
"""

from collections.abc import Sequence
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
    full = filled()
    if full and connection.vendor == "sqlite":
        with connection.constraint_checks_disabled(), transaction.atomic():
            _run(MAY_DELETE, *(f"DELETE FROM {table}" for table in full), MAY_NOT)
    elif full:
        with transaction.atomic():
            _run("SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in full))


def filled(among: Sequence[str] = ()) -> list[str]:
    """The tables that have a row; of all that tests fill, unless some are named."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in among or tables()))
        return [row[0] for row in cursor.fetchall()]


@cache
def tables() -> list[str]:
    """Every table of ours and Django's that tests fill."""
    found = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return sorted(found - KEPT)


def _run(*commands: str) -> None:
    with connection.cursor() as cursor:
        for command in commands:
            cursor.execute(command)
