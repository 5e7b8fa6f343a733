"""The second door: the same scope, the same services, few queries."""

import json
from datetime import date

import pytest

from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from windows.models import CalendarDay, Department, Staff, Window
from windows.services.calendar import set_local_day

pytestmark = pytest.mark.django_db
LISTS = ["departments", "windows", "people", "postings", "calendar-days", "service-hours"]


def read(client, path):
    return client.get(f"/api/v1/{path}").json()["results"]


def send(client, method, path, data):
    return getattr(client, method)(f"/api/v1/{path}", json.dumps(data), content_type="application/json")


@pytest.mark.parametrize("path", LISTS)
def test_list_as_a_stranger(client, path):
    assert client.get(f"/api/v1/{path}/").status_code == 401


@pytest.mark.parametrize("path", LISTS)
def test_list_as_an_inspector(client, inspector, path):
    client.force_login(inspector)

    assert client.get(f"/api/v1/{path}/").status_code == 403


@pytest.mark.parametrize("path", [*LISTS[:4], "service-hours"])
def test_list_as_an_outsider_is_empty(client, outsider, staff, path):
    client.force_login(outsider)

    assert read(client, f"{path}/") == []


@pytest.mark.parametrize("path", LISTS)
def test_list_asks_as_often_for_one_row_as_for_five(
    client, manager, staff, path, django_assert_max_num_queries
):
    client.force_login(manager)
    client.get(f"/api/v1/{path}/")
    with django_assert_max_num_queries(6) as one:
        client.get(f"/api/v1/{path}/")
    for n in range(4):
        PostingFactory(window__department__hall=staff.hall)
        CalendarDay.objects.create(hall=staff.hall, day=date(2026, 12, n + 1), kind="local_off", name="停电")

    with django_assert_max_num_queries(len(one)):
        client.get(f"/api/v1/{path}/")


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("manager", ["他局", "孙婷", "赵磊", "王丽"]),
        ("unit", ["孙婷", "赵磊", "王丽"]),
        ("head", ["孙婷", "赵磊", "王丽"]),
        ("clerk", ["王丽"]),
    ],
)
def test_people_show_only_ones_own(client, request, hall, staff, head, colleague, unit, who, names):
    StaffFactory(department=DepartmentFactory(hall=hall), no="ZW0900", name="他局")
    client.force_login(request.getfixturevalue(who))

    assert sorted(row["name"] for row in read(client, "people/")) == sorted(names)


@pytest.mark.parametrize(
    ("day", "names"), [("2026-10-19", ["王丽"]), ("2026-10-20", ["王丽"]), ("2026-10-21", [])]
)
def test_who_sat_at_a05_on_the_day(client, leader, staff, day, names):
    staff.postings.update(ends_on=date(2026, 10, 20))
    client.force_login(leader)

    assert [row["staff_name"] for row in read(client, f"postings/?window=A05&on={day}")] == names


def test_window_with_its_people(client, clerk, staff, window):
    window.services.create(hall=window.hall, name="首次登记")
    window.services.create(hall=window.hall, name="旧事项", is_active=False)
    client.force_login(clerk)

    row = client.get(f"/api/v1/windows/{window.pk}/").json()

    assert (row["code"], row["hall"], row["services"]) == ("A05", "qinghe", ["首次登记"])
    assert row["people"] == [
        {"staff": staff.pk, "name": "王丽", "starts_on": "2026-01-01", "is_chief": False, "is_head": False}
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("open_on=2026-11-22", 1),
        ("open_on=2026-01-01", 2),
        ("code=A05", 1),
        ("hall=none", 0),
        ("category=public_service", 2),
    ],
)
def test_windows_filtered(client, clerk, window, query, count):
    WindowFactory(department=window.department, closed_on=date(2026, 6, 30))
    client.force_login(clerk)

    assert len(read(client, f"windows/?{query}")) == count


def test_calendar_of_a_year(client, clerk):
    client.force_login(clerk)

    rows = read(client, "calendar-days/?year=2026&is_state=true&kind=make_up&sort=day")

    assert [row["day"] for row in rows] == [
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ]


# --- writing ----------------------------------------------------------------------------------


WRITES = [
    ("post", "departments/", {"name": "x", "category": "public_service"}),
    ("patch", "departments/{department}/", {"name": "x"}),
    ("post", "windows/", {"code": "B1", "name": "x", "department": "{department}"}),
    ("patch", "windows/{window}/", {"name": "x"}),
    ("post", "windows/{window}/close/", {"day": "2026-11-20"}),
    ("post", "windows/{window}/reopen/", {}),
    ("post", "windows/{window}/head/", {"staff": "{staff}"}),
    ("post", "people/", {"no": "x", "name": "x"}),
    ("patch", "people/{staff}/", {"name": "x"}),
    ("post", "people/{staff}/move/", {"window": "{window}", "starts_on": "2026-11-23"}),
    ("post", "people/{staff}/leave/", {"kind": "left", "day": "2026-11-20"}),
    ("post", "people/{staff}/return/", {"window": "{window}", "day": "2026-11-23"}),
    ("post", "calendar-days/", {"day": "2026-11-28", "kind": "local_on", "name": "x"}),
]


@pytest.mark.parametrize(("method", "path", "data"), WRITES)
@pytest.mark.parametrize("who", ["clerk", "head", "unit", "leader", "supervisor", "officer"])
def test_write_by_a_reader(client, request, staff, unit, head, window, who, method, path, data):
    client.force_login(request.getfixturevalue(who))
    path = path.format(department=window.department_id, window=window.pk, staff=staff.pk)

    assert send(client, method, path, data).status_code == 403


@pytest.mark.parametrize(("method", "path", "data"), [w for w in WRITES if "{" in w[1]])
def test_write_by_an_office_that_is_clerk_here(client, outsider, hall, staff, window, method, path, data):
    """The manager of another hall who is also a clerk of this one sees our rows and may not change them."""
    outsider.role_grants.create(hall=hall, role="clerk")
    client.force_login(outsider)
    path = path.format(department=window.department_id, window=window.pk, staff=staff.pk)

    assert send(client, method, path, data).status_code in (400, 404)
    assert (Window.objects.get().name, Staff.objects.get().name) == ("不动产登记窗口", "王丽")


def test_create_in_a_hall_where_one_is_only_clerk(client, outsider, hall, department):
    outsider.role_grants.create(hall=hall, role="clerk")
    client.force_login(outsider)

    found = [
        send(client, "post", f"departments/?hall={hall.code}", {"name": "x", "category": "public_service"}),
        send(client, "post", "windows/", {"code": "B1", "name": "x", "department": department.pk}),
    ]

    assert [response.status_code for response in found] == [404, 404]


def test_department_made_and_changed(client, manager):
    client.force_login(manager)

    made = send(client, "post", "departments/", {"name": "民政局", "category": "economic_social"})
    changed = send(client, "patch", f"departments/{made.json()['id']}/", {"hides_photo": True})

    assert (made.status_code, changed.json()["hides_photo"]) == (201, True)
    assert Department.objects.get().name == "民政局"


def test_window_made_closed_and_reopened(client, manager, department):
    client.force_login(manager)

    made = send(client, "post", "windows/", {"code": "B1", "name": "综合", "department": department.pk})
    path = f"windows/{made.json()['id']}"
    closed = send(client, "post", f"{path}/close/", {"day": "2026-11-20"})
    again = send(client, "post", f"{path}/close/", {"day": "2026-11-20"})
    reopened = send(client, "post", f"{path}/reopen/", {})

    assert [
        made.status_code,
        closed.json()["closed_on"],
        again.status_code,
        reopened.json()["closed_on"],
    ] == [
        201,
        "2026-11-20",
        409,
        None,
    ]


def test_person_joins_moves_leaves_and_returns(client, manager, department, window):
    other = WindowFactory(department=department, code="A09")
    client.force_login(manager)
    person = {
        "no": "ZW0500",
        "name": "钱进",
        "department": department.pk,
        "window": window.pk,
        "day": "2026-11-02",
    }

    made = send(client, "post", "people/", person)
    path = f"people/{made.json()['id']}"
    send(client, "post", f"{path}/move/", {"window": other.pk, "starts_on": "2026-11-09"})
    unexplained = send(client, "post", f"{path}/leave/", {"kind": "sent_back", "day": "2026-11-13"})
    send(client, "post", f"{path}/leave/", {"kind": "sent_back", "day": "2026-11-13", "reason": "更换"})
    row = send(client, "post", f"{path}/return/", {"window": window.pk, "day": "2026-11-16"}).json()

    assert (made.status_code, unexplained.status_code) == (201, 422)
    assert [event["kind"] for event in reversed(row["events"])] == ["joined", "moved", "sent_back", "joined"]
    assert row["window"] == "A05"


def test_head_is_set(client, manager, staff, window):
    client.force_login(manager)

    row = send(client, "post", f"windows/{window.pk}/head/", {"staff": staff.pk}).json()

    assert row["people"][0]["is_head"] is True


def test_local_day_made_and_dropped(client, manager, hall):
    client.force_login(manager)

    made = send(
        client, "post", "calendar-days/", {"day": "2026-11-28", "kind": "local_on", "name": "周六开放"}
    )
    dropped = client.delete(f"/api/v1/calendar-days/{made.json()['id']}/")
    state = client.delete(f"/api/v1/calendar-days/{CalendarDay.objects.filter(hall=None).first().pk}/")

    assert [made.status_code, dropped.status_code, state.status_code] == [201, 204, 404]


def test_local_day_is_not_replaced_unseen(client, manager, hall):
    client.force_login(manager)
    first = {"day": "2026-11-28", "kind": "local_on", "name": "周六开放"}
    other = {**first, "kind": "local_off", "name": "停电"}

    made, again = (send(client, "post", "calendar-days/", first) for _ in range(2))
    refused = send(client, "post", "calendar-days/", other)
    seen = {"If-Match": made.headers["ETag"]}
    named = client.post(
        "/api/v1/calendar-days/", json.dumps(other), content_type="application/json", headers=seen
    )
    late = client.delete(f"/api/v1/calendar-days/{made.json()['id']}/", headers=seen)

    assert [r.status_code for r in (made, again, refused, named, late)] == [201, 201, 409, 201, 412]
    assert refused.json()["current"] == {"kind": "local_on", "name": "周六开放"}
    assert CalendarDay.objects.get(hall=hall).name == "停电"


def test_department_of_another_hall_is_no_choice(client, manager, other_hall):
    foreign = DepartmentFactory(hall=other_hall)
    client.force_login(manager)

    response = send(client, "post", "windows/", {"code": "B1", "name": "x", "department": foreign.pk})

    assert (response.status_code, "department" in response.json()["errors"]) == (400, True)


def test_write_with_an_idempotency_key_happens_once(client, manager):
    client.force_login(manager)
    data = json.dumps({"name": "民政局", "category": "economic_social"})
    kind = {"content_type": "application/json", "headers": {"Idempotency-Key": "k1"}}

    found = [client.post("/api/v1/departments/", data, **kind) for _ in range(2)]

    assert [response.status_code for response in found] == [201, 201]
    assert Department.objects.count() == 1


# --- two programs at once ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("windows/{window}/", {"pledge": "当日办结"}, {"duty": "不动产登记"}),
        ("people/{staff}/", {"post": "登记岗"}, {"phone": "13800000000"}),
        ("departments/{department}/", {"sort": 3}, {"hides_duty": True}),
        ("calendar-days/{local_day}/", {"name": "防汛"}, {"kind": "local_on"}),
    ],
)
def test_change_names_the_version_it_is_about(
    client, manager, hall, window, staff, department, path, one, other
):
    local = set_local_day(hall=hall, day=date(2026, 12, 9), kind="local_off", name="停电", by=manager)
    path = path.format(window=window.pk, staff=staff.pk, department=department.pk, local_day=local.pk)
    client.force_login(manager)
    seen = client.get(f"/api/v1/{path}").headers["ETag"]

    answers = [
        client.patch(
            f"/api/v1/{path}",
            json.dumps(values),
            content_type="application/json",
            headers={"If-Match": seen},
        )
        for values in (one, other)
    ]

    assert [a.status_code for a in answers] == [200, 412]
    told = answers[1].json()
    assert (told["code"], f'"{told["version"]}"') == ("changed_meanwhile", answers[0].headers["ETag"])
    key, value = next(iter(one.items()))
    assert told["current"][key] == value
    assert client.get(f"/api/v1/{path}").json()[key] == value
