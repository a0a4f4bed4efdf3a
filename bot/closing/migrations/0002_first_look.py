"""Requests answered before there was a clock of silence get their first look."""

from datetime import timedelta

from django.db import migrations
from django.db.models import F


def look(apps, schema_editor):
    tickets = apps.get_model("tickets", "Ticket").objects
    tickets.filter(state="answered", close_at=None, answered_at__isnull=False).update(close_at=F("answered_at") + timedelta(days=7))


class Migration(migrations.Migration):
    dependencies = [("closing", "0001_initial"), ("tickets", "0008_handover")]
    operations = [migrations.RunPython(look, migrations.RunPython.noop)]
