"""花名册: rows that are refused, and what notes say."""

from datetime import date

import pytest

from tests.factories.windows import StaffFactory, WindowFactory
from tests.windows.papers import HEAD, bring_in, person, workbook
from trail.services.imports import RowsRefused
from windows.models import Posting, Staff, Window

NO_CATEGORY = "缺少窗口类别（202 是新窗口，请在表里加一列，或先在“窗口”里建好）"

# --- rows that are refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (person(no=""), "缺少工号"),
        (person(name=" "), "缺少姓名"),
        (person(window=""), "缺少窗口号"),
        (person(name="张" * 41), "姓名太长（最多 40 个字）"),
        (person(窗口类别="娱乐"), "不认识的窗口类别“娱乐”，应为行政执法、公共服务、经济和社会管理"),
        (person(window="202", 窗口类别="", 派驻单位="新单位"), NO_CATEGORY),
        (person(window="202", 派驻单位=""), "缺少派驻单位"),
        (person(窗口类别="公共服务"), "窗口 101 的类别与人员第 2 行不一致（行政执法／公共服务）"),
        (person(no="G01", name="李四"), "工号 G01 重复，人员第 2 行已有"),
        (person(考勤号=7.0), "考勤号 7 重复，人员第 2 行已有"),
        (person(进驻时间="去年"), "进驻时间：看不懂的日期“去年”"),
        (person(no="=1+1"), "缺少工号"),  # a formula without a result
    ],
)
def test_refused_row(hall, tmp_path, row, reason):
    first = person(考勤号="7")
    row = [
        ("G02" if key == "工号" and value == "G01" and "工号 G01" not in reason else value)
        for key, value in zip(HEAD, row, strict=True)
    ]

    result = bring_in(workbook(tmp_path / "a.xlsx", first, row), hall)

    assert result.rejected == [{"row": 3, "reason": reason, "sheet": "人员"}]
    assert result.created == 1


def test_refused_rows_stand_as_in_the_file(hall, tmp_path):
    rows = [person(window="202", 派驻单位=""), person(no="")]

    result = bring_in(workbook(tmp_path / "a.xlsx", *rows, sheets=("一楼", "二楼")), hall)

    assert [(row["sheet"], row["row"]) for row in result.rejected] == [
        ("一楼", 2),
        ("一楼", 3),
        ("二楼", 2),
        ("二楼", 3),
    ]


def test_all_or_nothing_carries_the_result(hall, tmp_path):
    path = workbook(tmp_path / "a.xlsx", person(), person(no=""))

    with pytest.raises(RowsRefused) as caught:
        bring_in(path, hall, all_or_nothing=True)

    assert (len(caught.value.result.rejected), Window.objects.count()) == (1, 0)


def test_attendance_number_of_somebody_else(hall, tmp_path):
    StaffFactory(department__hall=hall, no="ALT", name="王五", attendance_no="7")

    result = bring_in(workbook(tmp_path / "a.xlsx", person(考勤号=7)), hall)

    assert result.rejected == [{"row": 2, "reason": "考勤号 7 已是王五（ALT）的", "sheet": "人员"}]


def test_attendance_numbers_swapped(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person(考勤号=1), person(no="G02", name="李四", 考勤号=2)), hall)

    result = bring_in(
        workbook(tmp_path / "b.xlsx", person(考勤号=2), person(no="G02", name="李四", 考勤号=1)), hall
    )

    assert (result.updated, result.rejected) == (2, [])
    assert list(Staff.objects.order_by("no").values_list("attendance_no", flat=True)) == ["2", "1"]


def test_closed_window(hall, tmp_path):
    WindowFactory(department__hall=hall, code="101", closed_on=date(2026, 1, 31))

    result = bring_in(workbook(tmp_path / "a.xlsx", person()), hall, month=date(2026, 10, 1))

    assert [row["reason"] for row in result.rejected] == ["窗口 101 已停用，请先在设置里重新启用"]


# --- notes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("note", "left_on", "kind"),
    [
        ("2026-10-20离岗退回原单位", date(2026, 10, 20), "sent_back"),
        ("2026.10.20离岗，退回原单位", date(2026, 10, 20), "sent_back"),
        ("2026年10月21日起由101号窗口退回原单位", date(2026, 10, 20), "sent_back"),
        ("于2026年10月20日退回派出单位。", date(2026, 10, 20), "sent_back"),
        ("10月20日调离", date(2026, 10, 20), "left"),
        ("10月20日起离岗", date(2026, 10, 19), "left"),
        ("１０月２０日 离岗", date(2026, 10, 20), "left"),
    ],
)
def test_note_of_leaving(hall, tmp_path, note, left_on, kind):
    bring_in(workbook(tmp_path / "a.xlsx", person(note=note)), hall, month=date(2026, 10, 1))

    staff = Staff.objects.get()
    assert (staff.left_on, staff.postings.get().ends_on) == (left_on, left_on)
    assert staff.events.filter(kind=kind).count() == 1


@pytest.mark.parametrize(
    "note",
    [
        "2026-10-19起调整到102窗口",
        "10月19日调至102号窗口",
        "自2026/10/19起由101窗口调整到102窗口；党员先锋岗",
    ],
)
def test_note_of_moving(hall, tmp_path, note):
    path = workbook(tmp_path / "a.xlsx", person(note=note), person(no="G02", name="李四", window="102"))

    bring_in(path, hall, month=date(2026, 10, 1))

    spans = (
        Staff.objects.get(no="G01")
        .postings.order_by("starts_on")
        .values_list("window__code", "starts_on", "ends_on")
    )
    assert list(spans) == [
        ("101", date(2025, 3, 1), date(2026, 10, 18)),
        ("102", date(2026, 10, 19), None),
    ]


@pytest.mark.parametrize("note", ["可能年底轮换", "2026-10-40离岗", "党员先锋岗", "下月起调整到102窗口"])
def test_note_that_is_not_understood_is_listed(hall, tmp_path, note):
    result = bring_in(workbook(tmp_path / "a.xlsx", person(note=note)), hall)

    assert f"人员第 2 行的备注没有识别出变动，只作文字保存：{note}" in result.notes
    assert (Staff.objects.get().note, Staff.objects.get().left_on) == (note, None)


def test_note_of_moving_to_an_unknown_window(hall, tmp_path):
    result = bring_in(workbook(tmp_path / "a.xlsx", person(note="2026-10-19起调整到999窗口")), hall)

    assert "人员第 2 行：备注里的 999 窗口不存在，没有调整。" in result.notes
    assert Posting.objects.count() == 1


def test_note_of_joining_that_disagrees(hall, tmp_path):
    result = bring_in(workbook(tmp_path / "a.xlsx", person(note="2025-03-05新进驻")), hall)

    assert "人员第 2 行：备注写 2025-03-05 进驻，进驻时间列是 2025-03-01，按进驻时间列。" in result.notes


def test_day_without_a_year_takes_it_from_the_month(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person(进驻时间="10月8日")), hall, month=date(2024, 10, 1))

    assert Staff.objects.get().joined_on == date(2024, 10, 8)


def test_day_without_a_year_takes_it_from_its_column(hall, tmp_path):
    rows = [person(no=f"G{n}", name=f"人{n}", 进驻时间="2023-05-01") for n in range(3)]
    bring_in(workbook(tmp_path / "a.xlsx", *rows, person(no="G9", 进驻时间="10月8日")), hall)

    assert Staff.objects.get(no="G9").joined_on == date(2023, 10, 8)
