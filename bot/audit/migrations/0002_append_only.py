"""Rows of the record cannot be changed or removed, not even by a mistake in our own code."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER audit_no_{verb} BEFORE {VERB} ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
"""
POSTGRESQL = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit record is append-only'; END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_append_only();
"""


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    else:
        for verb in ("update", "delete"):
            schema_editor.execute(SQLITE.format(verb=verb, VERB=verb.upper()))


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_no_change ON audit_entry; DROP FUNCTION audit_append_only();")
    else:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER audit_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
