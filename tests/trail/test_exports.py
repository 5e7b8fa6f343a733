"""导出: exactly what the list shows, harmless in a spreadsheet, in memory that does not grow."""

import csv
import gc
import io
import tracemalloc
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.lists import ListKind, Sort
from tests.factories.accounts import HallFactory, UserFactory, person_with
from tests.factories.bulletins import counting_record
from tests.factories.windows import StaffFactory
from trail.models import AuditEntry, LongRun
from trail.services import exports as x
from trail.services.exports import Export, all_exports, csv_stream, harmless, write_xlsx
from trail.services.runs import do_run
from windows.models import Staff

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "\x00=1")
KIND = ListKind("of-tests", {"no": Sort("工号", "no")}, "no", noun="人员")


def cells(response):
    """The rows of a CSV answer, without the sign at its start."""
    body = b"".join(response.streaming_content).decode()
    assert body.startswith("\ufeff")
    return list(csv.reader(io.StringIO(body[1:])))


def sheet_rows(content):
    """The rows of a workbook's first sheet."""
    book = load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def people_export(*columns):
    return Export(KIND, "人员", ("roster.read",), lambda request: Staff.objects.all(), columns)


@given(st.text())
def test_no_text_is_taken_for_a_formula(value):
    shown = harmless(value)

    assert not shown or shown[0] not in "=+-@\t\r\n＝＋－＠"
    assert shown.removeprefix("'") == x.ILLEGAL_CHARACTERS_RE.sub("", value).removeprefix("'")


@given(st.lists(st.one_of(st.none(), st.text(), st.sampled_from(FORMULAS)), min_size=1))
def test_a_column_is_as_harmless_as_its_cells(values):
    assert list(x.text("", "").start()(values)) == [harmless(value) if value else "" for value in values]


@given(st.lists(st.tuples(st.text(), st.none() | st.integers(), st.text()), min_size=1))
def test_a_file_reads_back_as_it_was_written(rows):
    written = x._csv_lines(list(zip(*rows, strict=True)))

    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read == [["" if cell is None else str(cell) for cell in row] for row in rows]


@pytest.mark.parametrize("value", FORMULAS)
def test_every_known_beginning_of_a_formula_is_quoted(value):
    assert harmless(value)[0] == "'"


@pytest.mark.parametrize("value", [-2, 0, 1.5, None, True, date(2026, 11, 22)])
def test_what_is_no_text_stays_as_it_is(value):
    assert harmless(value) is value


def test_points_stay_numbers_below_zero(db):
    assert x.points_of([-200, -150, 0, 25, None]) == [-2, -1.5, 0, 0.25, None]


def test_a_moment_is_in_the_halls_time():
    column = x.moment("时间", "at")
    at = datetime(2026, 11, 21, 17, 30, 15, tzinfo=UTC)

    assert column.as_text.start()([at, None]) == ["2026-11-22 01:30", None]
    assert column.start()([at, None]) == [datetime(2026, 11, 22, 1, 30, 15), None]  # noqa: DTZ001 - a cell


@pytest.fixture
def ledger(hall, rulebook, staff, manager):
    """Three records that count; one has a note that a spreadsheet would run."""
    notes = ["", "=HYPERLINK(1)", "第三条"]
    return [
        counting_record(hall, since=f"2026-11-0{n} 10:00", by=manager, staff=staff, note=notes[n - 1])
        for n in (1, 2, 3)
    ]


def test_csv_holds_the_rows_and_words_of_the_page(client, ledger, manager):
    client.force_login(manager)

    head, *rows = cells(client.get("/exports/findings.csv?sort=at"))

    assert [row[head.index("编号")] for row in rows] == [record.number for record in ledger]
    assert {row[head.index("状态")] for row in rows} == {record.get_status_display() for record in ledger}
    assert [row[head.index("说明")] for row in rows] == ["", "'=HYPERLINK(1)", "第三条"]
    assert float(rows[0][head.index("分值")]) < 0


def test_workbook_holds_numbers_moments_and_what_was_asked(client, ledger, manager):
    client.force_login(manager)

    content = b"".join(client.get("/exports/findings.xlsx?sort=at&q=王丽").streaming_content)

    head, *rows = sheet_rows(content)
    assert [type(rows[0][head.index(title)]) for title in ("分值", "发生时间")] == [int, datetime]
    assert rows[1][head.index("说明")] == "'=HYPERLINK(1)"
    about = [row[0] for row in load_workbook(io.BytesIO(content))["说明"].iter_rows(values_only=True)]
    assert about[:2] == ["青禾区政务服务中心 问题台账", "条件：关键词：王丽"]


def test_conditions_of_the_address_are_those_of_the_page(client, ledger, manager):
    client.force_login(manager)
    query = f"q={ledger[1].number}"

    page = client.get(f"/findings/?{query}").context["listing"]
    rows = cells(client.get(next(file.url for file in page.exports if file.label == "CSV")))

    assert [row[0] for row in rows[1:]] == [row.number for row in page.rows] == [ledger[1].number]


def test_an_empty_export_has_its_head(client, ledger, manager):
    client.force_login(manager)

    assert len(cells(client.get("/exports/findings.csv?q=没有的词"))) == 1
    workbook = client.get("/exports/findings.xlsx?q=没有的词")
    assert len(sheet_rows(b"".join(workbook.streaming_content))) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_file_name_is_chinese(client, ledger, manager, form):
    client.force_login(manager)

    disposition = client.get(f"/exports/findings.{form}").headers["Content-Disposition"]

    assert disposition.startswith("attachment; filename*=utf-8''")
    name = unquote(disposition.partition("''")[2])
    assert name.startswith("问题台账-青禾区政务服务中心-2")
    assert name.endswith(f".{form}")


@pytest.mark.parametrize(
    ("query", "words"), [("status=moon", "状态：moon"), ("from=yesterday", "从"), ("sort=secret", "secret")]
)
def test_what_cannot_be_read_exports_nothing(client, ledger, manager, query, words):
    client.force_login(manager)

    response = client.get(f"/exports/findings.csv?{query}")

    assert response.status_code == 400
    assert words in response.content.decode()
    assert not AuditEntry.objects.filter(action="list.exported").exists()


@pytest.mark.parametrize(
    "path", ["/exports/secrets.csv", "/exports/findings.pdf", "/exports/findings.csv?hall=x"]
)
def test_what_does_not_exist_is_not_found(client, ledger, manager, path):
    client.force_login(manager)
    assert client.get(path).status_code == 404


def test_the_trace_says_who_took_what(client, ledger, manager, hall):
    client.force_login(manager)

    cells(client.get("/exports/findings.csv?q=王丽"))

    entry = AuditEntry.objects.get(action="list.exported")
    assert (entry.by, entry.hall) == (manager, hall)
    assert entry.after == {"list": "问题台账", "format": "csv", "rows": 3, "conditions": ["关键词：王丽"]}


@pytest.mark.parametrize("export", all_exports(), ids=lambda export: export.kind.key)
def test_stranger_and_wrong_role_are_refused(client, hall, inspector, export):
    url = reverse("trail:export", args=[export.kind.key, "csv"])

    assert client.get(url).status_code == 302
    client.force_login(inspector)
    if export.permissions and not inspector.can_any(export.permissions):
        assert client.get(url).status_code == 403


def test_another_hall_gets_none_of_our_rows(client, ledger, outsider):
    client.force_login(outsider)

    assert len(cells(client.get("/exports/findings.csv"))) == 1
    assert client.get("/exports/findings.csv?hall=qinghe").status_code == 404


def test_the_one_concerned_gets_his_own_rows_only(client, ledger, hall, manager, clerk, colleague):
    mine = counting_record(hall, since="2026-11-05 10:00", by=manager, staff=colleague.staff)
    client.force_login(colleague)

    rows = cells(client.get("/exports/findings.csv"))

    assert [row[0] for row in rows[1:]] == [mine.number]


def test_covert_finders_stay_unnamed(client, ledger, manager, hall):
    record = ledger[0]
    type(record).objects.filter(pk=record.pk).update(source="covert", finder_name="监督员07")
    client.force_login(manager)

    head, *rows = cells(client.get("/exports/findings.csv?sort=at"))

    assert rows[0][head.index("记录人")] == "督查（暗访）"


def test_queries_do_not_grow_with_rows(hall, rulebook, staff, manager, django_assert_num_queries):
    (export,) = (one for one in all_exports() if one.kind.key == "findings")
    model = type(counting_record(hall, since="2026-11-02 10:00", by=manager, staff=staff))

    def fill(count):
        for _ in range(count):
            counting_record(hall, since="2026-11-02 10:00", by=manager, staff=staff)

    for more in (0, 4):
        fill(more)
        with django_assert_num_queries(4):  # rows, halls, versions, prices
            list(csv_stream(export, model.objects.order_by("pk")))
        from violations import tariff  # noqa: PLC0415 - the price list of a process is begun anew

        tariff._PRICE_LISTS.clear()


def test_memory_does_not_grow_with_rows(department):
    def peak():
        gc.collect()
        tracemalloc.start()
        for _ in csv_stream(export, Staff.objects.order_by("pk")):
            pass
        write_xlsx(export, Staff.objects.order_by("pk"), io.BytesIO())
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    export = people_export(x.text("工号", "no"), x.text("姓名", "name"), x.text("单位", "department__name"))
    one = StaffFactory(department=department)

    def fill(first, last):
        Staff.objects.bulk_create(
            Staff(hall=one.hall, department=department, no=f"N{n}", name=f"人员{n}")
            for n in range(first, last)
        )

    fill(0, 2_000)
    peak()
    small = peak()
    fill(2_000, 10_000)

    assert peak() < 1.6 * small + 1_000_000


def test_rows_beyond_a_sheet_go_on_in_the_next(department, monkeypatch):
    monkeypatch.setattr(x, "SHEET_ROWS", 2)
    StaffFactory.create_batch(5, department=department)
    file = io.BytesIO()

    write_xlsx(people_export(x.text("工号", "no")), Staff.objects.order_by("pk"), file, notes=["=1"])

    book = load_workbook(file)
    assert [sheet.max_row for sheet in book.worksheets] == [3, 3, 2, 1]
    assert book["说明"]["A1"].value == "'=1"


def test_who_listens_hears_how_far_it_is(department):
    StaffFactory.create_batch(3, department=department)
    heard = []

    list(csv_stream(people_export(x.text("工号", "no")), Staff.objects.all(), noted=heard.append))

    assert heard == [3]


@pytest.mark.parametrize("role", ["admin", "manager", "supervisor"])
def test_every_export_runs_in_both_forms(client, hall, rulebook, ledger, role):
    person = person_with(role, HallFactory(code=f"x-{role}"))
    user = UserFactory()
    assert user.pk
    client.force_login(person)
    wrong = []
    for export in all_exports():
        if not person.can_any(export.permissions or ("hall.read",)) or export.params:
            continue
        for form in ("csv", "xlsx"):
            response = client.get(reverse("trail:export", args=[export.kind.key, form]))
            body = b"".join(response.streaming_content) if response.streaming else b""
            if response.status_code != 200 or not body:
                wrong.append((export.kind.key, form, response.status_code))

    assert wrong == []


def test_many_rows_are_written_by_a_worker(client, ledger, manager, settings):
    settings.EXPORT_DIRECT_ROWS = 2
    client.force_login(manager)

    response = client.get("/exports/findings.csv?q=王丽&sort=at")
    do_run(LongRun.objects.get().pk)

    run = LongRun.objects.get()
    assert response.headers["Location"] == run.get_absolute_url()
    assert (run.status, run.title, run.words) == ("done", "导出问题台账（CSV）", "共 3 条。")
    rows = cells(client.get(f"{run.get_absolute_url()}file/"))
    assert [row[0] for row in rows[1:]] == [record.number for record in ledger]
    entry = AuditEntry.objects.get(action="list.exported")
    assert (entry.by, entry.after["rows"], entry.after["conditions"]) == (manager, 3, ["关键词：王丽"])


def test_a_role_that_has_ended_gets_no_file(client, ledger, manager, settings, hall):
    settings.EXPORT_DIRECT_ROWS = 2
    client.force_login(manager)
    client.get("/exports/findings.xlsx")
    LongRun.objects.update(status="waiting", result=None, finished_at=None)
    manager.role_grants.update(role="inspector")

    do_run(LongRun.objects.get().pk)

    run = LongRun.objects.get()
    assert (run.status, run.result, run.words) == ("failed", None, "你现在没有权限打开这个列表。")


@pytest.mark.parametrize("of", ["", "abc", "0"])
def test_list_of_one_thing_without_the_thing_is_not_found(client, manager, of):
    client.force_login(manager)
    asked = [(export.kind.key, name) for export in all_exports() for name in export.params]

    codes = {key: client.get(f"/exports/{key}.csv?{name}={of}").status_code for key, name in asked}

    assert [key for key, code in codes.items() if code >= 500] == []
