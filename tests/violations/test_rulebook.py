"""A version in force never changes; phrases map free words to acts and never guess."""

from datetime import date

import pytest

from accounts.errors import Refused
from assessments.models import Award, Gate, Scheme
from tests.factories.rulebook import act, load, small_pack
from trail.models import AuditEntry
from violations.models import ActPhrase, Clause, Price, RulebookVersion, Step
from violations.rule_querysets import RuleFrozen
from violations.services.rulebook import (
    act_for_phrase,
    add_phrase,
    change_phrase,
    letter_threshold,
    remove_phrase,
)


@pytest.fixture
def version(hall):
    return load(small_pack(), hall)


@pytest.mark.parametrize("model", [Clause, Step, Price, Scheme, Gate, Award])
def test_row_of_a_version_in_force_refuses_save_and_delete(version, model):
    row = model.objects.first()

    with pytest.raises(RuleFrozen):
        row.save()
    with pytest.raises(RuleFrozen):
        row.delete()
    with pytest.raises(RuleFrozen):
        model.objects.filter(pk=row.pk).delete()
    with pytest.raises(RuleFrozen):
        model.objects.bulk_create([row])


def test_row_of_a_version_in_force_refuses_bulk_changes(version):
    clause = Clause.objects.first()
    clause.points = -1

    with pytest.raises(RuleFrozen):
        Clause.objects.update(points=-1)
    with pytest.raises(RuleFrozen):
        Clause.objects.bulk_update([clause], ["points"])


def test_version_in_force_refuses_any_change(version):
    version.title = "改了"

    with pytest.raises(RuleFrozen):
        version.save()
    with pytest.raises(RuleFrozen):
        RulebookVersion.objects.update(title="改了")
    with pytest.raises(RuleFrozen):
        version.delete()


def test_row_cannot_join_a_version_in_force(version):
    clause = Clause.objects.first()

    with pytest.raises(RuleFrozen):
        Step.objects.create(clause=clause, points=-1)


def test_draft_may_change(hall):
    version = load(small_pack(), hall)
    draft = RulebookVersion.objects.create(
        rulebook=version.rulebook, version="2", title="草稿", effective_on=date(2027, 1, 1)
    )
    clause = Clause.objects.create(
        version=draft, code="1", article="一", wording="……", subject="staff", points=-1
    )

    Clause.objects.filter(pk=clause.pk).update(points=-2)

    clause.refresh_from_db()
    assert clause.points == -2


def test_newer_version_retires_the_older(hall):
    first = load(small_pack(), hall)

    second = load(small_pack(version={"number": "2", "title": "新", "effective_on": "2026-01-01"}), hall)

    first.refresh_from_db()
    assert (first.status, second.status) == ("retired", "in_force")


def test_acts_outlive_versions(hall):
    load(small_pack(), hall)
    before = act(hall, "late").pk

    load(small_pack(version={"number": "2", "title": "新", "effective_on": "2026-01-01"}), hall)

    assert act(hall, "late").pk == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("来晚了", "late"),
        (" 来晚了。", "late"),
        ("迟到12分钟", "late"),
        ("迟到１２分钟", "late"),
        ("迟到 5 分钟", "late"),
        ("迟到很久", None),
        ("来晚", None),
        ("", None),
        ("，。", None),
    ],
)
def test_act_for_phrase_maps_exactly(version, hall, words, code):
    found = act_for_phrase(hall, words)

    assert (found.code if found else None) == code


def test_act_for_phrase_in_a_hall_below(version, township):
    assert act_for_phrase(township, "来晚了").code == "late"


def test_act_for_phrase_in_another_hall(version, other_hall):
    assert act_for_phrase(other_hall, "来晚了") is None


def test_phrase_is_added_changed_and_removed_with_traces(version, hall, manager):
    phrase = add_phrase(hall=hall, pattern="没人，喊了{}声", act=act(hall, "empty"), by=manager)
    assert act_for_phrase(hall, "没人 喊了3声").code == "empty"

    change_phrase(phrase=phrase, pattern="没人", act=act(hall, "late"), by=manager)
    assert act_for_phrase(hall, "没人").code == "late"

    remove_phrase(phrase=phrase, by=manager)
    assert act_for_phrase(hall, "没人") is None
    actions = AuditEntry.objects.filter(action__startswith="phrase.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "phrase.added",
        "phrase.changed",
        "phrase.removed",
    ]


def test_phrase_that_is_taken_is_refused(version, hall, manager):
    with pytest.raises(Refused, match="已经对应"):
        add_phrase(hall=hall, pattern="来晚了！", act=act(hall, "rude"), by=manager)


def test_phrase_of_another_halls_act_is_refused(version, hall, other_hall, manager):
    with pytest.raises(Refused, match="不属于"):
        add_phrase(hall=other_hall, pattern="没人", act=act(hall, "empty"), by=manager)


def test_loading_again_keeps_what_the_hall_taught(version, hall, manager):
    phrase = ActPhrase.objects.get(hall=hall, pattern="来晚了")
    change_phrase(phrase=phrase, pattern="来晚了", act=act(hall, "rude"), by=manager)

    load(small_pack(version={"number": "2", "title": "新", "effective_on": "2026-01-01"}), hall)

    assert act_for_phrase(hall, "来晚了").code == "rude"


def test_letter_threshold_is_a_rule_of_the_hall(hall, rulebook):
    rule = letter_threshold(hall)

    assert (rule.threshold, rule.span, rule.counted) == (3, "year", "bulletins")


def test_letter_threshold_without_rulebook(hall):
    assert letter_threshold(hall) is None
