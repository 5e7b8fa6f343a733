"""Notices from before there was an outbox do not leave now."""

from django.db import migrations
from django.db.models import F


def stay(apps, schema_editor):
    notices = apps.get_model("trail", "Notice").objects.using(schema_editor.connection.alias)
    notices.filter(left_at=None).update(left_at=F("visible_from"))


class Migration(migrations.Migration):
    dependencies = [("trail", "0007_outbox")]

    operations = [migrations.RunPython(stay, migrations.RunPython.noop)]
