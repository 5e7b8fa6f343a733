"""The demo hall, one month of it: everything went through the services, nothing in it is impossible."""

from __future__ import annotations

import json
import re
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Hall, User
from assessments.models import AssessmentMonth, Scorecard
from bulletins.models import Bulletin
from config.demo import builder
from patrols.models import Visit
from trail.models import AuditEntry
from violations.models import ConductRecord, StatusChange
from windows.models import Staff, Window

NOW = datetime.fromisoformat("2026-11-13T15:00+08:00")


def test_demo_tells_a_possible_story(db, monkeypatch):
    """One build is a third of a minute, so all is asked of one."""
    monkeypatch.setattr(builder, "MONTHS", 1)
    built = builder.build_demo(now=NOW, password="look-around-2026")

    the_halls_and_their_months()
    nothing_from_the_future_and_no_verdict_by_the_finder()
    printed_logins_open_and_others_do_not(built)
    frozen_rows_hold()
    traces_tell_no_secret()
    away = timezone.now() - datetime.now(tz=timezone.get_current_timezone())
    assert abs(away.total_seconds()) < 5, "the clock was not set back"


def the_halls_and_their_months():
    assert sorted(Hall.objects.values_list("code", flat=True)) == ["demo", "demo-liulin", "demo-shiqiao"]
    assert (Window.objects.count(), Staff.objects.count()) == (39, 102)
    months = AssessmentMonth.objects.filter(hall__code="demo").values_list("month", "status")
    assert [(str(month), status) for month, status in months] == [("2026-10-01", "scored")]
    issued = Bulletin.objects.filter(hall__code="demo", status="issued").order_by("number")
    assert [bulletin.number for bulletin in issued] == list(range(1, issued.count() + 1))
    assert Scorecard.objects.filter(hall__code="demo", kind="staff").exists()


def nothing_from_the_future_and_no_verdict_by_the_finder():
    assert not AuditEntry.objects.filter(at__gt=NOW).exists()
    assert not ConductRecord.objects.filter(at__gt=NOW).exists()
    assert not Visit.objects.filter(at__gt=NOW).exists()
    confirmed = StatusChange.objects.filter(status="confirmed", old_status="stated").select_related("record")
    assert [change.pk for change in confirmed if change.by_id == change.record.finder_id] == []


def printed_logins_open_and_others_do_not(built):
    for name in ("admin", "manager", "officer", "head", "clerk", "leader", "supervisor", "inspector", "unit"):
        assert User.objects.get(username=name).check_password("look-around-2026")
    others = User.objects.exclude(username__in=built.logins)
    assert [user.username for user in others if user.has_usable_password()] == []


def frozen_rows_hold():
    out = StringIO()
    call_command("verify_audit", json=True, stdout=out)
    assert json.loads(out.getvalue())["problems"] == []


def traces_tell_no_secret():
    """Neither phone and identity numbers nor anything a password or token could be read from."""
    private = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|\$\w+\$|look-around-2026")
    rows = AuditEntry.objects.values_list("action", "target_label", "before", "after", "reason")
    assert {row[0] for row in rows.iterator() if private.search(str(row))} == set()


def test_demo_is_refused_in_production(db, settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo")


@pytest.mark.parametrize("day", ["2026-13-01", "gestern", "2099-01-01"])
def test_bad_date_is_said(db, settings, day):
    settings.DEBUG = True

    with pytest.raises(CommandError, match="--date"):
        call_command("demo", date=day)
