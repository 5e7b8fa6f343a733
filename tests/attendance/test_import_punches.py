"""`import_punches`: good lines go in once, bad ones are told with row and reason."""

import json
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Punch
from tests.factories.attendance import moment
from tests.factories.windows import StaffFactory
from trail.models import ImportRun

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def person(hall):
    return StaffFactory(department__hall=hall, no="ZW0007", attendance_no="7")


def run(path, hall, *options):
    out = StringIO()
    call_command("import_punches", str(path), "--hall", hall.code, "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def take(tmp_path, hall, person):
    """Write a file and import it."""

    def take(text, *options, name="attlog.dat", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return run(path, hall, *options)

    return take


def test_the_shared_file_twice(hall):
    for number in range(1, 94):
        StaffFactory(department__hall=hall, attendance_no=str(number))

    first = run(DATA / "attlog.dat", hall)
    second = run(DATA / "attlog.dat", hall)

    assert (first["created"], first["updated"], first["unchanged"]) == (6558, 0, 109)
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, 6667)
    assert first["rejected"] == second["rejected"]
    assert [(bad["row"], bad["reason"][:8]) for bad in first["rejected"]] == [
        (41, "花名册里没有考勤"),
        (91, "考勤机时钟没有校"),
        (121, "这一行不完整或看"),
    ]
    assert Punch.objects.count() == 6558


def test_punch_keeps_its_line_its_source_and_its_person(take, person):
    take("        7\t2026-10-12 08:21:35\t1\t255\t4\t0\r\n")

    punch = Punch.objects.get()
    assert (punch.staff, punch.attendance_no, punch.at) == (person, "7", moment("2026-10-12 08:21:35"))
    assert punch.raw == "        7\t2026-10-12 08:21:35\t1\t255\t4\t0"
    assert (punch.source, len(punch.source_id)) == ("file", 12)


def test_an_overlapping_later_file_adds_only_what_is_new(take):
    take("7\t2026-10-12 08:21:35\n7\t2026-10-12 12:01:00\n")

    result = take("7\t2026-10-12 12:01:00\n7\t2026-10-12 13:20:00\n")

    assert (result["created"], result["unchanged"]) == (1, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7\t1971-01-01 00:03:11", "考勤机时钟没有校准：1971-01-01 00:03:11"),
        ("7\t2000-01-01 00:03:11", "考勤机时钟没有校准：2000-01-01 00:03:11"),
        ("7\t2099-10-12 08:00:00", "打卡时间在将来，考勤机时钟可能没有校准：2099-10-12 08:00:00"),
        ("8\t2026-10-12 08:00:00", "花名册里没有考勤号“8”"),
        ("07\t2026-10-12 08:00:00", "花名册里没有考勤号“07”"),
        ("7\t2026-10-12 08:0", "这一行不完整或看不懂：7\t2026-10-12 08:0"),
    ],
)
def test_bad_line_is_told_with_row_and_reason(take, line, reason):
    result = take(f"7\t2026-10-12 08:21:35\n{line}\n")

    assert result == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": [{"row": 2, "reason": reason}],
    }


def test_number_of_another_hall_is_unknown_here(take, other_hall):
    StaffFactory(department__hall=other_hall, attendance_no="55")

    assert take("55\t2026-10-12 08:21:35\n")["created"] == 0


def test_dry_run_keeps_nothing(take):
    assert take("7\t2026-10-12 08:21:35\n", "--dry-run")["created"] == 1
    assert (Punch.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_all_or_nothing_refuses_all(take):
    with pytest.raises(CommandError) as refused:
        take("7\t2026-10-12 08:21:35\n8\t2026-10-12 08:21:35\n", "--all-or-nothing")

    assert (refused.value.returncode, Punch.objects.count()) == (1, 0)


def test_gb18030_with_crlf(take):
    result = take("考勤号\t时间\t方式\r\n7\t2026-10-12 08:21:35\t指纹\r\n", encoding="gb18030")

    assert (result["created"], result["rejected"]) == (1, [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "table",
    [
        "姓名,考勤号,打卡时间\n王丽,7,2026-10-12 08:21\n",
        "考勤号,日期,时间\n7,2026/10/12,8:21\n",
        "工号,姓名,日期,时间\nZW0007,王丽,10月12日,08:21:00\n合计,1,,\n",
    ],
)
def test_tables_of_vendors(take, table, encoding):
    result = take(table, "--month", "2026-10", name="打卡.csv", encoding=encoding)

    assert (result["created"], result["rejected"]) == (1, [])
    assert [(p.attendance_no, p.at) for p in Punch.objects.all()] == [("7", moment("2026-10-12 08:21:00"))]


def test_workbook(tmp_path, hall, person):
    book = openpyxl.Workbook()
    for row in [
        ("10月打卡记录",),
        ("考勤号", "打卡时间"),
        (7, moment("2026-10-12 08:21:35").replace(tzinfo=None)),
    ]:
        book.active.append(row)
    book.save(tmp_path / "打卡.xlsx")

    assert run(tmp_path / "打卡.xlsx", hall)["created"] == 1


def test_table_row_that_cannot_be_read(take):
    result = take("姓名,考勤号,打卡时间\n王丽,7,昨天\n", name="打卡.csv")

    assert result["rejected"] == [{"row": 2, "reason": "看不懂的时间“昨天”"}]


def test_missing_file_and_unknown_hall_say_so(tmp_path, hall):
    with pytest.raises(CommandError, match="找不到文件"):
        run(tmp_path / "none.dat", hall)
    with pytest.raises(CommandError, match="没有代码为“nowhere”的大厅"):
        call_command(
            "import_punches", str(DATA / "attlog.dat"), "--hall", "nowhere", "--json", stdout=StringIO()
        )


def test_punches_cannot_be_changed_or_removed(take):
    take("7\t2026-10-12 08:21:35\n")
    punch = Punch.objects.get()

    for act in (punch.save, punch.delete, Punch.objects.all().delete, lambda: Punch.objects.update(raw="")):
        with pytest.raises(TypeError, match="append-only"):
            act()


def queries_of(take, count):
    lines = "".join(f"7\t2026-10-12 08:{n // 60:02d}:{n % 60:02d}\n" for n in range(count))
    with CaptureQueriesContext(connection) as queries:
        take(lines)
    return sum(q["sql"].startswith("SELECT") for q in queries.captured_queries)


def test_reading_queries_do_not_grow_with_the_file(take):
    assert queries_of(take, 1) == queries_of(take, 1500)
