"""Who reads whose attendance: the office its halls, a head the window, a unit its people, a clerk himself."""

import pytest
from django.urls import reverse

from attendance.models import DayResult, Leave, Punch
from tests.factories.attendance import DayResultFactory, LeaveFactory, PunchFactory
from tests.factories.windows import DepartmentFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(hall, township, other_hall, staff, head, colleague):
    """王丽, 赵磊 and 孙婷 of window A05; one of another unit; one of the township; one of another hall."""
    return {
        "王丽": staff,
        "赵磊": head.staff,
        "孙婷": colleague.staff,
        "别单位": StaffFactory(department=DepartmentFactory(hall=hall), name="别单位"),
        "乡镇": StaffFactory(department=DepartmentFactory(hall=township), name="乡镇"),
        "别处": StaffFactory(department=DepartmentFactory(hall=other_hall), name="别处"),
    }


OURS = {"王丽", "赵磊", "孙婷", "别单位"}
WINDOW = {"王丽", "赵磊", "孙婷"}
SEES = {
    "manager": OURS | {"乡镇"},
    "leader": OURS | {"乡镇"},
    "supervisor": OURS | {"乡镇"},
    "officer": OURS,
    "head": WINDOW,
    "unit": WINDOW,
    "clerk": {"王丽"},
    "colleague": {"孙婷"},
    "inspector": set(),
    "admin": set(),
    "outsider": {"别处"},
}


@pytest.mark.parametrize(("role", "names"), SEES.items())
@pytest.mark.parametrize(
    ("model", "factory"), [(Punch, PunchFactory), (Leave, LeaveFactory), (DayResult, DayResultFactory)]
)
def test_rows_a_role_sees(request, people, role, names, model, factory):
    for person in people.values():
        factory(staff=person)

    user = request.getfixturevalue(role)

    seen = model.objects.visible_to(user).values_list("staff__name", flat=True)
    assert sorted(seen) == sorted(names)


PAGES = [
    "attendance:board",
    "attendance:results",
    "attendance:leaves",
    "attendance:my_month",
    "attendance:my_leaves",
]
OPEN_TO = {
    "attendance:board": {"manager", "officer", "leader", "supervisor", "head", "clerk", "unit"},
    "attendance:results": {"manager", "officer", "leader", "supervisor", "head", "clerk", "unit"},
    "attendance:leaves": {"manager", "officer", "leader", "supervisor", "head", "clerk", "unit"},
    "attendance:my_month": {"head", "clerk"},
    "attendance:my_leaves": {"head", "clerk"},
}
ROLES = ["admin", "manager", "officer", "head", "clerk", "leader", "supervisor", "inspector", "unit"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_pages_a_role_opens(request, client, page, role):
    client.force_login(request.getfixturevalue(role))

    status = client.get(reverse(page)).status_code

    assert status == (200 if role in OPEN_TO[page] else 403)


@pytest.mark.parametrize("page", PAGES)
def test_stranger_is_sent_to_the_login(client, db, page):
    assert client.get(reverse(page)).status_code == 302


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("manager", "别单位", 200),
        ("manager", "乡镇", 200),
        ("manager", "别处", 404),
        ("head", "王丽", 200),
        ("head", "别单位", 404),
        ("clerk", "王丽", 200),
        ("clerk", "孙婷", 404),
        ("unit", "孙婷", 200),
        ("unit", "别单位", 404),
        ("outsider", "王丽", 404),
    ],
)
def test_month_and_day_of_a_person(request, client, people, role, name, status):
    client.force_login(request.getfixturevalue(role))
    pk = people[name].pk

    month = client.get(reverse("attendance:person", args=[pk]))
    day = client.get(reverse("attendance:day", args=[pk, "2026-10-12"]))

    assert (month.status_code, day.status_code) == (status, status)


def test_a_clerk_never_sees_the_reason_of_anothers_leave(client, clerk, people):
    LeaveFactory(staff=people["孙婷"], kind="sick", note="住院")
    DayResultFactory(staff=people["孙婷"], outcome="leave", reason="病假，窗口负责人批准")
    client.force_login(clerk)

    for page in PAGES:
        body = client.get(reverse(page)).content.decode()
        assert ("住院" in body, "病假，" in body) == (False, False)
