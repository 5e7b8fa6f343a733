"""One real month through the commands must come out as `answers.json` says, per person."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Hall
from tests.factories.accounts import person_with

DATA = Path(__file__).parents[1] / "data"
ANSWERS = json.loads((DATA / "answers.json").read_text(encoding="utf-8"))
MONTH = ["--hall", "t1", "--month", "2026-10", "--json"]


def run(name, *args):
    out = StringIO()
    call_command(name, *args, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def month(db):
    """The hall's own files, in the order a clerk brings them in."""
    run("import_roster", str(DATA / "花名册.xlsx"), "--hall-name", "青禾区政务服务中心", *MONTH)
    run("import_punches", str(DATA / "attlog.dat"), *MONTH)
    run("import_leave", str(DATA / "请假外出台账.xlsx"), *MONTH)
    return run("derive_attendance", *MONTH)


def test_totals_and_people_are_those_of_the_answers(month):
    assert month == {"totals": ANSWERS["totals"], "by_staff": ANSWERS["by_staff"]}


def test_everything_again_changes_nothing(month):
    punches = run("import_punches", str(DATA / "attlog.dat"), *MONTH)
    leave = run("import_leave", str(DATA / "请假外出台账.xlsx"), *MONTH)

    assert (punches["created"], leave["created"], leave["updated"]) == (0, 0, 0)
    assert run("derive_attendance", *MONTH) == month


def test_month_sheet_shows_the_same_numbers(month, client):
    client.force_login(person_with("manager", Hall.objects.get(code="t1")))

    page = client.get(reverse("attendance:sheet", args=["2026-10"]) + "?size=100")

    shown = {
        row.no: {name: count.value for name, count in row.counts.items() if count.value}
        for row in page.context["listing"].rows
    }
    assert {no: counts for no, counts in shown.items() if counts} == ANSWERS["by_staff"]
    assert {count.name: count.value for count in page.context["totals"]} == ANSWERS["totals"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--hall", "nowhere", "--month", "2026-10"], "没有代码为“nowhere”的大厅"),
        (["--hall", "qinghe", "--month", "2099-01"], "2099-01 还没有到"),
        (["--hall", "qinghe", "--month", "十月"], "“十月”不是月份"),
        (["--hall", "qinghe", "--month", "2026-10"], "没有服务时间"),
    ],
)
def test_what_cannot_be_derived_is_refused_in_words(hall, args, message):
    with pytest.raises(CommandError, match=message):
        call_command("derive_attendance", *args)
