"""Pages of the calendar, the hours and the import of a roster."""

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from windows.models import CalendarDay, CalendarYear

pytestmark = pytest.mark.django_db


def body(response):
    return response.content.decode()


# --- calendar and hours -----------------------------------------------------------------------


def test_unpublished_year_says_so(client, clerk):
    client.force_login(clerk)

    page = body(client.get("/settings/calendar/?year=2027"))

    assert ("还没有公布" in page, "2027年（暂定）" in page) == (True, True)


@pytest.mark.parametrize("year", ["2026", "abc", "99999", "²⁰²⁶"])
def test_calendar_of_a_published_year(client, clerk, year):
    client.force_login(clerk)

    page = body(client.get(f"/settings/calendar/?year={year}"))

    assert ("国庆节" in page, "依据：国务院办公厅" in page) == (True, True)


def test_notice_is_looked_at_before_it_is_kept(client, manager):
    client.force_login(manager)
    days = [{"date": "2027-01-01", "name": "元旦", "is_off": True}]
    text = json.dumps({"year": 2027, "source": "通知", "days": days})

    looked = client.post("/settings/calendar/import/", {"text": text})
    before = CalendarYear.objects.filter(year=2027).exists()
    client.post("/settings/calendar/import/", {"text": text, "confirm": "1"})

    assert (looked.status_code, "放假（元旦）" in body(looked), before) == (200, True, False)
    assert CalendarDay.objects.filter(day=date(2027, 1, 1)).count() == 1


@pytest.mark.parametrize("text", ["", "{}", "不是 JSON"])
def test_bad_notice_is_told(client, manager, text):
    client.force_login(manager)

    assert client.post("/settings/calendar/import/", {"text": text}).status_code == 422


def test_notice_from_a_file(client, manager):
    client.force_login(manager)
    content = json.dumps({"year": 2027, "days": [{"date": "2027-01-01", "name": "元旦", "is_off": True}]})

    response = client.post(
        "/settings/calendar/import/", {"file": SimpleUploadedFile("2027.json", content.encode())}
    )

    assert response.context["diff"].is_new_year


def test_local_day_kept_and_dropped(client, manager, hall):
    client.force_login(manager)

    client.post("/settings/calendar/days/new/", {"day": "2026-11-28", "kind": "local_on", "name": "周六开放"})
    entry = CalendarDay.objects.get(hall=hall)
    shown = body(client.get("/settings/calendar/?year=2026"))
    client.post(f"/settings/calendar/days/{entry.pk}/drop/")

    assert ("周六开放" in shown, CalendarDay.objects.filter(hall=hall).count()) == (True, 0)


def test_state_day_cannot_be_dropped_by_a_page(client, manager):
    client.force_login(manager)
    entry = CalendarDay.objects.filter(hall=None).first()

    assert client.post(f"/settings/calendar/days/{entry.pk}/drop/").status_code == 404


def test_hours_kept(client, manager, hall):
    client.force_login(manager)
    data = {"starts_on": "2026-12-01", "day0": "9:00-12:00，13:30-17:00", "day5": "09:00至11:30"}

    response = client.post("/settings/hours/", data)

    rows = hall.service_hours.order_by("weekday", "opens")
    assert response.status_code == 302
    assert [str(row) for row in rows] == ["周一 09:00-12:00", "周一 13:30-17:00", "周六 09:00-11:30"]


@pytest.mark.parametrize("words", ["9点到12点半多", "12:00-9:00", "25:00-26:00", "08:30"])
def test_hours_that_make_no_sense(client, manager, hall, words):
    client.force_login(manager)

    response = client.post("/settings/hours/", {"starts_on": "2026-12-01", "day0": words})

    assert (response.status_code, hall.service_hours.count()) == (422, 0)
