"""Writing rows in one plain statement, without the time Django takes to put it together: for what every message pays."""

from collections.abc import Collection, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import Field, Model

AT_ONCE = 500  # rows of one INSERT: databases take so many values only


def write_back[M: Model](rows: Collection[M], names: Sequence[str]) -> None:
    """Save these fields of rows that are locked or new to this transaction.

    As `bulk_update`, whose CASE for each field and row takes Django ten times as long to write as the database to run.
    """
    if not rows:
        return
    model = type(next(iter(rows)))
    fields: list[Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
    table, key = (connection.ops.quote_name(str(name)) for name in (model._meta.db_table, model._meta.pk.column))
    sets = ", ".join(f"{connection.ops.quote_name(str(field.column))} = {_typed(field, place)}" for place, field in enumerate(fields, 2))
    one = f"({', '.join(['%s'] * (len(fields) + 1))})"
    sql = f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([one] * len(rows))}) AS new WHERE {table}.{key} = new.column1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in _values(row, fields)])


def write_new[M: Model](rows: Sequence[M]) -> None:
    """Insert rows, which then have their keys. As `bulk_create`, which takes longer to write its SQL, and like it sends no signals."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: list[Field[Any, Any]] = [field for field in meta.concrete_fields if field is not meta.pk]
    table, key = (connection.ops.quote_name(str(name)) for name in (meta.db_table, meta.pk.column))
    columns, one = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields), f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        for some in batched(rows, AT_ONCE):
            for row in some:  # what it refers to may have got its key just now
                row._prepare_related_fields_for_save(operation_name="write_new")  # type: ignore[attr-defined]
            sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([one] * len(some))} RETURNING {key}"  # noqa: S608
            cursor.execute(sql, [value for row in some for value in _values(row, fields)[1:]])
            for row, (made,) in zip(some, cursor.fetchall(), strict=True):
                row.pk, row._state.adding, row._state.db = made, False, connection.alias


def change_if(row: Model, fields: Mapping[str, Any], **same: Any) -> bool:
    """Write these fields of one row if the others still are as `same` says: compare-and-set. False = somebody was first.

    As `filter(pk=row.pk, **same).update(**fields)`; the row in hand stays as it is.
    """
    names = [*fields, *same]
    found: list[Field[Any, Any]] = [row._meta.get_field(name) for name in names]  # type: ignore[misc]
    columns = [f"{connection.ops.quote_name(str(field.column))} = %s" for field in found]
    table, key = (connection.ops.quote_name(str(name)) for name in (row._meta.db_table, row._meta.pk.column))
    sets, wanted = ", ".join(columns[: len(fields)]), " AND ".join([*columns[len(fields) :], f"{key} = %s"])
    given = zip(found, [*fields.values(), *same.values()], strict=True)
    values = [field.get_db_prep_save(value, connection) for field, value in given]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {sets} WHERE {wanted}", [*values, row.pk])  # noqa: S608
        return bool(cursor.rowcount)


def _typed(field: "Field[Any, Any]", place: int) -> str:
    """PostgreSQL takes what stands in a VALUES list for text unless told otherwise."""
    return f"new.column{place}" if connection.vendor == "sqlite" else f"new.column{place}::{field.rel_db_type(connection)}"


def _values(row: Model, fields: "Sequence[Field[Any, Any]]") -> list[Any]:
    return [row.pk, *(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)]
