"""Schemes loaded before the pack could say so: windows are ranked within their category."""

from django.db import migrations


def forward(apps, schema_editor):
    schemes = apps.get_model("assessments", "Scheme").objects.using(schema_editor.connection.alias)
    schemes.filter(kind="window").update(ranking="category")


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_schemes_and_facts")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
