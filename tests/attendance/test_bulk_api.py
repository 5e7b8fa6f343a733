"""Programs hand in punches: a result per item, by the rules of the files, and never twice."""

import json

import pytest

from accounts.models import ApiToken
from attendance.models import Punch
from attendance.services.punches import import_punches
from tests.factories.windows import StaffFactory
from trail.models import AuditEntry
from trail.services.imports import ImportResult

pytestmark = pytest.mark.django_db
PATH = "/api/v1/punches/bulk/"


@pytest.fixture
def wang(department):
    return StaffFactory(department=department, no="ZW0101", name="王丽", attendance_no="101")


def send(client, *items, path=PATH, **headers):
    return client.post(
        path, json.dumps({"items": items}), content_type="application/json", headers=headers
    ).json()


def test_each_punch_has_its_result(client, manager, wang):
    client.force_login(manager)
    at = "2026-11-20T08:21:07+08:00"

    told = send(
        client,
        {"number": "101", "at": at, "device": "门厅"},
        {"no": "ZW0101", "at": "2026-11-20T17:40:00+08:00"},
        {"number": "999", "at": at},
        {"number": "101", "at": "2031-01-01T08:00:00+08:00"},
        {"number": "101", "at": "1971-01-01T08:00:00+08:00"},
        {"at": at},
        {"number": "101", "at": "八点"},
    )

    assert [one["status"] for one in told["results"]] == [201, 201, 422, 422, 422, 400, 400]
    assert [one["problem"]["code"] for one in told["results"][2:5]] == ["bad_punch"] * 3
    assert told["results"][2]["problem"]["detail"] == "花名册里没有考勤号“999”。"
    assert list(Punch.objects.order_by("at").values_list("attendance_no", "staff", "source_id")) == [
        ("101", wang.pk, "门厅"),
        ("101", wang.pk, ""),
    ]
    entry = AuditEntry.objects.get(action="attendance.punches_received")
    assert (entry.by, entry.after) == (manager, {"created": 2, "unchanged": 0})


def test_repeat_adds_nothing(client, manager, wang):
    client.force_login(manager)
    item = {"number": "101", "at": "2026-11-20T08:21:07+08:00"}

    first, again = send(client, item), send(client, item, {**item, "at": "2026-11-20T00:21:07Z"})

    assert [one.get("replayed") for one in (*first["results"], *again["results"])] == [None, True, True]
    assert {one["id"] for one in again["results"]} == {first["results"][0]["id"]}
    assert (Punch.objects.count(), AuditEntry.objects.filter(action__startswith="attendance.p").count()) == (
        1,
        1,
    )


def test_punch_that_came_by_file_is_the_same_punch(client, manager, hall, wang, tmp_path):
    path = tmp_path / "attlog.dat"
    path.write_text("\t101\t2026-11-20 08:21:07\t1\t0\t0\t0\n")
    import_punches(ImportResult(), hall=hall, path=path)
    client.force_login(manager)

    told = send(client, {"number": "101", "at": "2026-11-20T08:21:07+08:00"})

    assert (told["results"][0]["replayed"], Punch.objects.count()) == (True, 1)


def test_file_with_a_punch_that_a_program_sent_adds_nothing(client, manager, hall, wang, tmp_path):
    client.force_login(manager)
    send(client, {"number": "101", "at": "2026-11-20T08:21:07+08:00"})
    path = tmp_path / "attlog.dat"
    path.write_text("\t101\t2026-11-20 08:21:07\t1\t0\t0\t0\n")

    result = ImportResult()
    import_punches(result, hall=hall, path=path)

    assert (result.created, result.unchanged, Punch.objects.count()) == (0, 1, 1)


def test_only_who_may_import_and_only_the_own_hall(client, clerk, manager, other_hall, wang):
    item = {"number": "101", "at": "2026-11-20T08:21:07+08:00"}
    client.force_login(clerk)
    assert client.post(PATH, {"items": [item]}, content_type="application/json").status_code == 403
    client.force_login(manager)
    path = f"{PATH}?hall={other_hall.code}"
    assert client.post(path, {"items": [item]}, content_type="application/json").status_code == 404
    assert (Punch.objects.count(), ApiToken.objects.count()) == (0, 0)


def test_hundred_punches_cost_few_statements_each(client, manager, wang, django_assert_max_num_queries):
    client.force_login(manager)
    items = [{"number": "101", "at": f"2026-11-20T08:{n // 60:02}:{n % 60:02}+08:00"} for n in range(100)]

    with django_assert_max_num_queries(740):
        told = send(client, *items)

    assert (told["done"], Punch.objects.count()) == (100, 100)
