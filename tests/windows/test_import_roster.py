"""花名册: the shared paper roster and the command that brings it in."""

import io
import json
from collections import Counter
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Hall, User
from tests.windows.papers import ANSWERS, ROSTER, bring_in, person, run_command, sitting, workbook
from trail.models import AuditEntry, ImportRun
from windows.enums import Category, StaffEventKind
from windows.models import Department, Posting, ServiceHours, Staff, StaffEvent, Window

# --- the shared file --------------------------------------------------------------------------


@pytest.fixture
def shared(hall):
    return bring_in(ROSTER, hall)


def test_shared_roster_counts(hall, shared):
    places = {
        "windows": Window.objects.filter(hall=hall).count(),
        "staff": Staff.objects.filter(hall=hall).count(),
        "departments": Department.objects.filter(hall=hall).count(),
    }

    assert shared.as_json() == {
        "created": 93,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
        "notes": ["新增派驻单位 18 个，新增窗口 42 个。"],
    }
    assert places == {key: ANSWERS[key] for key in places}


def test_shared_roster_joined_left_moved(hall, shared):
    joined, left, moved = (
        Staff.objects.get(hall=hall, no=ANSWERS[k][0]) for k in ("joined", "left", "moved")
    )

    assert str(joined.joined_on) == ANSWERS["joined"][1]
    assert str(left.left_on) == ANSWERS["left"][1]
    assert [
        (p.window.code, str(p.starts_on), p.ends_on and str(p.ends_on)) for p in moved.postings.order_by("pk")
    ] == [
        ("333", "2024-03-22", "2026-10-18"),
        ("217", "2026-10-19", None),
    ]


def test_shared_roster_events(hall, shared):
    events = StaffEvent.objects.filter(hall=hall)

    assert Counter(events.values_list("kind", flat=True)) == {"joined": 93, "moved": 1, "sent_back": 1}
    back = events.get(kind=StaffEventKind.SENT_BACK)
    assert (back.staff.no, back.day, back.reason) == (
        "ZW0016",
        date(2026, 10, 20),
        "2026-10-20离岗退回原单位",
    )


@pytest.mark.parametrize(
    ("code", "day", "names"),
    [
        ("333", date(2026, 10, 18), ["乐君", "张琪胜", "杨紫益", "鲁国铭"]),
        ("333", date(2026, 10, 19), ["乐君", "张琪胜", "杨紫益"]),
        ("217", date(2026, 10, 18), ["姜澄琪", "费智苑"]),
        ("217", date(2026, 10, 19), ["姜澄琪", "费智苑", "鲁国铭"]),
        ("107", date(2026, 10, 20), ["袁益薇", "贺君志"]),
        ("107", date(2026, 10, 21), ["袁益薇"]),
        ("336", date(2026, 10, 14), ["安国安", "苗婷恒"]),
        ("336", date(2026, 10, 15), ["安国安", "苗婷恒", "苗泽国"]),
    ],
)
def test_who_sat_there_on_the_day(hall, shared, code, day, names):
    assert sitting(hall, code, day) == names


def test_shared_roster_second_time_changes_nothing(hall, shared):
    before = list(Posting.objects.order_by("pk").values()), list(Staff.objects.order_by("pk").values())

    again = bring_in(ROSTER, hall)

    assert again.as_json() == {"created": 0, "updated": 0, "unchanged": 93, "rejected": []}
    assert (
        list(Posting.objects.order_by("pk").values()),
        list(Staff.objects.order_by("pk").values()),
    ) == before
    assert StaffEvent.objects.count() == 95


def test_shared_roster_texts(hall, shared):
    person = Staff.objects.get(hall=hall, no="ZW0004")
    numbers = Staff.objects.filter(hall=hall, no__in=["ZW0001", "ZW0002"]).values_list(
        "attendance_no", flat=True
    )

    assert (person.name, person.gender, person.post, person.joined_on) == (
        "苏婷",
        "女",
        "工作人员",
        date(2025, 6, 12),
    )
    assert list(numbers) == ["1", "2"]


def test_shared_roster_chiefs_head_their_windows(hall, shared):
    chiefs = Posting.objects.filter(hall=hall, is_chief=True)

    assert (chiefs.count(), chiefs.filter(is_head=True).count()) == (42, 42)


def test_shared_roster_makes_no_logins(hall, shared):
    assert (User.objects.count(), Staff.objects.exclude(user=None).count()) == (0, 0)


def test_shared_roster_leaves_a_trace(hall, shared):
    entry = AuditEntry.objects.get(action="roster.imported")
    run = ImportRun.objects.get(kind="roster")

    assert (entry.job, entry.after) == ("import_roster", {"created": 93, "updated": 0, "month": "2026-10"})
    assert (run.created, run.file_name) == (93, "花名册.xlsx")


def test_shared_roster_categories(hall, shared):
    categories = Counter(Window.objects.filter(hall=hall).values_list("category", flat=True))

    assert sorted(categories) == sorted(Category.values)
    assert Department.objects.get(hall=hall, name="税务局").category == Category.LAW_ENFORCEMENT


# --- the command ------------------------------------------------------------------------------


def test_command_makes_the_hall_with_its_hours(db):
    body = json.loads(run_command(str(ROSTER), hall="qh", hall_name="青禾", month="2026-10", json=True))

    hall = Hall.objects.get(code="qh")
    hours = ServiceHours.objects.filter(hall=hall, weekday__in=[0, 4]).order_by("weekday", "opens")
    assert (hall.name, body["created"], body["rejected"]) == ("青禾", 93, [])
    assert [f"{h.opens:%H:%M}-{h.closes:%H:%M}" for h in hours] == [
        *ANSWERS["rules"]["hours"]["mon-thu"],
        *ANSWERS["rules"]["hours"]["fri"],
    ]


def test_command_dry_run_keeps_nothing(db):
    words = run_command(str(ROSTER), hall="qh", hall_name="青禾", dry_run=True)

    assert words.splitlines()[0] == "新增 93 人，更新 0 人，未变 0 人，退回 0 行（没有保存）"
    assert (Hall.objects.count(), Staff.objects.count(), ImportRun.objects.count()) == (0, 0, 0)


def test_command_unknown_hall(db):
    with pytest.raises(CommandError, match="没有代码为“qh”的大厅；要新建请加 --hall-name 名称。") as caught:
        run_command(str(ROSTER), hall="qh")

    assert caught.value.returncode == 1


@pytest.mark.parametrize("month", ["2026-13", "2026/10", "十月", "26-10"])
def test_command_bad_month(hall, month):
    with pytest.raises(CommandError, match="--month 要写成 2026-10 这样的年月"):
        run_command(str(ROSTER), hall=hall.code, month=month)


def test_command_table_of_row_errors(hall, tmp_path):
    path = workbook(tmp_path / "a.xlsx", person(), person(no=""), person(no="G02", 进驻时间="2026-13-45"))

    lines = run_command(str(path), hall=hall.code).splitlines()

    assert lines[:4] == [
        "新增 1 人，更新 0 人，未变 0 人，退回 2 行",
        "  表页  行  原因",
        "  人员  3   缺少工号",
        "  人员  4   进驻时间：没有这一天“2026-13-45”",
    ]


def test_command_all_or_nothing_exits_1(hall, tmp_path):
    path = workbook(tmp_path / "a.xlsx", person(), person(no=""))

    with pytest.raises(CommandError) as caught:
        run_command(str(path), hall=hall.code, all_or_nothing=True)

    assert (caught.value.returncode, Staff.objects.count()) == (1, 0)


def test_command_json_of_an_unreadable_file_is_one_object(hall, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"")
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("import_roster", str(path), hall=hall.code, json=True, stdout=out, stderr=io.StringIO())

    assert json.loads(out.getvalue()) == {
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
        "error": "“a.xlsx”是空文件。",
    }
