"""A draft of a rulebook: made from a version, changed on forms, put in force, thrown away."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from accounts.errors import NotPermitted, Refused
from accounts.versions import ChangedMeanwhile, version_of
from assessments.models import Award, Component, Scheme
from assessments.pack_edits import items_of, read_number, rewritten
from assessments.services import drafts
from assessments.services.drafts import DraftRefused, edit_item, enforce_draft, find_item, make_draft
from assessments.services.months import publish_month
from tests.factories.rulebook import load, small_pack
from trail.models import AuditEntry, UndoStep
from violations.models import Act, Clause, Price, RulebookVersion
from violations.packs import known_pack, parse_pack, read_pack
from violations.rule_enums import VersionStatus
from violations.tariff import version_for

pytestmark = pytest.mark.django_db
JANUARY = date(2027, 1, 1)
PACKS = sorted((Path(__file__).parents[2] / "violations" / "rulebooks").glob("*.yaml"))


@pytest.fixture
def draft(small, admin):
    return make_draft(base=small, number="2", effective_on=JANUARY, by=admin)


def edit(draft, by, number=1, seen="", section="clauses", **values):
    return edit_item(
        draft=draft,
        section=section,
        number=number,
        values={name.replace("__", "-"): value for name, value in values.items()},
        by=by,
        seen=seen,
    )


# --- the text of a pack ------------------------------------------------------------------------


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_number_of_every_pack_is_offered_named_and_written_back(path):
    pack = read_pack(path)

    for item in items_of(pack.data):
        assert len({leaf.label for leaf in item.leaves}) == len(item.leaves), item
        assert all(leaf.label and leaf.label.isascii() is False for leaf in item.leaves), item
        places = {(*item.place, *leaf.path): leaf.value for leaf in item.leaves}
        numbers = {(*item.place, *leaf.path) for leaf in item.leaves if leaf.is_number}
        again = rewritten(pack.text, places, numbers=numbers)
        assert parse_pack(again).canonical() == pack.canonical(), item


def test_comments_and_layout_stay():
    text = "a: 1  # one\nlist:\n  - {b: -2}  # two\n"

    again = rewritten(text, {("list", 0, "b"): "-3"}, numbers={("list", 0, "b")})

    assert again == "a: 1  # one\nlist:\n  - {b: -3}  # two\n"


def test_words_may_hold_what_yaml_means_otherwise():
    text = "w: >\n  one\n  two\nx: 1\n"

    again = yaml.safe_load(rewritten(text, {("w",): 'a: "b" # c\n- d'}, numbers=set()))

    assert again == {"w": 'a: "b" # c\n- d', "x": 1}


@pytest.mark.parametrize(
    ("typed", "read"), [("−3", "-3"), ("-3.50", "-3.5"), ("＋２", "2"), ("0.25", "0.25"), ("100", "100")]
)
def test_numbers_are_read_as_people_type_them(typed, read):
    assert read_number(typed) == read


@pytest.mark.parametrize("typed", ["三", "1e3", "1,5", "--2", "nan"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match=f"^{re.escape(typed)}$"):
        read_number(typed)


# --- making and changing -----------------------------------------------------------------------


def test_draft_says_what_its_base_says_and_rules_nothing(draft, small, hall):
    old, new = known_pack(small.source_text).data, known_pack(draft.source_text).data

    assert {**new, "version": None} == {**old, "version": None}
    assert (draft.status, draft.based_on, draft.version) == (VersionStatus.DRAFT, small, "2")
    assert version_for(hall, JANUARY) == small
    assert draft.clauses.count() == small.clauses.count()


def test_change_reaches_rows_text_and_trace_and_not_the_base(draft, small, admin):
    edit(draft, admin, points="-3", wording="迟到扣 3 分，旷工每半天扣 5 分。")

    draft.refresh_from_db()
    clause = Clause.objects.get(version=draft, code="1")
    assert (clause.points, clause.wording[:6], draft.revision) == (-300, "迟到扣 3 ", 2)
    assert Price.objects.filter(version=draft, act__code="late", severity="").get().points == -300
    assert Clause.objects.get(version=small, code="1").points == -200
    entry = AuditEntry.objects.get(action="rulebook.draft_edited")
    assert (entry.before["条款 1 第一条·分值"], entry.after["条款 1 第一条·分值"]) == ("-2", "-3")


def test_change_of_a_draft_leaves_names_of_acts_alone(draft, admin, hall):
    Act.objects.filter(rulebook=draft.rulebook, code="late").update(name="上班迟到")

    edit(draft, admin, points="-3")

    assert Act.objects.get(rulebook=draft.rulebook, code="late").name == "上班迟到"


def test_quota_base_and_thresholds_can_be_changed(draft, admin):
    data = known_pack(draft.source_text).data
    schemes = [item for item in items_of(data) if item.section == "schemes"]
    edit(draft, admin, number=schemes[0].number, section="schemes", base="90")

    kind = data["schemes"][schemes[0].number - 1]["kind"]
    assert Component.objects.get(scheme__version=draft, scheme__kind=kind, code="own").base == 9000


def test_what_a_loaded_pack_may_not_say_a_draft_may_not_either(draft, admin):
    before = draft.source_text
    with pytest.raises(DraftRefused) as refused:
        edit(draft, admin, points="2")  # acts 1-1 costs points, acts 1-2 would gain them

    draft.refresh_from_db()
    assert refused.value.errors[0].reason
    assert draft.source_text == before


def test_unchanged_values_leave_no_trace(draft, admin):
    edit(draft, admin, points="-2")

    assert AuditEntry.objects.filter(action="rulebook.draft_edited").count() == 0


def test_a_version_in_force_cannot_change(small, admin):
    with pytest.raises(Refused, match="已经生效"):
        edit(small, admin, points="-3")


def test_only_editors_may(small, draft, manager):
    with pytest.raises(NotPermitted):
        make_draft(base=small, number="3", effective_on=JANUARY, by=manager)
    with pytest.raises(NotPermitted):
        edit(draft, manager, points="-3")


@pytest.mark.parametrize("number", ["1", "2", "含空 格", ""])
def test_number_must_be_free_and_fit(draft, small, admin, number):
    with pytest.raises(DraftRefused):
        make_draft(base=small, number=number, effective_on=JANUARY, by=admin)


# --- two people --------------------------------------------------------------------------------


def test_second_change_of_one_item_is_told_of_the_first(draft, admin):
    seen = version_of(find_item(draft, "clauses", 1).facts)
    edit(draft, admin, points="-3", seen=seen)

    with pytest.raises(ChangedMeanwhile):
        edit(draft, admin, points="-4", seen=seen)


def test_two_items_are_changed_side_by_side(draft, admin):
    first, second = (version_of(find_item(draft, "clauses", n).facts) for n in (1, 2))
    edit(draft, admin, number=1, points="-3", seen=first)
    edit(draft, admin, number=2, points="-4", seen=second)

    draft.refresh_from_db()
    assert list(draft.clauses.filter(code__in=("1", "2")).values_list("points", flat=True)) == [-300, -400]


def test_what_is_put_in_force_is_what_was_read(draft, admin):
    seen = version_of(drafts.draft_facts(draft))
    edit(draft, admin, points="-3")

    with pytest.raises(ChangedMeanwhile):
        enforce_draft(draft=draft, effective_on=JANUARY, by=admin, seen=seen)


# --- in force, gone, undone --------------------------------------------------------------------


def test_draft_comes_into_force_from_its_day(draft, small, hall, admin):
    enforce_draft(draft=draft, effective_on=date(2027, 2, 1), by=admin)

    assert version_for(hall, date(2027, 1, 31)) == small
    assert version_for(hall, date(2027, 2, 1)) == draft
    assert known_pack(RulebookVersion.objects.get(pk=draft.pk).source_text).data["version"] == {
        **known_pack(draft.source_text).data["version"],
        "effective_on": "2027-02-01",
    }


@pytest.mark.parametrize("day", [date(2026, 10, 1), date(2026, 10, 31), date(2026, 9, 1)])
def test_never_backwards_into_a_published_month(draft, staff, window, score, manager, admin, day):
    publish_month(month=score(), by=manager)

    with pytest.raises(DraftRefused, match="已经发布"):
        enforce_draft(draft=draft, effective_on=day, by=admin)
    enforce_draft(draft=draft, effective_on=date(2026, 11, 1), by=admin)


def test_a_month_scored_by_the_old_version_is_scored_again_before_it_is_published(
    draft, staff, window, score, manager, admin
):
    month = score()
    enforce_draft(draft=draft, effective_on=date(2026, 10, 1), by=admin)

    with pytest.raises(Refused, match="重新计算"):
        publish_month(month=month, by=manager)
    assert publish_month(month=score(), by=manager).version == draft


def test_discarded_draft_leaves_nothing(draft, small, admin):
    drafts.discard_draft(draft=draft, by=admin)

    assert list(RulebookVersion.objects.all()) == [small]
    assert not Scheme.objects.exclude(version=small).exists()


# --- pages -------------------------------------------------------------------------------------


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def item_url(draft, section="clauses", number=1):
    return f"/rules/{draft.pk}/edit/{section}/{number}/"


def test_draft_is_made_and_changed_on_pages(page, small):
    page.post(f"/rules/{small.pk}/draft/", {"number": "2", "effective_on": "2027-01-01"})
    draft = RulebookVersion.objects.get(version="2")
    values = find_item(draft, "clauses", 1).facts

    answer = page.post(item_url(draft), {**values, "points": "−4"})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/rules/{draft.pk}/edit/")
    assert Clause.objects.get(version=draft, code="1").points == -400
    said = page.get(f"/rules/{draft.pk}/edit/").content.decode()
    assert "每次扣 4 分" in said


def test_refusal_stands_at_its_field(page, draft):
    values = find_item(draft, "clauses", 1).facts

    answer = page.post(item_url(draft), {**values, "points": "5000"})

    assert answer.status_code == 422
    assert "太大" in str(answer.context["form"].errors["points"])


def test_change_can_be_taken_back(page, draft, admin):
    values = find_item(draft, "clauses", 1).facts
    page.post(item_url(draft), {**values, "points": "-4"})

    page.post(UndoStep.objects.latest("pk").get_absolute_url())

    draft.refresh_from_db()
    assert find_item(draft, "clauses", 1).facts["points"] == "-2"
    assert Clause.objects.get(version=draft, code="1").points == -200


def test_discarded_draft_can_be_brought_back_whole(page, draft):
    clauses, awards = draft.clauses.count(), Award.objects.filter(scheme__version=draft).count()
    page.post(f"/rules/{draft.pk}/discard/")
    assert not RulebookVersion.objects.filter(pk=draft.pk).exists()

    page.post(UndoStep.objects.latest("pk").get_absolute_url())

    again = RulebookVersion.objects.get(pk=draft.pk)
    assert (again.clauses.count(), Award.objects.filter(scheme__version=again).count()) == (clauses, awards)


def test_what_came_into_force_cannot_be_taken_back(page, draft, admin):
    values = find_item(draft, "clauses", 1).facts
    page.post(item_url(draft), {**values, "points": "-4"})
    draft.refresh_from_db()
    enforce_draft(draft=draft, effective_on=JANUARY, by=admin)

    answer = page.post(UndoStep.objects.latest("pk").get_absolute_url(), follow=True)

    draft.refresh_from_db()
    assert "已经生效" in answer.content.decode()
    assert find_item(draft, "clauses", 1).facts["points"] == "-4"


def test_drafts_are_out_of_sight_of_who_does_not_edit(client, draft, manager):
    client.force_login(manager)

    assert client.get(f"/rules/{draft.pk}/").status_code == 404
    assert client.get(f"/rules/{draft.pk}/edit/").status_code == 403


# --- the API -----------------------------------------------------------------------------------


def test_draft_over_the_api(page, small):
    sent = {"version": small.pk, "number": "2", "effective_on": "2027-01-01"}
    made = page.post("/api/v1/rulebook-drafts/", sent, content_type="application/json")
    base = f"/api/v1/rulebook-drafts/{made.json()['id']}"
    item = page.get(f"{base}/item/", {"section": "clauses", "number": 1})
    change = {"section": "clauses", "number": 1, "values": {"points": "-3"}}
    match = {"If-Match": item.headers["ETag"]}

    first = page.post(f"{base}/edit/", change, content_type="application/json", headers=match)
    second = page.post(f"{base}/edit/", change, content_type="application/json", headers=match)
    wrong = page.post(f"{base}/edit/", {**change, "values": {"points": "2"}}, content_type="application/json")
    enforced = page.post(f"{base}/enforce/", {"effective_on": "2027-01-01"}, content_type="application/json")

    assert [made.status_code, first.status_code, second.status_code] == [201, 200, 412]
    assert (wrong.status_code, wrong.json()["code"]) == (422, "pack_refused")
    assert wrong.json()["errors"][0]["path"].startswith("clauses[1]")
    assert (enforced.status_code, enforced.json()["status"]) == (200, "in_force")
    assert page.get(f"{base}/").status_code == 404


def test_reading_over_the_api(client, small, manager, admin):
    second = small_pack()
    second["version"] = {"number": "2", "title": "小制度", "effective_on": "2027-01-01"}
    second["clauses"][0]["points"] = -3
    later = load(second, small.rulebook.hall)
    client.force_login(manager)

    rows = client.get(f"/api/v1/rulebook-readings/{later.pk}/").json()
    changes = client.get(f"/api/v1/rulebook-readings/{later.pk}/differences/?other={small.pk}").json()

    assert rows[0] == {"code": "1", "meaning": rows[0]["meaning"], "points": 0, "times": 0}
    assert "每次扣 3 分" in rows[0]["meaning"]
    assert changes[0]["head"] == "改动条款 1 第一条"
