"""Clauses loaded before counters: lost points count per window; what is deduplicated is not plain."""

from django.db import migrations


def forward(apps, schema_editor):
    alias = schema_editor.connection.alias
    clauses, prices = (apps.get_model("violations", n).objects.using(alias) for n in ("Clause", "Price"))
    clauses.filter(source="lost").update(counted_for="group", is_plain=False)
    clauses.exclude(source="record").update(is_plain=False)
    clauses.exclude(dedup="all").update(is_plain=False)
    prices.exclude(dedup="all").update(is_plain=False)


class Migration(migrations.Migration):
    dependencies = [("violations", "0003_rulebook_concepts")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
