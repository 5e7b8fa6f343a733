"""Nights, anchors and the archive of the audit chain."""

import io
import json
from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.trail.chains import TUESDAY, drop, found, sql
from trail.actors import Robot
from trail.models import AuditDay, AuditEntry, Notice
from trail.services import chain, sealing

# --- sealing ----------------------------------------------------------------------------------


def test_night_seals_each_day_over_the_seal_of_the_day_before(hall, admin, written):
    written(2, hall=hall, by=admin)
    written(1, hall=hall, by=admin, at=TUESDAY)
    with time_machine.travel("2026-11-18 00:30+08:00"):
        result = sealing.run(hall=hall, period="2026-11-17", by=Robot("seal_audit"))

    first, second = AuditDay.objects.order_by("number")
    assert result == {"day": "2026-11-17", "sealed": 2, "rows": 3, "broken": 0}
    assert (first.previous, second.previous) == ("", first.seal)
    assert found() == []


def test_night_tells_who_reads_the_audit_of_a_break(hall, admin, supervisor, manager, written):
    rows = written(2, hall=hall, by=admin, at=TUESDAY)
    sql("UPDATE trail_auditentry SET reason = 'x' WHERE id = %s", rows[0].pk)

    with time_machine.travel("2026-11-18 00:30+08:00"):
        result = sealing.run(hall=hall, period="2026-11-17", by=Robot("seal_audit"))

    assert result["broken"] == 1
    assert {n.user for n in Notice.objects.all()} == {admin, supervisor}


def test_seals_told_outside_show_a_database_put_back_in_time(
    hall, admin, written, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.AUDIT_ANCHORS = str(tmp_path / "audit" / "anchors.jsonl")
    written(2, hall=hall, by=admin)
    with django_capture_on_commit_callbacks(execute=True):
        chain.seal_days(hall.pk, before=date(2026, 11, 17))
    assert found() == []

    # All of the hall's traces go, as if an older copy of the tables had been put back.
    for table in ("link", "entry", "day", "head"):
        sql(f"DELETE FROM trail_audit{table}")  # noqa: S608

    assert found() == [("seal", "qinghe", "2026-11-16", None)]
    assert (tmp_path / "audit" / "anchors.jsonl").stat().st_mode & 0o077 == 0


# --- archive ----------------------------------------------------------------------------------


@pytest.fixture
def aged(hall, admin, written, settings, tmp_path):
    """Three rows of September 2025, sealed, and one of today."""
    settings.AUDIT_ARCHIVE = tmp_path / "archive"
    old = written(2, hall=hall, by=admin, at="2025-09-01 10:00+08:00")
    old += written(1, hall=hall, by=admin, at="2025-09-30 10:00+08:00", after={"a": "一"})
    written(1, hall=hall, by=admin)
    with time_machine.travel("2026-11-16 23:00+08:00"):
        chain.seal_days(hall.pk, before=date(2026, 11, 16))
    return old


def archived(before="2025-10"):
    out = io.StringIO()
    with time_machine.travel("2026-11-22 09:00+08:00"):
        call_command("archive_audit", before=before, json=True, stdout=out)
    return json.loads(out.getvalue())["archived"]


def test_archive_takes_rows_out_and_leaves_a_chain_that_holds(
    hall, aged, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        done = archived()

    name = "qinghe-2025-09-01-2025-09-30.jsonl"
    assert [(d["hall"], d["file"], d["rows"], d["days"]) for d in done] == [("qinghe", name, 3, 2)]
    lines = (tmp_path / "archive" / name).read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(r["id"], r["seq"], r["by_username"]) for r in rows] == [
        (aged[0].pk, 1, "admin"),
        (aged[1].pk, 2, "admin"),
        (aged[2].pk, 1, "admin"),
    ]
    manifest = json.loads((tmp_path / "archive" / f"{name}.manifest.json").read_text())
    assert (manifest["rows"], manifest["sha256"]) == (3, done[0]["sha256"])
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["hall.step0", "audit.archived"]
    assert found() == []
    assert archived() == []


def test_archived_file_that_was_changed_is_named(aged, tmp_path):
    archived()
    path = next((tmp_path / "archive").glob("*.jsonl"))
    path.write_text(path.read_text().replace("一", "二"))

    assert {kind for kind, *_ in found()} == {"changed"}


def test_day_called_archived_by_hand_is_named(hall, aged):
    drop(aged[2])
    sql("UPDATE trail_auditday SET archive = 'x.jsonl', archive_mark = %s WHERE number = 2", "c" * 64)

    assert found() == [("removed", "qinghe", "2025-09-30", None)]


def test_archive_refuses_the_last_twelve_months(aged):
    with pytest.raises(CommandError, match="不少于 12 个月"):
        archived(before="2025-12")


def test_archive_refuses_a_broken_chain(aged):
    sql("UPDATE trail_auditentry SET reason = 'x' WHERE id = %s", aged[0].pk)

    with pytest.raises(CommandError, match="先查明再归档"):
        archived()
    assert AuditEntry.objects.count() == 4


def test_rows_leave_only_into_an_archive(hall, aged):
    with pytest.raises(TypeError):
        AuditEntry.objects.drop_archived(AuditDay.objects.first())
