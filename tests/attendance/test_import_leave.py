"""`import_leave`: one row a person and half day, dates in any style, the second run changes nothing."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from attendance.models import Leave
from tests.factories.windows import StaffFactory

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"
HEAD = "日期,时段,工号,姓名,类别,批准人,备注\n"


@pytest.fixture
def person(hall):
    return StaffFactory(department__hall=hall, no="ZW0001", name="王丽")


def run(path, hall, *options):
    out = StringIO()
    call_command("import_leave", str(path), "--hall", hall.code, "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def take(tmp_path, hall, person):
    """Write a table under the usual head and import it."""

    def take(rows, *options, encoding="utf-8"):
        path = tmp_path / "请假.csv"
        path.write_bytes((HEAD + rows).encode(encoding))
        return run(path, hall, *options)

    return take


def kept():
    return list(
        Leave.objects.order_by("day", "half").values_list("day", "half", "kind", "is_outing", "approver")
    )


def test_one_row_as_it_stands(take):
    take("2026-10-09,上午,ZW0001,王丽,事假,窗口负责人,看病\n")

    assert kept() == [(date(2026, 10, 9), "am", "personal", False, "窗口负责人")]
    assert Leave.objects.get().note == "看病"


def test_an_outing_is_no_leave(take):
    take("2026-10-09,下午,ZW0001,王丽,因公外出,窗口负责人,\n")

    assert kept() == [(date(2026, 10, 9), "pm", "outing", True, "窗口负责人")]


def test_a_whole_day_is_two_half_days(take):
    assert take("2026-10-09,全天,ZW0001,王丽,年休假,,\n")["created"] == 2
    assert [row[1] for row in kept()] == ["am", "pm"]


@pytest.mark.parametrize("day", ["2026-10-09", "2026/10/9", "2026.10.9", "2026年10月9日", "10月9日"])
def test_dates_in_any_style(take, day):
    take(f"2026-10-12,上午,ZW0001,王丽,事假,,\n{day},上午,ZW0001,王丽,病假,,\n")

    assert kept()[0][:3] == (date(2026, 10, 9), "am", "sick")


def test_date_without_year_takes_the_month_asked(take):
    take("10月9日,上午,ZW0001,王丽,事假,,\n", "--month", "2025-10")

    assert kept()[0][0] == date(2025, 10, 9)


def test_second_run_changes_nothing_and_a_correction_updates(take):
    row = "2026-10-09,上午,ZW0001,王丽,{},窗口负责人,\n"
    first, second = take(row.format("事假")), take(row.format("事假"))
    third = take(row.format("病假"))

    counts = [(r["created"], r["updated"], r["unchanged"]) for r in (first, second, third)]
    assert counts == [(1, 0, 0), (0, 0, 1), (0, 1, 0)]
    assert kept()[0][2] == "sick"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-10-09,上午,ZW0009,王丽,事假,,", "花名册里没有工号“ZW0009”"),
        ("2026-10-09,上午,,王丽,事假,,", "没有工号"),
        ("2026-10-09,上午,ZW0001,赵磊,事假,,", "工号 ZW0001 是王丽，表里写的是赵磊"),
        ("2026-10-09,上午,ZW0001,王丽,想休息,,", "不认识的类别“想休息”"),
        ("2026-10-09,傍晚,ZW0001,王丽,事假,,", "时段要写上午、下午或全天，不是“傍晚”"),
        ("2026-02-30,上午,ZW0001,王丽,事假,,", "没有这一天“2026-02-30”"),
    ],
)
def test_bad_row_is_told_with_row_and_reason(take, row, reason):
    result = take(f"2026-10-08,上午,ZW0001,王丽,事假,,\n{row}\n")

    assert (result["created"], result["rejected"]) == (1, [{"row": 3, "reason": reason}])


def test_the_same_half_day_twice_in_a_file(take):
    row = "2026-10-09,上午,ZW0001,王丽,{},,\n"

    result = take(row.format("事假") + row.format("事假") + row.format("病假"))

    assert (result["created"], result["unchanged"]) == (1, 1)
    assert result["rejected"] == [{"row": 4, "reason": "同一个人同一时段在第 2 行已经登记为事假"}]


def test_gb18030(take):
    assert take("2026-10-09,上午,ZW0001,王丽,事假,,\n", encoding="gb18030")["created"] == 1


def test_names_with_blanks_are_the_same_person(take):
    assert take("2026-10-09,上午,ZW0001,王  丽,事假,,\n")["rejected"] == []


def test_all_or_nothing_and_dry_run_keep_nothing(take):
    good, bad = "2026-10-09,上午,ZW0001,王丽,事假,,\n", "2026-10-09,上午,ZW0002,王丽,事假,,\n"

    assert take(good, "--dry-run")["created"] == 1
    with pytest.raises(CommandError):
        take(good + bad, "--all-or-nothing")
    assert kept() == []


def test_the_shared_file(hall):
    sheet = openpyxl.load_workbook(DATA / "请假外出台账.xlsx").active
    for no, name in {(row[2], row[3]) for row in sheet.iter_rows(min_row=2, values_only=True)}:
        StaffFactory(department__hall=hall, no=no, name=name)

    first, second = (run(DATA / "请假外出台账.xlsx", hall) for _ in range(2))

    assert first == {"created": 68, "updated": 0, "unchanged": 0, "rejected": []}
    assert second == {"created": 0, "updated": 0, "unchanged": 68, "rejected": []}
    assert Leave.objects.filter(is_outing=True).count() == 22
