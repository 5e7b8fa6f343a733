"""值班表: who is on duty, in fair turns, and what each leaves behind."""

from datetime import date, timedelta

import pytest
import time_machine

from accounts.errors import NotPermitted, Refused
from accounts.versions import ChangedMeanwhile, version_of
from patrols.models import DutyDay
from patrols.services import on_duty
from patrols.services.duty_log import log_facts, write_log
from patrols.services.duty_share import shares
from patrols.services.rota import copy_month, day_facts, draft_month, set_day
from patrols.services.rounds import start_round
from tests.factories.accounts import person_with
from trail.models import AuditEntry, Notice
from windows.services.calendar import set_local_day

pytestmark = pytest.mark.django_db
DECEMBER = date(2026, 12, 1)
TODAY = date(2026, 11, 25)


@pytest.fixture
def on_rota(hall, manager):
    """`on_rota(day, officer, lead=[leader])`: put these on duty."""

    def put(day, *people, lead=(), units=()):
        return set_day(hall=hall, day=day, manage=people, lead=lead, units=units, by=manager)

    return put


def draft(hall, by, *chosen, kind="manage", first=DECEMBER):
    return draft_month(hall=hall, first=first, kind=kind, chosen=chosen, by=by)


def names(hall, kind="manage"):
    rows = DutyDay.objects.filter(hall=hall, kind=kind).select_related("user", "department").order_by("day")
    return [row.who for row in rows]


# --- drafting ---------------------------------------------------------------------------------


def test_draft_takes_turns_over_working_days_only(hall, manager, officer, second_manager):
    made = draft(hall, manager, officer, manager, second_manager)

    assert [row.day.weekday() < 5 for row in made] == [True] * 23
    assert names(hall)[:4] == ["李航", "周敏", "郑平", "李航"]
    assert sorted(names(hall).count(name) for name in ("李航", "周敏", "郑平")) == [7, 8, 8]


def test_draft_leaves_out_what_the_hall_calls_a_day_off(hall, manager, officer):
    set_local_day(hall=hall, day=date(2026, 12, 7), kind="local_off", name="停电", by=manager)

    draft(hall, manager, officer)

    assert not DutyDay.objects.filter(day=date(2026, 12, 7)).exists()


def test_draft_of_the_running_month_begins_today(hall, manager, officer):
    made = draft(hall, manager, officer, first=date(2026, 11, 1))

    assert [row.day.day for row in made] == [25, 26, 27, 30]


def test_draft_goes_on_where_the_last_month_ended(hall, manager, officer, second_manager):
    draft(hall, manager, officer, second_manager, first=date(2026, 11, 1))

    made = draft(hall, manager, officer, second_manager)

    assert (DutyDay.objects.get(day=date(2026, 11, 30)).who, made[0].who) == ("郑平", "李航")


def test_draft_fills_only_free_days_and_evens_out(hall, manager, officer, second_manager, on_rota):
    for day in (1, 2, 3):
        on_rota(date(2026, 12, day), officer)

    draft(hall, manager, officer, second_manager)

    assert names(hall)[3:6] == ["郑平", "郑平", "郑平"]
    assert sorted(names(hall).count(name) for name in ("李航", "郑平")) == [11, 12]


def test_draft_of_units(hall, manager, department):
    draft(hall, manager, department, kind="unit")

    assert set(names(hall, "unit")) == {department.name}


@pytest.mark.parametrize(
    ("who", "kind", "first", "code"),
    [
        ("officer", "lead", DECEMBER, "not_on_duty_here"),
        ("outsider", "manage", DECEMBER, "not_on_duty_here"),
        ("clerk", "manage", DECEMBER, "not_on_duty_here"),
        ("officer", "night", DECEMBER, "unknown_kind"),
        ("officer", "manage", date(2026, 10, 1), "day_over"),
        ("officer", "manage", date(2099, 1, 1), "day_too_far"),
    ],
)
def test_draft_refuses(request, hall, manager, who, kind, first, code):
    with pytest.raises(Refused) as refused:
        draft(hall, manager, request.getfixturevalue(who), kind=kind, first=first)

    assert (refused.value.code, DutyDay.objects.count()) == (code, 0)


def test_only_the_keepers_of_the_rota_draft(hall, officer, leader):
    for person in (officer, leader):
        with pytest.raises(NotPermitted):
            draft(hall, person, officer)


def test_copy_follows_the_number_of_the_working_day(hall, manager, officer, second_manager, leader, on_rota):
    draft(hall, manager, officer, second_manager)
    on_rota(date(2026, 12, 1), officer, second_manager, lead=[leader])

    copy_month(hall=hall, first=DECEMBER, by=manager)

    january = DutyDay.objects.filter(day__gte=date(2027, 1, 1)).order_by("day", "pk")
    first = january.first().day
    assert sorted(row.who for row in january.filter(day=first)) == ["李航", "郑平", "陈国平"]
    assert january.filter(day__gt=first).order_by("day").first().who == names(hall)[2]


def test_copy_of_nothing_and_of_who_has_left(hall, manager, officer, second_manager):
    with pytest.raises(Refused) as refused:
        copy_month(hall=hall, first=DECEMBER, by=manager)
    assert refused.value.code == "nothing_to_copy"
    draft(hall, manager, officer, second_manager)
    officer.role_grants.update(role="clerk")

    copy_month(hall=hall, first=DECEMBER, by=manager)

    assert "李航" not in names(hall)[23:]


# --- one day ----------------------------------------------------------------------------------


def test_day_is_set_anew_with_a_trace(hall, manager, officer, second_manager, on_rota):
    on_rota(TODAY, officer)
    on_rota(TODAY, second_manager)

    assert names(hall) == ["郑平"]
    assert AuditEntry.objects.filter(action="duty.day_set").count() == 2


def test_day_that_is_the_same_leaves_no_trace(hall, officer, on_rota):
    first = on_rota(TODAY, officer)
    second = on_rota(TODAY, officer)

    assert ([row.pk for row in first], AuditEntry.objects.count()) == ([row.pk for row in second], 1)


def test_day_off_may_have_somebody_too(hall, officer, on_rota):
    assert on_rota(date(2026, 11, 28), officer)[0].day.weekday() == 5


def test_day_somebody_else_has_changed(hall, manager, officer, second_manager, on_rota):
    seen = version_of(day_facts(hall, TODAY))
    on_rota(TODAY, officer)

    with pytest.raises(ChangedMeanwhile):
        set_day(hall=hall, day=TODAY, manage=[second_manager], lead=[], units=[], by=manager, seen=seen)
    assert names(hall) == ["李航"]


def test_day_that_is_over_stays(hall, officer, on_rota):
    with pytest.raises(Refused) as refused:
        on_rota(TODAY - timedelta(days=1), officer)

    assert refused.value.code == "day_over"


def test_day_with_a_log_keeps_its_person(hall, officer, second_manager, on_rota):
    duty = on_rota(TODAY, officer)[0]
    write_log(duty=duty, seen_words="正常", done="", by=officer)

    with pytest.raises(Refused) as refused:
        on_rota(TODAY, second_manager)

    assert (refused.value.code, names(hall)) == ("duty_logged", ["李航"])


# --- the log ----------------------------------------------------------------------------------


def test_log_is_written_by_who_was_on_duty(officer, on_rota):
    duty = on_rota(TODAY, officer)[0]

    write_log(duty=duty, seen_words=" 秩序正常 ", done="提醒 A05 摆去向牌", by=officer)

    duty.refresh_from_db()
    assert (duty.seen, duty.logged_by, duty.logged_at is not None) == ("秩序正常", officer, True)


@pytest.mark.parametrize("who", ["second_officer", "leader", "clerk", "unit", "outsider"])
def test_log_of_another(request, hall, officer, on_rota, who):
    duty = on_rota(TODAY, officer)[0]
    person = person_with("officer", hall) if who == "second_officer" else request.getfixturevalue(who)

    with pytest.raises(NotPermitted):
        write_log(duty=duty, seen_words="正常", done="", by=person)


def test_log_of_a_unit_names_who_came(department, unit, on_rota):
    duty = on_rota(TODAY, units=[department])[0]

    with pytest.raises(Refused) as refused:
        write_log(duty=duty, seen_words="正常", done="", by=unit)
    write_log(duty=duty, seen_words="正常", done="", present_name="何局长", by=unit)

    duty.refresh_from_db()
    assert (refused.value.code, duty.present_name) == ("words_missing", "何局长")


def test_log_of_another_unit(hall, unit, on_rota):
    from tests.factories.windows import DepartmentFactory  # noqa: PLC0415  only here

    duty = on_rota(TODAY, units=[DepartmentFactory(hall=hall)])[0]

    with pytest.raises(NotPermitted):
        write_log(duty=duty, seen_words="正常", done="", present_name="某", by=unit)
    assert not DutyDay.objects.visible_to(unit).exists()


@pytest.mark.parametrize(("shift", "may"), [(-1, False), (0, True), (3, True), (4, False)])
def test_log_is_written_on_the_day_and_a_little_later(officer, on_rota, shift, may):
    duty = on_rota(TODAY + timedelta(days=1), officer)[0]

    with time_machine.travel(f"2026-11-{26 + shift}T10:00:00+08:00"):
        if may:
            assert write_log(duty=duty, seen_words="正常", done="", by=officer).logged_at
        else:
            with pytest.raises(Refused) as refused:
                write_log(duty=duty, seen_words="正常", done="", by=officer)
            assert refused.value.code == "log_closed"


def test_log_changed_by_somebody_else(manager, officer, on_rota):
    duty = on_rota(TODAY, officer)[0]
    seen = version_of(log_facts(duty))
    write_log(duty=duty, seen_words="正常", done="", by=manager)

    with pytest.raises(ChangedMeanwhile):
        write_log(duty=duty, seen_words="有人离岗", done="", by=officer, seen=seen)


# --- presence and shares ----------------------------------------------------------------------


def test_presence_is_a_log_or_a_round(hall, officer, second_manager, leader, on_rota, window):
    logged, walked, absent = on_rota(TODAY, officer, second_manager, lead=[leader])[0:3]
    by_name = {row.who: row for row in (logged, walked, absent)}
    write_log(duty=by_name["李航"], seen_words="正常", done="", by=officer)
    start_round(hall=hall, kind="leader", by=leader)

    found = {row.who: row.is_present for row in DutyDay.objects.with_presence()}

    assert found == {"李航": True, "陈国平": True, "郑平": False}


def test_round_in_another_hall_is_no_presence(hall, leader, on_rota):
    from tests.factories.patrols import RoundFactory  # noqa: PLC0415  only here

    on_rota(TODAY, lead=[leader])
    RoundFactory(officer=leader, day=TODAY)

    assert [row.is_present for row in DutyDay.objects.with_presence()] == [False]


def test_shares_count_days_that_are_over(hall, manager, officer, second_manager, on_rota):
    for day in (25, 26, 27):
        on_rota(date(2026, 11, day), officer)
    on_rota(date(2026, 11, 30), second_manager)
    write_log(duty=DutyDay.objects.get(day=TODAY), seen_words="正常", done="", by=officer)

    with time_machine.travel("2026-11-27T10:00:00+08:00"):
        found = shares(DutyDay.objects.all(), date(2026, 11, 1), date(2026, 11, 30))

    assert [(s.who, s.days, s.over, s.present, s.percent) for s in found] == [
        ("李航", 3, 2, 1, 50),
        ("郑平", 1, 0, 0, None),
    ]


# --- not on duty today ------------------------------------------------------------------------


def test_round_of_who_is_not_on_duty_is_allowed_and_noted(hall, officer, second_manager, on_rota):
    on_rota(TODAY, second_manager)

    round_ = start_round(hall=hall, kind="morning", by=officer)

    entry = AuditEntry.objects.get(action="round.started")
    assert (round_.off_rota, entry.after) == (True, {"kind": "morning", "off_rota": True})


@pytest.mark.parametrize(
    ("manage", "lead", "kind", "off"),
    [
        (["officer"], [], "morning", False),
        ([], [], "morning", False),
        ([], ["leader"], "morning", False),
        (["second_manager"], [], "leader", False),
        (["officer"], ["leader"], "leader", True),
    ],
)
def test_rota_of_the_kind_of_round_counts(request, hall, manager, officer, on_rota, manage, lead, kind, off):
    on_rota(
        TODAY,
        *(request.getfixturevalue(name) for name in manage),
        lead=[request.getfixturevalue(name) for name in lead],
    )

    assert start_round(hall=hall, kind=kind, by=manager if kind == "leader" else officer).off_rota is off


def test_page_warns_who_is_not_on_duty(client, hall, officer, second_manager, window, on_rota):
    on_rota(TODAY, second_manager)
    client.force_login(officer)

    before = client.get("/today/").content.decode()
    after = client.post("/patrol/start/", {"kind": "morning"}, follow=True).content.decode()

    assert "今天不是你值班，值班的是郑平" in before
    assert "今天不是你值班（值班：郑平），这一轮照常记录并注明" in after


# --- the reminder of the day ------------------------------------------------------------------


def test_reminder_reaches_everybody_on_duty_once(hall, officer, leader, unit, department, on_rota):
    from trail.services.jobs import run_job  # noqa: PLC0415  only here

    on_rota(TODAY, officer, lead=[leader], units=[department])

    for _ in range(2):
        run_job("remind_duty", hall=hall, period="2026-11-25")

    told = Notice.objects.filter(key__startswith="duty:today:")
    assert sorted(told.values_list("user__name", flat=True)) == sorted([officer.name, leader.name, unit.name])


@pytest.mark.parametrize(("hour", "count"), [(7, 0), (8, 1), (23, 1)])
def test_reminder_is_due_from_the_hour_of_the_hall(hall, officer, on_rota, hour, count):
    on_rota(TODAY, officer)

    with time_machine.travel(f"2026-11-25T{hour:02d}:10:00+08:00"):
        from django.utils import timezone  # noqa: PLC0415  the travelled clock

        assert len(list(on_duty.due(timezone.now()))) == count
