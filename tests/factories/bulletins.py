"""Findings that count since a given moment, and issues made from them through the services."""

from datetime import datetime, timedelta

from django.utils import timezone

from bulletins.services.drafting import draft_bulletin, submit_bulletin
from bulletins.services.signing import sign_off
from violations.models import Act
from violations.services.ledger import Found, enter_decided_record
from windows.models import Posting

ABSENT, LATE, FLAG = "absent_from_post", "late_arrival", "banner"


def moment(text):
    """An aware moment in the hall's time: "2026-11-20 17:30" or with seconds."""
    return timezone.make_aware(datetime.fromisoformat(text))


def counting_record(hall, *, since, by, staff=None, window=None, act="", is_bonus=False, note=""):
    """A record that counts since `since` ("2026-11-18 10:00"), about a person or a window."""
    at = moment(since)
    acts = Act.objects.filter(subject="staff" if staff else "window", is_bonus=is_bonus)
    chosen = acts.get(code=act) if act else acts.first()
    if staff is not None and window is None:
        window = Posting.objects.get(staff=staff, ends_on=None).window
    found = Found(act=chosen, at=at - timedelta(minutes=5), window=window, staff=staff, note=note)
    return enter_decided_record(found, hall=hall, by=by, decided_at=at)


def issue(hall, iso_week, *, writer, signer, at=None):
    """A printed issue of the week."""
    bulletin = draft_bulletin(hall=hall, iso_week=iso_week, by=writer)
    bulletin = submit_bulletin(bulletin=bulletin, by=writer)
    return sign_off(bulletin=bulletin, by=signer, at=moment(at) if at else None)
