"""Who is competent becomes a table of its own; what stood in a department's JSON moves into it."""

import django.db.models.deletion
from django.db import migrations, models


def carry_over(apps, schema_editor):
    department, route = apps.get_model("staff", "Department"), apps.get_model("staff", "Route")
    by_code = dict(department.objects.values_list("code", "pk"))
    rows = [(row.pk, label, by_code.get(code)) for row in department.objects.all() for label, code in (row.routes_before or {}).items()]
    route.objects.bulk_create(
        route(department_id=pk, label=label[:80], competent_id=competent) for pk, label, competent in rows if competent is not None
    )


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]

    operations = [
        migrations.RenameField("department", "routes", "routes_before"),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=80)),
                ("competent", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.department")),
                (
                    "department",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="routes", to="staff.department"),
                ),
            ],
            options={"ordering": ["label"]},
        ),
        migrations.AddConstraint("route", models.UniqueConstraint(fields=("department", "label"), name="route_once")),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
