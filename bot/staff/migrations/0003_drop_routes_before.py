"""The JSON of routes is gone: its rows stand in the table of 0002."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_route")]

    operations = [migrations.RemoveField("department", "routes_before")]
