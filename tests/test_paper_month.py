"""A hall is set up from its own paper files, and its month is scored; people and windows by hand.

The files are one hall's October 2026; `answers.json` says what is in them.
"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Hall
from violations.enums import RecordStatus
from violations.models import ConductRecord
from windows.models import Department, Posting, Staff, Window

DATA = Path(__file__).parent / "data"
ANSWERS = json.loads((DATA / "answers.json").read_text(encoding="utf-8"))
PACK = Path("violations/rulebooks/maiji.yaml")

pytestmark = pytest.mark.django_db


def run(name, *args, **options):
    out = StringIO()
    call_command(name, *args, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


@pytest.fixture
def paper_hall(db) -> Hall:
    run(
        "import_roster",
        str(DATA / "花名册.xlsx"),
        hall="xinan",
        hall_name="新安区政务服务中心",
        month="2026-10",
    )
    run("load_rulebook", str(PACK), hall="xinan")
    return Hall.objects.get(code="xinan")


@pytest.fixture
def paper_month(paper_hall) -> dict:
    run("import_patrols", str(DATA / "巡查记录.csv"), hall="xinan", month="2026-10")
    return run("run_assessment", hall="xinan", month="2026-10")


def test_roster_gives_the_hall_its_windows_and_people(paper_hall):
    assert (Window.objects.count(), Staff.objects.count(), Department.objects.count()) == (
        ANSWERS["windows"],
        ANSWERS["staff"],
        ANSWERS["departments"],
    )


def test_notes_become_dated_events(paper_hall):
    joined, left, moved = (Staff.objects.get(no=ANSWERS[key][0]) for key in ("joined", "left", "moved"))

    assert str(joined.joined_on) == ANSWERS["joined"][1]
    assert str(left.left_on) == ANSWERS["left"][1]
    spans = [
        (p.window.code, str(p.starts_on), p.ends_on and str(p.ends_on)) for p in moved.postings.order_by("pk")
    ]
    assert spans == [("333", "2024-03-22", "2026-10-18"), ("217", "2026-10-19", None)]


def test_second_run_of_the_roster_changes_nothing(paper_hall):
    again = run("import_roster", str(DATA / "花名册.xlsx"), hall="xinan", month="2026-10")

    assert (again["created"], again["updated"], again["rejected"]) == (0, 0, [])
    assert Posting.objects.count() == ANSWERS["staff"] + 1


def test_patrol_ledger_becomes_confirmed_records(paper_hall):
    result = run("import_patrols", str(DATA / "巡查记录.csv"), hall="xinan", month="2026-10")

    total = sum(ANSWERS["patrol_findings"].values())
    assert (result["created"], result["rejected"]) == (total, [])
    assert ConductRecord.objects.filter(status=RecordStatus.CONFIRMED, source="import").count() == total


def test_second_run_of_the_ledger_changes_nothing(paper_month):
    again = run("import_patrols", str(DATA / "巡查记录.csv"), hall="xinan", month="2026-10")

    assert (again["created"], again["updated"], again["rejected"]) == (0, 0, [])
    assert again["unchanged"] == sum(ANSWERS["patrol_findings"].values())


def by_clause(card):
    return sorted((line["clause"], line["points"]) for line in card["lines"])


def staff(month, no):
    return next(card for card in month["staff"] if card["no"] == no)


def window(month, code):
    return next(card for card in month["windows"] if card["code"] == code)


def test_person_by_hand(paper_month):
    """冯依忠: quarrel −3, eating −2, away −2, outsiders −3: 100 − 10 = 90."""
    card = staff(paper_month, "ZW0060")

    assert card["score"] == 90
    assert by_clause(card) == [("20-3", -2), ("20-5", -3), ("20-7", -2), ("21-1", -3)]
    assert all(line["evidence"] for line in card["lines"])


def test_people_with_few_findings_by_hand(paper_month):
    """ZW0007 was away once; ZW0008 quarrelled, ate and brought outsiders; ZW0010 went to other posts once."""
    assert staff(paper_month, "ZW0007")["score"] == 100 - 2
    assert staff(paper_month, "ZW0008")["score"] == 100 - 3 - 2 - 3
    assert staff(paper_month, "ZW0010")["score"] == 100 - 2


def test_members_of_the_window_with_the_flag_gain_two(paper_month):
    """113 is the first window by number in which nobody lost a point: 流动红旗, art. 24(四)."""
    card = staff(paper_month, "ZW0029")

    assert (card["score"], by_clause(card)) == (102, [("24-4", 2)])


def test_window_by_hand(paper_month):
    """109: untidy −5; 彭芳德 lost 7, one full five: −2; the others lost 2 each: 100 − 7 = 93."""
    card = window(paper_month, "109")

    assert card["score"] == 93
    assert by_clause(card) == [("17-2", -2), ("17-3", -5)]


def test_window_with_ten_points_lost_by_one_person(paper_month):
    """227: its one person lost 10, two full fives: −4."""
    assert window(paper_month, "227")["score"] == 96


def test_ranks_are_within_the_category(paper_month):
    law = {w.code for w in Window.objects.filter(category="law_enforcement")}
    cards = [c for c in paper_month["windows"] if c["code"] in law]
    best = max(card["score"] for card in cards)

    assert {card["rank"] for card in cards if card["score"] == best} == {1}


def test_awards_keep_their_quota_and_gates(paper_month):
    """Five windows; ten per cent of 93 people rounded down: nine; nobody who quarrelled."""
    won = {}
    for row in paper_month["awards"]:
        if row["outcome"] == "won":
            won.setdefault(row["award"], []).append(row["subject"])
    quarrelled = set(
        ConductRecord.objects.filter(act__code="rude_attitude").values_list("staff__no", flat=True)
    )

    assert len(won["excellent_window"]) == 5
    assert len(won["service_exemplar"]) == 9
    assert quarrelled.isdisjoint(won["service_exemplar"])
