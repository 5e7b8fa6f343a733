"""Clauses loaded before counters: lost points count per window; what is deduplicated is not plain."""

from django.db import migrations


def forward(apps, schema_editor):
    clause, price = (apps.get_model("violations", name) for name in ("Clause", "Price"))
    clause.objects.filter(source="lost").update(counted_for="group", is_plain=False)
    clause.objects.exclude(source="record").update(is_plain=False)
    clause.objects.exclude(dedup="all").update(is_plain=False)
    price.objects.exclude(dedup="all").update(is_plain=False)


class Migration(migrations.Migration):
    dependencies = [("violations", "0003_rulebook_concepts")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
