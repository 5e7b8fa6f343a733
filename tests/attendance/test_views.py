"""The pages of attendance and leave."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.enums import LeaveKind, Outcome, Tier
from attendance.models import DayResult
from tests.factories.attendance import DayResultFactory, LeaveFactory, moment, punch
from tests.factories.windows import PostingFactory, StaffFactory
from trail.models import LongRun
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db
WEDNESDAY = "2026-11-25 09:10"
SHEET = ["2026-10"]


@pytest.fixture
def at_work():
    """A Wednesday morning."""
    with time_machine.travel(moment(WEDNESDAY), tick=False):
        yield


def get(client, user, name, *args, query=""):
    client.force_login(user)
    return client.get(reverse(name, args=args) + query)


def names(page):
    return [row.name for row in page.context["listing"].rows]


# --- today ------------------------------------------------------------------------------------


@pytest.fixture
def morning(at_work, open_hall, staff, head, colleague):
    """王丽 has punched, 赵磊 is out on duty, 孙婷 has not been seen."""
    punch(staff, "2026-11-25 08:21:00")
    punch(staff, "2026-11-25 08:59:30")
    LeaveFactory(staff=head.staff, day=date(2026, 11, 25), kind=LeaveKind.OUTING)


def test_board_says_who_is_here(client, manager, morning):
    page = get(client, manager, "attendance:board")

    states = {row.name: row.state.label for row in page.context["listing"].rows}
    assert states == {"王丽": "到岗", "赵磊": "请假、外出", "孙婷": "未打卡"}
    assert vars(page.context["headcount"]) == {"expected": 3, "present": 1, "away": 1}
    assert page.context["headcount"].no_punch == 1


@pytest.mark.parametrize(("state", "name"), [("present", "王丽"), ("away", "赵磊"), ("no_punch", "孙婷")])
def test_board_by_state(client, manager, morning, state, name):
    assert names(get(client, manager, "attendance:board", query=f"?status={state}")) == [name]


def test_a_morning_leave_is_over_in_the_afternoon(client, manager, morning):
    with time_machine.travel(moment("2026-11-25 14:00"), tick=False):
        page = get(client, manager, "attendance:board", query="?status=away")

    assert names(page) == []


def test_board_of_a_head_shows_the_own_window(client, head, morning, department):
    StaffFactory(department=department, name="别窗口")

    assert sorted(names(get(client, head, "attendance:board"))) == ["孙婷", "王丽", "赵磊"]


def test_board_counts_nobody_who_left(client, manager, morning, staff):
    staff.left_on = date(2026, 11, 24)
    staff.save()

    assert get(client, manager, "attendance:board").context["headcount"].expected == 2


def test_board_of_an_empty_hall_says_what_comes_first(client, manager):
    assert "还没有可以看的人员" in get(client, manager, "attendance:board").content.decode()


def test_today_card_counts_and_rests(client, manager, morning):
    with CaptureQueriesContext(connection):
        body = get(client, manager, "accounts:today").content.decode()
    assert "1/3" in body

    with time_machine.travel(moment("2026-11-28 09:00"), tick=False):
        assert "今天休息" in get(client, manager, "accounts:today").content.decode()


def test_me_card_shows_the_own_punches(client, clerk, morning):
    body = get(client, clerk, "accounts:me").content.decode()

    assert ("08:21" in body, "08:59" in body) == (True, True)


# --- month ------------------------------------------------------------------------------------


@pytest.fixture
def month(open_hall, staff, colleague):
    """王丽: late by 5 minutes, absent, on leave; 孙婷: nothing but presence."""
    DayResultFactory(
        staff=staff, day=date(2026, 10, 12), outcome=Outcome.LATE, late=Tier.SMALL, late_seconds=300
    )
    DayResultFactory(staff=staff, day=date(2026, 10, 13), outcome=Outcome.ABSENCE, reason="没有打卡")
    DayResultFactory(staff=staff, day=date(2026, 10, 14), outcome=Outcome.LEAVE, reason="事假")
    DayResultFactory(staff=staff, day=date(2026, 9, 30), outcome=Outcome.ABSENCE)
    DayResultFactory(staff=colleague.staff, day=date(2026, 10, 12))


def test_sheet_counts_only_its_month(client, manager, month):
    page = get(client, manager, "attendance:sheet", *SHEET)

    row = next(row for row in page.context["listing"].rows if row.name == "王丽")
    counts = {name: count.value for name, count in row.counts.items() if count.value}
    assert counts == {"late_under_10": 1, "unexcused_absence_half_days": 1, "leave_half_days": 1}


def test_sheet_on_a_phone_names_what_there_is_of_each_person(client, manager, month):
    page = get(client, manager, "attendance:sheet", *SHEET)
    cells = re.findall(r'<div class="only-phone small">(.*?)</div>', page.content.decode())

    words = [re.sub(r"<br>", "；", cell) for cell in cells]
    words = [re.sub(r"<[^>]+>", "", cell) for cell in words]
    assert sorted(words) == ["没有异常", "迟到（轻微） 1；旷工半天 1；请假半天 1"]


def test_each_number_leads_to_as_many_half_days(client, manager, month):
    page = get(client, manager, "attendance:sheet", *SHEET)
    links = [c for row in page.context["listing"].rows for c in row.counts.values() if c.value]

    for count in [*links, *(c for c in page.context["totals"] if c.value)]:
        assert client.get(count.url).context["listing"].total == count.value


def test_sheet_by_kind(client, manager, month):
    page = get(client, manager, "attendance:sheet", *SHEET, query="?kind=late_under_10")

    assert names(page) == ["王丽"]


def test_contacts_of_a_unit_do_not_multiply_the_counts(client, manager, month, department, clerk, unit):
    department.contacts.add(clerk, manager)

    page = get(client, manager, "attendance:sheet", *SHEET)

    row = next(row for row in page.context["listing"].rows if row.name == "王丽")
    assert row.counts["late_under_10"].value == 1


def test_sheet_not_derived_says_so(client, manager, open_hall, staff):
    page = get(client, manager, "attendance:sheet", *SHEET)

    assert "这个月还没有计算考勤" in page.content.decode()


@pytest.mark.parametrize("month", ["2026-13", "十月", "2026"])
def test_no_such_month(client, manager, month):
    assert get(client, manager, "attendance:sheet", month).status_code == 404


@pytest.mark.parametrize(
    ("role", "shown"), [("manager", True), ("officer", False), ("leader", False), ("head", False)]
)
def test_derive_button_is_there_only_for_who_may(request, client, month, role, shown):
    page = get(client, request.getfixturevalue(role), "attendance:sheet", *SHEET)

    assert ("重新计算" in page.content.decode()) == shown


@pytest.mark.parametrize("action", ["derive", "propose"])
@pytest.mark.parametrize("role", ["admin", "officer", "head", "clerk", "leader", "supervisor", "unit"])
def test_only_the_manager_derives_and_proposes(request, client, open_hall, action, role):
    client.force_login(request.getfixturevalue(role))

    assert client.post(reverse(f"attendance:{action}", args=SHEET)).status_code == 403


def test_derive_from_the_page(client, manager, open_hall, staff):
    client.force_login(manager)

    response = client.post(reverse("attendance:derive", args=SHEET))

    run = LongRun.objects.get(by=manager)
    assert (response.status_code, response.url) == (302, run.get_absolute_url())
    assert (run.status, run.url) == ("done", "/attendance/months/2026-10/?hall=qinghe")
    assert (run.done, run.total) == (1, 1)
    assert DayResult.objects.filter(staff=staff).count() == 36


def test_propose_from_the_page(client, manager, rulebook, month):
    client.force_login(manager)

    client.post(reverse("attendance:propose", args=SHEET))

    assert sorted(ConductRecord.objects.values_list("act__code", "status")) == [
        ("late_arrival", "draft"),
        ("unexcused_absence", "draft"),
    ]


def test_another_halls_manager_cannot_derive_ours(client, outsider, open_hall):
    client.force_login(outsider)

    assert client.post(reverse("attendance:derive", args=SHEET) + "?hall=qinghe").status_code == 404


# --- one person -------------------------------------------------------------------------------


def test_calendar_shows_every_half_and_reason(client, clerk, month):
    page = get(client, clerk, "attendance:my_month", query="?month=2026-10")

    calendar = page.context["calendar"]
    assert [(r.day.day, r.outcome) for r in calendar.notable] == [
        (14, "leave"),
        (13, "absence"),
        (12, "late"),
    ]
    assert {c.name: c.value for c in calendar.counts} == {
        "late_under_10": 1,
        "unexcused_absence_half_days": 1,
        "leave_half_days": 1,
    }
    assert (calendar.previous, calendar.following) == ("2026-09", "2026-11")


def test_account_without_person_gets_an_honest_page(client, clerk):
    assert "还没有对应到花名册" in get(client, clerk, "attendance:my_month").content.decode()


def test_day_shows_punches_with_their_lines(client, clerk, open_hall, staff):
    one = punch(staff, "2026-10-12 08:35:20")
    LeaveFactory(staff=staff, day=date(2026, 10, 12), half="pm", note="看病")

    body = get(client, clerk, "attendance:day", staff.pk, "2026-10-12").content.decode()

    assert [words in body for words in ("08:35:20", one.source_words, "事假，窗口负责人批准", "看病")] == [
        True
    ] * 4


@pytest.mark.parametrize("day", ["2026-02-30", "gestern"])
def test_no_such_day(client, clerk, staff, day):
    assert get(client, clerk, "attendance:day", staff.pk, day).status_code == 404


# --- leave ------------------------------------------------------------------------------------


def test_leave_page_says_that_approval_is_not_yet_there(client, manager):
    body = get(client, manager, "attendance:leaves").content.decode()

    assert "请假审批还没有开通，目前按导入的请假台账计算考勤。" in body
    assert "还没有请假外出记录" in body


def test_leaves_by_kind(client, manager, staff):
    LeaveFactory(staff=staff, half="am")
    LeaveFactory(staff=staff, half="pm", kind=LeaveKind.SICK)

    page = get(client, manager, "attendance:leaves", query="?kind=sick")

    assert [leave.kind for leave in page.context["listing"].rows] == ["sick"]


# --- queries ----------------------------------------------------------------------------------


def fill(hall, department, window, count):
    for number in range(count):
        person = StaffFactory(department=department)
        PostingFactory(staff=person, window=window)
        punch(person, "2026-11-25 08:20:00")
        for offset in range(3):
            day = date(2026, 10, 12) + timedelta(days=offset)
            DayResultFactory(staff=person, day=day, outcome=Outcome.LATE, late=Tier.SMALL)
            LeaveFactory(staff=person, day=day, half="am" if number % 2 else "pm")


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize(
    ("name", "args", "queries"),
    [
        ("attendance:board", [], 8),
        ("attendance:sheet", SHEET, 7),
        ("attendance:results", [], 6),
        ("attendance:leaves", [], 6),
        ("api:punch-list", [], 4),
        ("api:day-result-list", [], 4),
        ("api:leave-list", [], 4),
    ],
)
def test_queries_do_not_grow(
    client, manager, at_work, open_hall, department, window, name, args, queries, count
):
    fill(open_hall, department, window, count)
    client.force_login(manager)

    with CaptureQueriesContext(connection) as found:
        assert client.get(reverse(name, args=args)).status_code == 200

    assert len(found) == queries
