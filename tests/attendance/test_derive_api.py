"""A program has a month derived again and watches the run."""

import pytest

from attendance.models import DayResult
from trail.models import LongRun

pytestmark = pytest.mark.django_db
PATH = "/api/v1/attendance-sheet/derive/"


def test_month_is_derived_and_watched(client, manager, open_hall, staff):
    client.force_login(manager)

    started = client.post(PATH, {"month": "2026-10"}, content_type="application/json")
    seen = client.get(started.headers["Location"]).json()

    assert (started.status_code, seen["status"], seen["done"], seen["total"]) == (202, "done", 1, 1)
    assert (seen["title"], seen["detail"]["changed"]) == ("重新计算2026年10月考勤", 36)
    assert DayResult.objects.filter(staff=staff).count() == 36


@pytest.mark.parametrize("month", ["2026-13", "十月", "", "2026-1"])
def test_no_such_month(client, manager, open_hall, month):
    client.force_login(manager)

    answer = client.post(PATH, {"month": month}, content_type="application/json")

    assert (answer.status_code, "month" in answer.json()["errors"]) == (400, True)


def test_only_who_verifies_and_only_the_own_hall(client, officer, outsider, open_hall):
    for user, status in ((officer, 403), (outsider, 404)):
        client.force_login(user)
        path = f"{PATH}?hall={open_hall.code}"
        assert client.post(path, {"month": "2026-10"}, content_type="application/json").status_code == status
    assert LongRun.objects.count() == 0
