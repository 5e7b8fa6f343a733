"""Rows from before the chain get their stamp as they stand; the next nightly sealing links them."""

import secrets

from django.db import migrations

from trail.stamps import stamp

FIELDS = (
    *("hall_id", "at", "by_id", "job", "address", "action", "target_kind", "target_id"),
    *("target_label", "before", "after", "reason"),
)


def stamp_old_rows(apps, schema_editor):
    """The same spelling as `AuditEntry.save`."""
    entries = apps.get_model("trail", "AuditEntry").objects.using(schema_editor.connection.alias)
    for entry in entries.filter(stamp="").order_by("pk").iterator(chunk_size=1000):
        nonce = secrets.token_hex(8)
        mark = stamp("entry", nonce, *(getattr(entry, name) for name in FIELDS))
        entries.filter(pk=entry.pk).update(stamp=nonce + mark)


class Migration(migrations.Migration):
    dependencies = [("trail", "0003_audit_chain")]

    operations = [migrations.RunPython(stamp_old_rows, migrations.RunPython.noop)]
