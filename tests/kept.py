"""What a fixture does to the empty database is done once, kept as rows, and written again for each further test.

The town of most tests is made by some fifty statements of the product's own actions; a dozen plain ones write the same rows.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from tests import emptying

type Rows = dict[str, tuple[str, list[Any]]]  # by table: the statement that writes all its rows, and its values


class Kept[T]:
    """`make` fills the empty database and returns what tests hold of it; nothing else may come of it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._rows: Rows = {}
        self._made: T | None = None

    def there(self) -> T:
        """The same rows and equal objects as `make` gives, for one test to change as it likes."""
        if not self._rows:
            return self._first() if not emptying.filled() else self._make()
        if emptying.filled(list(self._rows)):  # a fixture before this one has begun with them
            return self._make()
        with transaction.atomic(), connection.cursor() as cursor:
            _keys_are_looked_at(cursor, "DEFERRED")
            for statement, values in self._rows.values():
                cursor.execute(statement, values)
            for statement in connection.ops.sequence_reset_sql(no_style(), _models(self._rows)):
                cursor.execute(statement)
            _keys_are_looked_at(cursor, "IMMEDIATE")
        return cast(T, deepcopy(self._made))

    def _first(self) -> T:
        made = self._make()
        self._rows, self._made = taken(), made
        return deepcopy(made)


def taken() -> Rows:
    """Every row there is."""
    return {table: _rows_of(table) for table in emptying.filled()}


def _rows_of(table: str) -> tuple[str, list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        names = ", ".join(f'"{column[0]}"' for column in cursor.description)
        rows = cursor.fetchall()
    marks = ", ".join("(" + ", ".join(["%s"] * len(row)) + ")" for row in rows)
    return f"INSERT INTO {table} ({names}) VALUES {marks}", [value for row in rows for value in row]


def _keys_are_looked_at(cursor: Any, when: str) -> None:
    """The record has PostgreSQL look at foreign keys at once; tables are written in the order of their names."""
    if connection.vendor == "postgresql":
        cursor.execute(f"SET CONSTRAINTS ALL {when}")


def _models(tables: Rows) -> list[Any]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in tables]
