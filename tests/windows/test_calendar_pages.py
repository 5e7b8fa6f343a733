"""Pages of the calendar, the hours and the import of a roster."""

import json
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.utils import timezone

from tests.windows.papers import ROSTER, person, workbook
from windows.models import CalendarDay, CalendarYear, Staff

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


# --- import -----------------------------------------------------------------------------------


def upload(path):
    return SimpleUploadedFile(path.name, path.read_bytes())


def test_roster_is_looked_at_before_it_is_kept(client, manager, hall):
    client.force_login(manager)

    looked = client.post("/settings/import/", {"file": upload(ROSTER), "month": "2026-10"})
    before = Staff.objects.count()
    client.post("/settings/import/", {"confirm": looked.context["token"], "month": "2026-10"})

    assert (looked.context["result"].created, before, Staff.objects.filter(hall=hall).count()) == (93, 0, 93)


def test_roster_with_bad_rows_shows_them(client, manager, tmp_path):
    client.force_login(manager)

    response = client.post(
        "/settings/import/", {"file": upload(workbook(tmp_path / "a.xlsx", person(), person(no="")))}
    )

    assert ("缺少工号" in body(response), response.context["result"].created) == (True, 1)


def test_all_or_nothing_offers_no_confirmation(client, manager, tmp_path):
    client.force_login(manager)
    path = workbook(tmp_path / "a.xlsx", person(), person(no=""))

    response = client.post("/settings/import/", {"file": upload(path), "all_or_nothing": "on"})
    client.post("/settings/import/", {"confirm": response.context["token"], "all_or_nothing": "on"})

    assert (response.status_code, "确认导入" in body(response), Staff.objects.count()) == (422, False, 0)


def test_unreadable_file_is_told_beside_the_field(client, manager):
    client.force_login(manager)

    response = client.post("/settings/import/", {"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.4")})

    assert (response.status_code, "是PDF 文档" in body(response)) == (422, True)


def test_upload_of_another_person_is_not_confirmed(client, manager, admin):
    client.force_login(manager)
    token = client.post("/settings/import/", {"file": upload(ROSTER)}).context["token"]
    client.force_login(admin)

    response = client.post("/settings/import/", {"confirm": token})

    assert (response.status_code, Staff.objects.count()) == (409, 0)


@pytest.mark.parametrize("token", ["", "../../x", "a" * 32])
def test_token_that_leads_nowhere(client, manager, token):
    client.force_login(manager)

    assert client.post("/settings/import/", {"confirm": token}).status_code == 409


def test_parent_hall_imports_into_a_township(client, manager, township):
    client.force_login(manager)
    path = f"/settings/import/?hall={township.code}"

    token = client.post(path, {"file": upload(ROSTER)}).context["token"]
    client.post(path, {"confirm": token})

    assert Staff.objects.filter(hall=township).count() == 93


# --- the mark of a deadline -------------------------------------------------------------------


def marked(*days):
    source = "{% load calendar_marks %}{% for day in days %}[{% provisional day %}]{% endfor %}"
    return Template(source).render(Context({"days": days}))


def test_deadline_in_an_unpublished_year_is_marked(django_assert_num_queries):
    new_year = timezone.make_aware(datetime(2027, 1, 4, 17, 30))  # noqa: DTZ001 - made aware here

    with django_assert_num_queries(1):
        text = marked(date(2026, 12, 31), new_year, None)

    assert (text.count("暂定"), text.startswith("[]"), text.endswith("[]")) == (1, True, True)
