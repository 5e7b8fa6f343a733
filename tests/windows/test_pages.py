"""Pages of windows, people, calendar and import: who may open them, what they keep, how often they ask."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from windows.models import Posting, Staff, Window

pytestmark = pytest.mark.django_db

LISTS = ["/settings/windows/", "/settings/departments/", "/settings/people/"]
FORMS = [
    "/settings/windows/new/",
    "/settings/departments/new/",
    "/settings/people/new/",
    "/settings/hours/",
    "/settings/calendar/import/",
    "/settings/calendar/days/new/",
    "/settings/import/",
]


def body(response):
    return response.content.decode()


def names(response):
    return [row.name for row in response.context["listing"].rows]


# --- who may open what ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [*LISTS, *FORMS, "/settings/calendar/", "/settings/windows/codes/", "/hall/"]
)
def test_office_opens(client, manager, staff, path):
    client.force_login(manager)

    assert client.get(path, follow=True).status_code == 200


@pytest.mark.parametrize("path", [*FORMS, "/settings/windows/codes/"])
def test_clerk_may_not_edit(client, clerk, staff, path):
    client.force_login(clerk)

    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", [*LISTS, *FORMS, "/settings/calendar/", "/hall/"])
def test_stranger_signs_in(client, path):
    assert client.get(path).headers["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("step", ["edit", "close", "backup"])
def test_window_of_another_hall_is_not_there(client, outsider, window, step):
    client.force_login(outsider)

    assert client.get(f"/windows/{window.pk}/{step}/").status_code == 404


@pytest.mark.parametrize("step", ["", "edit/", "move/", "leave/", "return/"])
def test_person_of_another_hall_is_not_there(client, outsider, staff, step):
    client.force_login(outsider)

    assert client.get(f"/people/{staff.pk}/{step}").status_code == 404


def test_office_of_one_hall_who_is_clerk_in_another_edits_only_the_first(client, manager, other_hall):
    foreign = WindowFactory(department__hall=other_hall)
    manager.role_grants.create(hall=other_hall, role="clerk")
    client.force_login(manager)

    found = [client.get(f"/windows/{foreign.pk}/{step}").status_code for step in ("", "edit/")]

    assert found == [200, 404]
    assert client.get(f"/settings/windows/new/?hall={other_hall.code}").status_code == 404


# --- scope with rows that could leak ----------------------------------------------------------


@pytest.fixture
def others(hall, other_hall, staff, head, colleague):
    """Besides window A05's three: another unit's person, and one of another hall."""
    foreign = StaffFactory(department=DepartmentFactory(hall=hall, name="税务局"), no="ZW0900", name="他局")
    PostingFactory(staff=foreign, window=WindowFactory(department=foreign.department))
    StaffFactory(department__hall=other_hall, no="ZW0901", name="他厅")
    return foreign


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("manager", ["王丽", "赵磊", "孙婷", "他局"]),
        ("officer", ["王丽", "赵磊", "孙婷", "他局"]),
        ("leader", ["王丽", "赵磊", "孙婷", "他局"]),
        ("supervisor", ["王丽", "赵磊", "孙婷", "他局"]),
        ("unit", ["王丽", "赵磊", "孙婷"]),
        ("head", ["王丽", "赵磊", "孙婷"]),
        ("clerk", ["王丽"]),
        ("outsider", ["他厅"]),
    ],
)
def test_list_of_people_shows_only_ones_own(client, request, others, unit, who, seen):
    client.force_login(request.getfixturevalue(who))

    assert names(client.get("/settings/people/")) == seen


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("unit", 404), ("head", 404), ("clerk", 404), ("inspector", 403)]
)
def test_person_of_another_unit(client, request, others, unit, who, status):
    client.force_login(request.getfixturevalue(who))

    assert client.get(f"/people/{others.pk}/").status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("head", 200), ("unit", 200), ("clerk", 200), ("colleague", 404)]
)
def test_person_near_by(client, request, staff, head, unit, colleague, who, status):
    client.force_login(request.getfixturevalue(who))

    assert client.get(f"/people/{staff.pk}/").status_code == status


def test_head_no_longer_sees_who_moved_away(client, head, staff, department):
    staff.postings.update(ends_on=timezone.localdate() - timedelta(days=1))
    PostingFactory(staff=staff, window=WindowFactory(department=department), starts_on=timezone.localdate())
    client.force_login(head)

    assert client.get(f"/people/{staff.pk}/").status_code == 404


def test_search_finds_only_ones_own(client, clerk, others):
    client.force_login(clerk)

    assert "他局" not in body(client.get("/search/?q=ZW0900"))


def test_search_finds_windows_and_people(client, manager, staff):
    client.force_login(manager)

    page = body(client.get("/search/?q=A05")) + body(client.get("/search/?q=ZW0001"))

    assert [f"/windows/{staff.postings.get().window_id}/" in page, f"/people/{staff.pk}/" in page] == [
        True,
        True,
    ]


# --- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
def test_list_asks_as_often_for_one_row_as_for_five(
    client, manager, staff, path, django_assert_max_num_queries
):
    client.force_login(manager)
    client.get(path)
    with django_assert_max_num_queries(10) as one:
        client.get(path)
    for _ in range(4):
        PostingFactory(window__department__hall=staff.hall)

    with django_assert_max_num_queries(len(one)):
        client.get(path)


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("q=A05", ["不动产登记窗口"]),
        ("status=closed", ["旧窗口"]),
        ("status=open", ["不动产登记窗口"]),
        ("kind=law_enforcement", []),
        ("floor=9楼", []),
    ],
)
def test_windows_filtered(client, manager, window, query, seen):
    WindowFactory(department=window.department, name="旧窗口", closed_on=date(2026, 1, 31))
    client.force_login(manager)

    assert names(client.get(f"/settings/windows/?{query}")) == seen


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("status=gone", ["离开者"]),
        ("status=here", ["王丽"]),
        ("window=A05", ["王丽"]),
        ("q=ZW0777", ["离开者"]),
    ],
)
def test_people_filtered(client, manager, staff, query, seen):
    StaffFactory(department=staff.department, no="ZW0777", name="离开者", left_on=date(2026, 1, 31))
    client.force_login(manager)

    assert names(client.get(f"/settings/people/?{query}")) == seen


def test_departments_count_windows_and_people(client, manager, staff, colleague):
    StaffFactory(department=staff.department, left_on=date(2026, 1, 31))
    client.force_login(manager)

    row = client.get("/settings/departments/").context["listing"].rows[0]

    assert (row.window_count, row.staff_count) == (1, 2)


@pytest.mark.parametrize("path", LISTS)
def test_empty_list_says_what_next(client, manager, path):
    client.force_login(manager)

    assert "导入花名册" in body(client.get(path))


# --- one window -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        ("", ["孙婷"]),
        ("2026-11-01", ["王丽", "孙婷"]),
        ("2025-12-31", []),
        ("nonsense", ["孙婷"]),
        ("2026-02-31", ["孙婷"]),
    ],
)
def test_who_sat_there(client, manager, staff, colleague, window, day, seen):
    staff.postings.update(ends_on=date(2026, 11, 1))
    client.force_login(manager)

    response = client.get(f"/windows/{window.pk}/?day={day}")

    assert [posting.staff.name for posting in response.context["sitting"]] == seen


def test_window_links_only_people_one_may_see(client, clerk, staff, colleague, window):
    client.force_login(clerk)

    page = body(client.get(f"/windows/{window.pk}/"))

    other = colleague.staff
    assert ("孙婷" in page, f"/people/{other.pk}/" in page, f"/people/{staff.pk}/" in page) == (
        True,
        False,
        True,
    )


def test_window_code_is_a_picture_of_its_address(client, clerk, window):
    client.force_login(clerk)

    response = client.get(f"/windows/{window.pk}/code.svg")

    assert (response.headers["Content-Type"], response.content[:4]) == ("image/svg+xml", b"<svg")


def test_window_page_queries(client, manager, staff, head, colleague, window, django_assert_max_num_queries):
    client.force_login(manager)

    with django_assert_max_num_queries(14):
        client.get(f"/windows/{window.pk}/")


def test_new_window(client, manager, department):
    client.force_login(manager)
    data = {
        "code": "B01",
        "name": "综合窗口",
        "department": department.pk,
        "category": "public_service",
        "sort": 3,
    }

    response = client.post("/settings/windows/new/", data | {"services": "首次登记\n变更登记"})

    window = Window.objects.get(code="B01")
    assert response.headers["Location"] == f"/windows/{window.pk}/"
    assert list(window.services.values_list("name", flat=True)) == ["首次登记", "变更登记"]


def test_new_window_with_a_taken_code_keeps_what_was_typed(client, manager, window):
    client.force_login(manager)
    data = {
        "code": "A05",
        "name": "另一个",
        "department": window.department_id,
        "category": "public_service",
        "sort": 0,
    }

    response = client.post("/settings/windows/new/", data)

    assert (
        response.status_code,
        "窗口号 A05 已经有了。" in body(response),
        'value="另一个"' in body(response),
    ) == (
        422,
        True,
        True,
    )


def test_department_of_another_hall_is_no_choice(client, manager, other_hall):
    foreign = DepartmentFactory(hall=other_hall)
    client.force_login(manager)
    data = {"code": "B01", "name": "x", "department": foreign.pk, "category": "public_service", "sort": 0}

    response = client.post("/settings/windows/new/", data)

    assert (response.status_code, Window.objects.count()) == (422, 0)


def test_edit_close_and_reopen(client, manager, window):
    client.force_login(manager)
    data = {"name": "改名", "department": window.department_id, "category": "law_enforcement", "sort": 1}

    client.post(f"/windows/{window.pk}/edit/", data)
    client.post(f"/windows/{window.pk}/close/", {"day": "2026-11-20"})
    window.refresh_from_db()
    closed = window.closed_on
    client.post(f"/windows/{window.pk}/reopen/")
    window.refresh_from_db()

    assert (window.name, closed, window.closed_on) == ("改名", date(2026, 11, 20), None)


def test_close_with_people_is_refused_in_the_form(client, manager, staff, window):
    client.force_login(manager)

    response = client.post(f"/windows/{window.pk}/close/", {"day": "2026-11-20"})

    assert (response.status_code, "请先调整窗口或登记离开" in body(response)) == (422, True)


def test_head_and_backup(client, manager, staff, colleague, window):
    client.force_login(manager)

    client.post(f"/windows/{window.pk}/head/", {"staff": staff.pk})
    data = {"primary": staff.pk, "backup": colleague.staff.pk, "starts_on": "2026-11-01"}
    client.post(f"/windows/{window.pk}/backup/", data)

    assert Posting.objects.get(is_head=True).staff == staff
    assert window.backup_pairs.get().backup == colleague.staff


def test_contacts_are_chosen_among_units(client, manager, department, unit, clerk):
    client.force_login(manager)
    data = {"name": department.name, "category": "public_service", "sort": 0, "is_active": "on"}

    good = client.post(
        f"/settings/departments/{department.pk}/", data | {"contacts": [unit.pk], "hides_photo": "on"}
    )
    bad = client.post(f"/settings/departments/{department.pk}/", data | {"contacts": [clerk.pk]})

    department.refresh_from_db()
    assert (good.status_code, bad.status_code, department.hides_photo) == (302, 422, True)
    assert list(department.contacts.all()) == [unit]


# --- one person -------------------------------------------------------------------------------


def test_joining(client, manager, hall, department, window):
    client.force_login(manager)
    data = {
        "no": "ZW0500",
        "name": "钱进",
        "department": department.pk,
        "window": window.pk,
        "day": "2026-11-23",
    }

    client.post("/settings/people/new/", data | {"is_chief": "on"})

    staff = Staff.objects.get(no="ZW0500")
    assert (staff.joined_on, staff.postings.get().is_head) == (date(2026, 11, 23), True)


@pytest.mark.parametrize(
    ("step", "data", "kinds"),
    [
        ("move", {"starts_on": "2026-11-23"}, ["moved"]),
        ("leave", {"kind": "left", "day": "2026-11-23"}, ["left"]),
        ("leave", {"kind": "sent_back", "day": "2026-11-23", "reason": "单位更换"}, ["sent_back"]),
        ("leave", {"kind": "sent_back", "day": "2026-11-23"}, []),
        ("move", {"starts_on": "2020-01-01"}, []),
    ],
)
def test_steps_of_a_stay(client, manager, staff, department, step, data, kinds):
    client.force_login(manager)
    target = WindowFactory(department=department)

    response = client.post(f"/people/{staff.pk}/{step}/", data | {"window": target.pk})

    assert (response.status_code, [event.kind for event in staff.events.all()]) == (
        302 if kinds else 422,
        kinds,
    )


def test_coming_again(client, manager, staff, window):
    client.force_login(manager)
    client.post(f"/people/{staff.pk}/leave/", {"kind": "left", "day": "2026-11-20"})

    client.post(f"/people/{staff.pk}/return/", {"window": window.pk, "day": "2026-11-23"})

    staff.refresh_from_db()
    assert (staff.left_on, staff.postings.count()) == (None, 2)


def test_login_made_by_the_administrator_shows_its_password_once(client, admin, staff):
    Staff.objects.update(user=None)
    client.force_login(admin)

    first = body(client.post(f"/people/{staff.pk}/login/", follow=True))
    second = body(client.get(f"/people/{staff.pk}/"))

    staff.refresh_from_db()
    assert ("初始密码" in first, "初始密码" in second, staff.user.username) == (True, False, "ZW0001")


def test_controls_a_role_may_not_use_are_absent(client, unit, staff):
    client.force_login(unit)

    page = body(client.get(f"/people/{staff.pk}/"))

    assert ["登记离开" in page, "调整窗口" in page, "建账号" in page] == [False, False, False]
