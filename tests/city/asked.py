"""Questions the city asks a hundred thousand times: Django writes the SQL of each once.

Only for the city's own looking (when is a job due next, what lies on somebody's desk). What the product does, it does itself.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from django.db import connection
from django.db.models import Model, QuerySet


class Rows[M: Model]:
    """The rows of a query whose words and values never change."""

    def __init__(self, rows: QuerySet[M]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self._sql, self._params = compiler.as_sql()
        self._model, self._using = rows.model, rows.db
        self._names = [cast(Any, column).target.attname for column, _, _ in compiler.select]
        self._converters = compiler.get_converters([column for column, _, _ in compiler.select])
        self._compiler = compiler

    def values(self) -> list[list[Any]]:
        """Each row's columns."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._params)
            found = cursor.fetchall()
        return list(self._compiler.apply_converters(found, self._converters)) if self._converters else found

    def all(self) -> list[M]:
        """Each row as its model."""
        return [self._model.from_db(self._using, self._names, row) for row in self.values()]


def first(ask: Callable[[], QuerySet[Any, Any]]) -> Callable[[], Any]:
    """The first value of a query of one column that is in order; None: there is none. Asked of the query `ask` makes, once made."""

    @cache
    def rows() -> Rows[Any]:
        return Rows(ask()[:1])

    def found() -> Any:
        values = rows().values()
        return values[0][0] if values else None

    return found
