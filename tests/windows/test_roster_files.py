"""花名册: later files, and what other halls' papers look like."""

import csv
import io
from datetime import date

import openpyxl
import pytest

from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from tests.windows.papers import (
    DATA,
    HEAD,
    bring_in,
    person,
    sitting,
    workbook,
)
from windows.models import Posting, Staff, Window

# --- later files ------------------------------------------------------------------------------


def test_later_file_moves_someone_on_the_first_of_its_month(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person()), hall, month=date(2026, 10, 1))

    result = bring_in(workbook(tmp_path / "b.xlsx", person(window="105")), hall, month=date(2026, 11, 1))

    spans = Posting.objects.order_by("starts_on").values_list("window__code", "starts_on", "ends_on")
    assert (result.updated, list(spans)) == (
        1,
        [("101", date(2025, 3, 1), date(2026, 10, 31)), ("105", date(2026, 11, 1), None)],
    )


def test_older_file_does_not_take_back_a_later_move(hall, tmp_path):
    old = workbook(tmp_path / "a.xlsx", person())
    bring_in(old, hall, month=date(2026, 10, 1))
    bring_in(workbook(tmp_path / "b.xlsx", person(window="105")), hall, month=date(2026, 11, 1))

    result = bring_in(old, hall, month=date(2026, 10, 1))

    assert (result.unchanged, sitting(hall, "105", date(2026, 11, 1))) == (1, ["张三"])


def test_person_missing_from_a_later_file_is_listed_and_kept(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person(), person(no="G02", name="李四")), hall)

    result = bring_in(workbook(tmp_path / "b.xlsx", person()), hall)

    assert result.notes == ["花名册里没有、系统里在驻的 1 人，未作改动：李四（G02）"]
    assert Staff.objects.get(no="G02").left_on is None


def test_person_whose_row_is_refused_is_not_missing(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person(), person(no="G02", name="李四")), hall)

    result = bring_in(workbook(tmp_path / "b.xlsx", person(), person(no="G02", name="")), hall)

    assert (len(result.rejected), result.notes) == (1, [])


def test_later_file_corrects_texts(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person()), hall)

    result = bring_in(workbook(tmp_path / "b.xlsx", person(name="张叁", 考勤号="8")), hall)

    assert (result.updated, Staff.objects.get().name, Staff.objects.get().attendance_no) == (1, "张叁", "8")


def test_head_chosen_by_hand_stays(hall, tmp_path):
    path = workbook(tmp_path / "a.xlsx", person(岗位="首席代表"), person(no="G02", name="李四"))
    bring_in(path, hall)
    Posting.objects.filter(staff__no="G01").update(is_head=False)
    Posting.objects.filter(staff__no="G02").update(is_head=True)

    result = bring_in(path, hall)

    assert (result.unchanged, Posting.objects.get(is_head=True).staff.no) == (2, "G02")


def test_new_chief_takes_over(hall, tmp_path):
    bring_in(workbook(tmp_path / "a.xlsx", person(), person(no="G02", name="李四", 岗位="首席代表")), hall)
    changed = workbook(tmp_path / "b.xlsx", person(岗位="首席代表"), person(no="G02", name="李四"))

    result = bring_in(changed, hall)

    assert (result.updated, Posting.objects.get(is_chief=True, is_head=True).staff.no) == (2, "G01")
    assert bring_in(changed, hall).unchanged == 2


def test_leaver_by_note_loses_the_login_on_the_day(hall, tmp_path, clerk):
    bring_in(workbook(tmp_path / "a.xlsx", person()), hall)
    Staff.objects.update(user=clerk)

    bring_in(workbook(tmp_path / "b.xlsx", person(note="2026-10-20离岗退回原单位")), hall)

    assert clerk.role_grants.get().ends_on == date(2026, 10, 20)


def test_other_hall_with_the_same_numbers_is_left_alone(hall, other_hall, tmp_path):
    path = workbook(tmp_path / "a.xlsx", person())
    bring_in(path, other_hall)

    result = bring_in(path, hall)

    assert (result.created, Staff.objects.count(), Window.objects.count()) == (1, 2, 2)


def test_second_import_asks_few_queries(hall, tmp_path, django_assert_max_num_queries):
    rows = [person(no=f"G{n:03}", name=f"人{n}", window=f"{100 + n // 3}") for n in range(120)]
    path = workbook(tmp_path / "a.xlsx", *rows)
    bring_in(path, hall)

    with django_assert_max_num_queries(20):
        bring_in(path, hall)


def test_first_import_asks_few_queries(hall, tmp_path, django_assert_max_num_queries):
    rows = [person(no=f"G{n:03}", name=f"人{n}", window=f"{100 + n // 3}") for n in range(120)]

    with django_assert_max_num_queries(25):
        bring_in(workbook(tmp_path / "a.xlsx", *rows), hall)


# --- other halls' papers ----------------------------------------------------------------------


def test_xls_with_other_names_of_columns(hall):
    result = bring_in(DATA / "名册.xls", hall)

    people = Staff.objects.order_by("no").values_list("no", "name", "joined_on", "department__name")
    assert result.created == 2
    assert list(people) == [
        ("LL001", "张三", date(2025, 3, 1), "党政办"),
        ("LL002", "李四", date(2023, 3, 15), "党政办"),
    ]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_text_file_of_any_coding(hall, tmp_path, coding, sign):
    out = io.StringIO()
    csv.writer(out, delimiter=sign).writerows([["某中心人员"], HEAD, person(name="吕䶮荣"), []])
    path = tmp_path / "a.csv"
    path.write_bytes(out.getvalue().encode(coding))

    assert bring_in(path, hall).created == 1
    assert Staff.objects.get().name == "吕䶮荣"


def test_columns_in_another_order_on_several_sheets(hall, tmp_path):
    head = ["序号", "联系方式", "工作人员姓名", "进驻单位", "窗口类型", "窗口编号", "人员编号", "入驻日期"]
    book = openpyxl.Workbook()
    book.active.title = "填表说明"
    book.active.append(["请各单位于10月底前填报"])
    for number, title in enumerate(["一楼", "二楼"], 1):
        sheet = book.create_sheet(title)
        sheet.append([f"{title}人员名册"])
        sheet.append(head)
        sheet.append(
            [1, "1380000", "欧阳 娜娜", "民政局", "公共服务类", f"{number}01号窗口", f"A{number}", "2025/3/1"]
        )
        sheet.append(["小计", None, "1人"])
    path = tmp_path / "a.xlsx"
    book.save(path)

    result = bring_in(path, hall)

    assert (result.created, result.rejected) == (2, [])
    assert list(Window.objects.order_by("code").values_list("code", "name", "category")) == [
        ("101", "民政局窗口", "public_service"),
        ("201", "民政局窗口", "public_service"),
    ]
    assert set(Staff.objects.values_list("name", flat=True)) == {"欧阳娜娜"}


def test_sequence_number_is_not_taken_for_the_staff_number(hall, tmp_path):
    head = ["编号", *HEAD]

    bring_in(workbook(tmp_path / "a.xlsx", [1, *person()], head=head), hall)

    assert Staff.objects.get().no == "G01"


def test_window_written_once_for_its_people(hall, tmp_path):
    blank = dict.fromkeys(("楼层", "窗口号", "窗口名称", "派驻单位", "窗口类别"), "")
    rows = [person(), person(no="G02", name="李四", **blank), person(no="G03", name="王五", window="102")]

    result = bring_in(workbook(tmp_path / "a.xlsx", *rows), hall)

    assert (result.created, sitting(hall, "101", date(2026, 10, 8))) == (3, ["张三", "李四"])
    assert "有 1 行窗口列空白，按上一行的窗口读取。" in result.notes


def test_window_left_out_where_it_is_repeated(hall, tmp_path):
    blank = dict.fromkeys(("楼层", "窗口号", "窗口名称", "派驻单位", "窗口类别"), "")
    rows = [person(), person(no="G02", name="李四"), person(no="G03", name="王五", **blank)]

    result = bring_in(workbook(tmp_path / "a.xlsx", *rows), hall)

    assert [row["reason"] for row in result.rejected] == ["缺少窗口号"]


def test_person_known_by_hand_gets_a_posting(hall, tmp_path):
    department = DepartmentFactory(hall=hall, name="税务局")
    StaffFactory(department=department, no="G01", name="张三")

    bring_in(workbook(tmp_path / "a.xlsx", person(进驻时间="")), hall, month=date(2026, 10, 1))

    assert Posting.objects.get().starts_on == date(2026, 10, 1)


def test_person_who_left_is_not_posted_again(hall, tmp_path):
    department = DepartmentFactory(hall=hall, name="税务局")
    staff = StaffFactory(department=department, no="G01", name="张三", left_on=date(2026, 9, 1))
    PostingFactory(
        staff=staff, window=WindowFactory(department=department, code="101"), ends_on=date(2026, 9, 1)
    )

    result = bring_in(workbook(tmp_path / "a.xlsx", person()), hall, month=date(2026, 10, 1))

    assert "人员第 2 行：张三在系统里已于 2026-09-01 离开，没有改动。" in result.notes


def test_unit_and_category_of_a_new_window_may_stand_in_a_later_row(hall, tmp_path):
    first = person(派驻单位="", 窗口类别="")
    path = workbook(tmp_path / "a.xlsx", first, person(no="G02", name="李四"))

    results = [bring_in(path, hall).as_json() for _ in range(2)]

    assert results == [
        {
            "created": 2,
            "updated": 0,
            "unchanged": 0,
            "rejected": [],
            "notes": ["新增派驻单位 1 个，新增窗口 1 个。"],
        },
        {"created": 0, "updated": 0, "unchanged": 2, "rejected": []},
    ]
    assert [s.department.name for s in Staff.objects.filter(hall=hall).order_by("no")] == ["税务局", "税务局"]
