"""What the tests of the audit chain do with it, from within and by hand."""

import io
import json

from django.core.management import CommandError, call_command
from django.db import connection

from trail.services.verifying import Walk

MONDAY, TUESDAY = "2026-11-16 10:00+08:00", "2026-11-17 10:00+08:00"


def found(since=None):
    return [(b.kind, b.hall, b.day, b.row) for b in Walk(since=since).breaks()]


def sql(statement, *values):
    """What somebody with the database's password can do."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def drop(*rows):
    for row in rows:
        sql("DELETE FROM trail_auditlink WHERE entry_id = %s", row.pk)
        sql("DELETE FROM trail_auditentry WHERE id = %s", row.pk)


def verified(**options):
    """What `verify_audit --json` says, and whether it failed."""
    out = io.StringIO()
    try:
        call_command("verify_audit", json=True, stdout=out, **options)
    except CommandError:
        return json.loads(out.getvalue()), 1
    return json.loads(out.getvalue()), 0
