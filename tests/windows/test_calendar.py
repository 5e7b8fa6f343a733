"""工作日历: notices from files with a diff, local days, and the years shipped with the program."""

import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import Refused
from trail.models import AuditEntry
from windows.enums import DayKind
from windows.models import CalendarDay, CalendarYear
from windows.services import calendar

pytestmark = pytest.mark.django_db

DAYS = [
    {"date": "2027-01-01", "name": "元旦", "is_off": True},
    {"date": "2027-01-02", "name": "元旦", "is_off": True},
    {"date": "2027-01-10", "name": "元旦调休", "is_off": False},
]


def notice(days=DAYS, **other):
    return json.dumps({"year": 2027, "source": "通知", "days": days} | other, ensure_ascii=False)


def entries(year):
    return list(CalendarDay.objects.filter(hall=None, day__year=year).values_list("day", "kind", "name"))


def test_shipped_years_are_there_after_migrating(db):
    assert sorted(CalendarYear.objects.published().values_list("year", flat=True)) == [2024, 2025, 2026]


def test_shipped_year_is_not_loaded_over_a_correction(db):
    CalendarDay.objects.filter(day=date(2026, 1, 4)).delete()

    assert calendar.ensure_calendar() == []
    assert not CalendarDay.objects.filter(day=date(2026, 1, 4)).exists()


def test_shipped_year_comes_back_when_missing(db):
    CalendarYear.objects.filter(year=2025).delete()
    CalendarDay.objects.filter(day__year=2025).delete()

    assert calendar.ensure_calendar() == [2025]
    assert len(entries(2025)) == 33


def test_new_year_is_published(admin):
    diff = calendar.apply_notice(notice=calendar.read_notice(notice()), by=admin)

    assert (len(diff.changes), diff.is_new_year) == (3, True)
    assert entries(2027) == [
        (date(2027, 1, 1), "off", "元旦"),
        (date(2027, 1, 2), "off", "元旦"),
        (date(2027, 1, 10), "make_up", "元旦调休"),
    ]
    assert CalendarYear.objects.get(year=2027).source == "通知"


def test_second_time_changes_nothing(admin):
    read = calendar.read_notice(notice())
    calendar.apply_notice(notice=read, by=admin)

    assert calendar.apply_notice(notice=read, by=admin).is_empty
    assert AuditEntry.objects.filter(action="calendar.imported").count() == 1


def test_correction_shows_what_changes(admin):
    calendar.apply_notice(notice=calendar.read_notice(notice()), by=admin)
    corrected = [*DAYS[:2], {"date": "2027-01-09", "name": "元旦调休", "is_off": False}]

    diff = calendar.apply_notice(notice=calendar.read_notice(notice(corrected)), by=admin)

    assert [(str(c.day), c.before_words, c.after_words) for c in diff.changes] == [
        ("2027-01-09", "休息日", "调休上班（元旦调休）"),
        ("2027-01-10", "调休上班（元旦调休）", "休息日"),
    ]
    assert [day for day, _, _ in entries(2027)] == [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 9)]


def test_correction_leaves_local_days_alone(hall, admin):
    CalendarDay.objects.create(hall=hall, day=date(2027, 1, 10), kind=DayKind.LOCAL_OFF, name="停电")

    calendar.apply_notice(notice=calendar.read_notice(notice()), by=admin)

    assert CalendarDay.objects.filter(hall=hall).count() == 1


def test_spelling_of_the_public_files():
    text = json.dumps(
        {
            "year": 2027,
            "papers": ["http://www.gov.cn/a.htm"],
            "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}],
        }
    )

    read = calendar.read_notice(text)

    assert (read.source, read.days) == ("http://www.gov.cn/a.htm", {date(2027, 1, 1): ("off", "元旦")})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "内容不是放假安排"),
        ("[]", "内容不是放假安排"),
        ('{"year": "x", "days": []}', "内容不是放假安排"),
        (notice([]), "days 应列出"),
        (notice([{"date": "2027-01-01"}]), "第 1 条看不懂"),
        (notice([{"date": "昨天", "is_off": True}]), "第 1 条看不懂：看不懂的日期“昨天”"),
        (notice([{"date": "2026-01-01", "is_off": True}]), "第 1 条：2026-01-01 不在 2027 年"),
        (notice([{"date": "2027-01-04", "is_off": False}]), "本来就是工作日"),
        (notice([{"date": "2027-01-04", "is_off": "yes"}]), "is_off 只能是 true 或 false"),
        (notice([DAYS[0], DAYS[0] | {"is_off": True, "name": "别的"}]), "前后写得不一样"),
        (notice(["2027-01-01"]), "第 1 条看不懂"),
    ],
)
def test_bad_notice(text, words):
    with pytest.raises(calendar.BadNotice, match=words):
        calendar.read_notice(text)


# --- local days -------------------------------------------------------------------------------


def test_local_day_set_and_dropped(hall, manager):
    entry = calendar.set_local_day(
        hall=hall, day=date(2026, 11, 28), kind="local_on", name="周六开放", by=manager
    )
    calendar.set_local_day(hall=hall, day=date(2026, 11, 28), kind="local_off", name="停电", by=manager)
    entry.refresh_from_db()

    assert (entry.kind, entry.name, CalendarDay.objects.filter(hall=hall).count()) == ("local_off", "停电", 1)

    calendar.drop_local_day(entry=entry, by=manager)

    assert [row.action for row in AuditEntry.objects.order_by("pk")] == [
        "calendar.local_set",
        "calendar.local_set",
        "calendar.local_dropped",
    ]


def test_state_day_is_not_dropped_here(manager):
    with pytest.raises(Refused):
        calendar.drop_local_day(entry=CalendarDay.objects.filter(hall=None).first(), by=manager)


def test_state_kind_is_not_local(hall, manager):
    with pytest.raises(Refused):
        calendar.set_local_day(hall=hall, day=date(2026, 11, 28), kind="off", name="x", by=manager)


# --- the command ------------------------------------------------------------------------------


def run(path, **options):
    out = io.StringIO()
    call_command("import_calendar", str(path), stdout=out, **options)
    return out.getvalue().splitlines()


def test_command_dry_run_shows_the_diff(db, tmp_path):
    path = tmp_path / "2027.json"
    path.write_text(notice(), encoding="utf-8")

    lines = run(path, dry_run=True)

    assert lines == [
        "2027 年：3 天有变化（没有保存）",
        "  2027-01-01  工作日 → 放假（元旦）",
        "  2027-01-02  休息日 → 放假（元旦）",
        "  2027-01-10  休息日 → 调休上班（元旦调休）",
    ]
    assert entries(2027) == []


def test_command_applies(db, tmp_path):
    path = tmp_path / "2027.json"
    path.write_text(notice(), encoding="utf-8")

    assert (run(path)[0], run(path)) == ("2027 年：3 天有变化", ["2027 年：没有变化"])


def test_command_json(db, tmp_path):
    path = tmp_path / "2027.json"
    path.write_text(notice(), encoding="utf-8")

    body = json.loads("".join(run(path, json=True)))

    assert (body["year"], len(body["changes"])) == (2027, 3)


def test_command_without_the_file(db, tmp_path):
    with pytest.raises(CommandError):
        run(tmp_path / "none.json")
