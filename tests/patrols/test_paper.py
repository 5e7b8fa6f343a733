"""The ledger on paper, brought in."""

import json
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Hall
from patrols.models import Finding, Round, Visit
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from trail.models import ImportRun
from violations.evidence import evidence_for
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"
HEAD = "巡查日期,时间,窗口号,姓名,发现问题"
ACTS = {
    "other_post": "chatting_at_other_post",
    "doze": "dozing",
    "game": "playing_games",
    "away": "absent_from_post",
    "late_or_away": "absent_from_post",
    "outsider": "bringing_outsiders",
    "attitude": "rude_attitude",
    "snack": "eating",
    "dirty": "untidy_window",
}


def run(path, hall="qinghe", **options):
    out = StringIO()
    call_command("import_patrols", path, hall=hall, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


@pytest.fixture
def ledger(tmp_path, rulebook, window, staff):
    """`ledger("2026-10-08,9:30,A05,王丽,打瞌睡")`: a file with these lines under the usual head."""

    def write(*lines, head=HEAD, encoding="utf-8", name="a.csv"):
        path = tmp_path / name
        path.write_bytes("\r\n".join([head, *lines]).encode(encoding))
        return path

    return write


def reasons(answer):
    return [row["reason"] for row in answer["rejected"]]


# --- the shared month -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers():
    return json.loads((DATA / "answers.json").read_text(encoding="utf-8"))


@pytest.fixture
def real_hall(db):
    call_command(
        "import_roster",
        DATA / "花名册.xlsx",
        hall="real",
        hall_name="样例大厅",
        month="2026-10",
        stdout=StringIO(),
    )
    call_command("load_rulebook", "violations/rulebooks/maiji.yaml", hall="real", verbosity=0)
    return Hall.objects.get(code="real")


def test_the_shared_file_gives_its_findings(real_hall, answers):
    answer = run(DATA / "巡查记录.csv", "real", month="2026-10")

    wanted = Counter()
    for words, count in answers["patrol_findings"].items():
        wanted[ACTS[words]] += count
    assert (answer["created"], answer["rejected"]) == (sum(wanted.values()), [])
    assert Counter(Finding.objects.values_list("act__code", flat=True)) == wanted
    assert set(ConductRecord.objects.values_list("status", "source")) == {("confirmed", "import")}


def test_the_shared_file_twice_changes_nothing(real_hall):
    run(DATA / "巡查记录.csv", "real", month="2026-10")
    before = (ConductRecord.objects.count(), Round.objects.count(), Visit.objects.count())

    answer = run(DATA / "巡查记录.csv", "real", month="2026-10")

    assert (answer["created"], answer["unchanged"]) == (0, 84)
    assert (ConductRecord.objects.count(), Round.objects.count(), Visit.objects.count()) == before


def test_the_shared_file_on_trial_leaves_nothing(real_hall):
    answer = run(DATA / "巡查记录.csv", "real", month="2026-10", dry_run=True)

    assert (answer["created"], ConductRecord.objects.count(), Round.objects.count()) == (84, 0, 0)


def test_people_sit_where_they_sat_that_day(real_hall):
    run(DATA / "巡查记录.csv", "real", month="2026-10")

    for finding in Finding.objects.exclude(staff=None).select_related("visit", "staff"):
        posted = finding.staff.postings.on(finding.visit.round.day).values_list("window", flat=True)
        assert finding.visit.window_id in posted


# --- what a line becomes ----------------------------------------------------------------------


def test_line_becomes_a_round_a_visit_and_a_decided_record(ledger, staff, window):
    head = "日期,时间,时段,巡查人,窗口号,姓名,发现问题,处理情况"
    run(ledger("2026/10/8,11:52,上午,值班员甲,A05,王 丽,打瞌睡,当场纠正", head=head))

    finding = Finding.objects.get()
    round_, record = finding.visit.round, finding.record
    assert (round_.kind, round_.walker, round_.is_imported, round_.number) == (
        "morning",
        "值班员甲",
        True,
        "XC-20261008-001",
    )
    assert (record.staff, record.window, record.day, record.note) == (
        staff,
        window,
        date(2026, 10, 8),
        "打瞌睡（当场纠正）",
    )
    assert (record.status, record.countable_at, record.finder_name) == ("confirmed", record.at, "值班员甲")


def test_evidence_of_an_imported_record_names_the_paper(ledger):
    run(ledger("2026-10-08,9:30,A05,王丽,打瞌睡"))
    record = ConductRecord.objects.get()

    assert evidence_for([record])[record.pk].label == "上午轮（纸面台账） XC-20261008-001，纸面台账"


def test_proposals_are_drafts(ledger):
    run(ledger("2026-10-08,9:30,A05,王丽,打瞌睡"), as_proposals=True)

    assert ConductRecord.objects.get().status == "draft"


def test_empty_name_means_the_whole_window(ledger):
    run(ledger("2026-10-08,9:30,A05,,窗口办公区不整洁"))

    assert (Finding.objects.get().staff, ConductRecord.objects.get().subject) == (None, "window")


def test_number_in_the_words_stays_open(ledger):
    run(ledger('2026-10-08,9:30,A05,王丽,"无故离岗,29分钟后返回"'))

    assert ConductRecord.objects.get().act.code == "absent_from_post"


def test_person_of_another_window_is_found_in_the_hall(ledger, second_window):
    run(ledger("2026-10-08,9:30,A06,王丽,串岗聊天"))

    finding = Finding.objects.get()
    assert (finding.staff.name, finding.record.window) == ("王丽", second_window)


def test_line_that_says_all_was_well_is_a_visit(ledger):
    path = ledger("2026-10-08,9:30,A05,,无问题")

    assert [run(path)["created"], run(path)["unchanged"]] == [1, 1]
    assert (Visit.objects.get().result, ConductRecord.objects.count()) == ("ok", 0)


def test_double_line_counts_once_as_unchanged(ledger):
    line = "2026-10-08,9:30,A05,王丽,打瞌睡"

    answer = run(ledger(line, line))

    assert (answer["created"], answer["unchanged"], answer["rejected"]) == (1, 1, [])


def test_day_and_time_in_one_cell_in_words(ledger):
    answer = run(ledger("2026年10月8日下午3点10分,A05,王丽,打瞌睡", head="督查时间,工位号,责任人,督查情况"))

    at = timezone.localtime(ConductRecord.objects.get().at)
    assert (answer["rejected"], f"{at:%Y-%m-%d %H:%M}") == ([], "2026-10-08 15:10")


# --- what is rejected -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2026-10-08,9:30,Z99,王丽,打瞌睡", "没有窗口“Z99”"),
        ("2026-10-08,9:30,A05,查无此人,打瞌睡", "2026-10-08 大厅里没有“查无此人”"),
        ("2026-10-08,9:30,A05,王丽、孙婷,打瞌睡", "“王丽、孙婷”像是几个人，请一人写一行"),
        ("2026-10-08,9:30,A05,王丽,唱歌", "对不上条款：“唱歌”。可在“常用说法”里加上这种说法再导入一次"),
        ("2026-10-08,9:30,A05,,打瞌睡", "“打瞌睡”是记在人身上的，没有写姓名"),
        ("2026-10-08,9:30,A05,王丽,", "没有写发现的问题"),
        ("2026-10-08,9:30,,王丽,打瞌睡", "没有写窗口号"),
        ("2026-10-08,,A05,王丽,打瞌睡", "没有时间"),
        ("2026-10-08,二十五点,A05,王丽,打瞌睡", "看不懂的时间“二十五点”"),
        ("2026-13-08,9:30,A05,王丽,打瞌睡", "没有这一天“2026-13-08”"),
        ("2099-10-08,9:30,A05,王丽,打瞌睡", "2099-10-08 09:30 在将来"),
    ],
)
def test_line_that_cannot_be_entered(ledger, line, words):
    answer = run(ledger(line, "2026-10-08,10:00,A05,王丽,打瞌睡"))

    assert (answer["created"], answer["rejected"]) == (1, [{"row": 2, "reason": words}])


def test_day_outside_the_month(ledger):
    answer = run(ledger("2026-09-30,9:30,A05,王丽,打瞌睡"), month="2026-10")

    assert reasons(answer) == ["2026-09-30 不在 2026-10 这个月"]


def test_two_people_of_one_name_elsewhere_are_ambiguous(ledger, second_window, department):
    for n in range(2):
        person = StaffFactory(department=department, no=f"X{n}", name="李娜")
        PostingFactory(window=WindowFactory(department=department), staff=person)

    answer = run(ledger("2026-10-08,9:30,A06,李娜,打瞌睡"))

    assert reasons(answer) == ["那天大厅里有不止一个“李娜”，请核对窗口号"]


def test_person_who_had_left_is_not_in_the_hall(ledger, staff):
    staff.postings.update(ends_on=date(2026, 10, 7))

    assert reasons(run(ledger("2026-10-08,9:30,A05,王丽,打瞌睡"))) == ["2026-10-08 大厅里没有“王丽”"]


def test_one_bad_line_refuses_all_when_asked(ledger):
    path = ledger("2026-10-08,9:30,A05,王丽,打瞌睡", "2026-10-08,9:30,Z99,王丽,打瞌睡")

    with pytest.raises(CommandError) as error:
        run(path, all_or_nothing=True)

    assert (error.value.returncode, ConductRecord.objects.count(), ImportRun.objects.count()) == (1, 0, 0)


def test_hall_without_a_rulebook(hall, staff, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"{HEAD}\n2026-10-08,9:30,A05,王丽,打瞌睡\n", encoding="utf-8")

    with pytest.raises(CommandError, match="没有现行的考核细则"):
        run(path)


# --- how ledgers are written ------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_encodings(ledger, encoding):
    assert run(ledger("2026-10-08,9:30,A05,王丽,打瞌睡", encoding=encoding))["created"] == 1


@pytest.mark.parametrize("sign", [";", "\t"])
def test_separators(ledger, sign):
    path = ledger("2026-10-08,9:30,A05,王丽,打瞌睡".replace(",", sign), head=HEAD.replace(",", sign))

    assert run(path)["created"] == 1


@pytest.mark.parametrize(
    "day", ["2026/10/8", "2026-10-08", "2026.10.8", "2026年10月8日", "10月8日", "20261008", "46303"]
)
def test_days(ledger, day):
    run(ledger(f"{day},9:30,A05,王丽,打瞌睡"), month="2026-10")

    assert ConductRecord.objects.get().day == date(2026, 10, 8)


def test_day_without_a_year_takes_it_from_its_column(ledger):
    run(ledger("10月8日,9:30,A05,王丽,打瞌睡", "2026-10-09,9:30,A05,王丽,打瞌睡"))

    assert {r.day.year for r in ConductRecord.objects.all()} == {2026}


@pytest.mark.parametrize(
    ("words", "clock"),
    [("8:05", "08:05:00"), ("08:05:30", "08:05:30"), ("上午9时30分", "09:30:00"), ("下午3：05", "15:05:00")],
)
def test_times(ledger, words, clock):
    run(ledger(f"2026-10-08,{words},A05,王丽,打瞌睡"))

    assert f"{Visit.objects.get().at.astimezone():%H:%M:%S}" == clock


@pytest.mark.parametrize("words", ["A05", "a05", "Ａ０５", "A05号窗口", " A05 ", "不动产登记窗口"])
def test_windows(ledger, words):
    assert run(ledger(f"2026-10-08,9:30,{words},王丽,打瞌睡"))["created"] == 1


def test_other_names_of_columns_and_order(ledger):
    path = ledger("打瞌睡,王丽,A05,2026-10-08 09:30", head="存在问题,当事人,窗口,巡查时间")

    run(path)

    assert f"{Visit.objects.get().at.astimezone():%Y-%m-%d %H:%M}" == "2026-10-08 09:30"


@pytest.mark.parametrize(("half", "clock"), [("上午", "09:00"), ("下午", "15:00")])
def test_ledger_without_times(ledger, half, clock):
    answer = run(ledger(f"2026-10-08,{half},A05,王丽,打瞌睡", head="日期,时段,窗口号,姓名,存在问题"))

    assert (f"{Visit.objects.get().at.astimezone():%H:%M}", len(answer["notes"])) == (clock, 1)


def test_afternoon_times_on_a_twelve_hour_clock(ledger):
    run(ledger("2026-10-08,下午,3:30,A05,王丽,打瞌睡", head="日期,时段,时间,窗口号,姓名,存在问题"))

    assert f"{Visit.objects.get().at.astimezone():%H:%M}" == "15:30"


def test_workbook_with_title_merged_days_and_totals(ledger, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "十月"
    for row in (
        ["青禾区政务服务中心十月巡查台账"],
        ["日期", "时间", "窗口号", "姓名", "发现问题"],
        [date(2026, 10, 8), "9:30", "A05", "王丽", "打瞌睡"],
        [None, "15:00", "A05", "王丽", "串岗聊天"],
        [],
        ["合计", None, None, None, "2"],
        [date(2026, 10, 9), "9:30", "Z99", "王丽", "打瞌睡"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A3:A4")
    book.save(tmp_path / "a.xlsx")

    answer = run(tmp_path / "a.xlsx")

    assert (answer["created"], answer["rejected"]) == (
        2,
        [{"row": 7, "reason": "没有窗口“Z99”", "sheet": "十月"}],
    )


@time_machine.travel("2026-11-25T10:00:00+08:00")
def test_imported_rounds_do_not_count_as_todays(ledger, hall, client, officer):
    run(ledger("2026-11-25,9:30,A05,王丽,打瞌睡"))
    client.force_login(officer)

    assert client.get("/patrol/").context["plan"].rounds == ()
