"""党员先锋岗, 巾帼文明岗: awards and schemes for those whose file says what the pack asks for."""

import pytest

from assessments.models import AwardResult, Scorecard
from assessments.pack_words import award_words, names_of
from assessments.services.explaining import explain
from tests.assessments.conftest import card_of
from tests.factories.assessments import window_with
from tests.factories.rulebook import load, small_pack

PARTY = {"political_status": ["中共党员", "中共预备党员"]}
PIONEER = {
    "code": "pioneer",
    "name": "党员先锋岗",
    "kind": "staff",
    "for": PARTY,
    "quota": "all",
    "tie": "all",
}
WOMEN = {**PIONEER, "code": "women", "name": "巾帼文明岗", "for": {"gender": ["女"]}}
FILES = [
    ("中共党员", "女"),
    ("中共预备党员", "男"),
    (" 中共党员 ", ""),
    ("党员", "女"),
    ("中共党员,中共预备党员", "男"),
    ("%", "%"),
    ("中共%", "_"),
    ("", ""),
]
"""What may stand in a file: only the first three are one of the two, and only the first and fourth 女."""


@pytest.fixture
def people(hall):
    """One window with a person for each file."""
    staff = window_with(hall, "A01", people=len(FILES))[1]
    for person, (politics, gender) in zip(staff, FILES, strict=True):
        person.political_status, person.gender = politics, gender
        person.save()
    return staff


def winners(month, people, award) -> list[int]:
    won = AwardResult.objects.filter(card__run=month.run, award__code=award, outcome="won")
    places = {person.pk: place for place, person in enumerate(people)}
    return sorted(places[subject] for subject in won.values_list("card__subject_id", flat=True))


def test_award_is_for_those_whose_file_says_so_letter_by_letter(hall, people, score):
    load(small_pack(awards=[*small_pack()["awards"], PIONEER, WOMEN]), hall)

    month = score()

    assert winners(month, people, "pioneer") == [0, 1, 2]
    assert winners(month, people, "women") == [0, 3]


def test_both_conditions_must_hold(hall, people, score):
    both = {**PIONEER, "for": {**PARTY, "gender": ["女"]}}
    load(small_pack(awards=[*small_pack()["awards"], both]), hall)

    assert winners(score(), people, "pioneer") == [0]


def test_seats_by_per_cent_are_of_those_asked_for(hall, people, score):
    half = {**PIONEER, "quota": {"percent": 50, "rounding": "up", "of": "candidates"}, "tie": "number"}
    load(small_pack(awards=[*small_pack()["awards"], half]), hall)

    month = score()

    result = AwardResult.objects.filter(card__run=month.run, award__code="pioneer")
    assert list(result.values_list("outcome", "seats")) == [("won", 2)] * 2
    assert set(winners(month, people, "pioneer")) < {0, 1, 2}


def test_award_that_follows_a_window_asks_too(hall, people, score):
    follower = {key: PIONEER[key] for key in ("code", "name", "kind", "for")}
    load(small_pack(awards=[*small_pack()["awards"], {**follower, "follows": "flag"}]), hall)

    assert winners(score(), people, "pioneer") == [0, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [({"categories": ["elsewhere"]}, []), ({"members": {"least": len(FILES) + 1}}, []),
     ({"members": {"least": len(FILES)}}, list(range(len(FILES))))],
)  # fmt: skip
def test_award_that_follows_a_window_asks_for_category_and_size(hall, people, score, wanted, takes):
    follower = {"code": "pioneer", "name": "随窗口", "kind": "staff", "for": wanted, "follows": "flag"}
    load(small_pack(awards=[*small_pack()["awards"], follower]), hall)

    assert winners(score(), people, "pioneer") == takes


def test_scheme_is_for_those_whose_file_says_so(hall, people, score):
    members = {"kind": "staff", "code": "party", "for": PARTY, "base": 90, "floor": 0, "cap": None}
    load(small_pack(schemes=[members, *small_pack()["schemes"]]), hall)

    month = score()

    cards = dict(Scorecard.objects.filter(run=month.run, kind="staff").values_list("subject_id", "own"))
    assert [cards[person.pk] for person in people] == [9000] * 3 + [10000] * 5


def test_sheet_and_summary_say_whom_the_award_is_for(hall, people, score):
    pack = small_pack(awards=[*small_pack()["awards"], {**PIONEER, "for": {**PARTY, "gender": ["女"]}}])
    load(pack, hall)

    month = score()

    for person in (people[0], people[3]):
        assert explain(card_of(month, person)).sentences[-1] == (
            "“党员先锋岗”只在政治面貌为中共党员、中共预备党员且性别为女的人员中评。"
        )
    assert award_words(pack["awards"][-1], names_of(pack)) == (
        "政治面貌为 中共党员、中共预备党员、性别为 女的人员，全大厅按总分评，达标的都评；同分的都评上。"
    )
