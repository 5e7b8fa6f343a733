"""Random rounds: nobody knows the time before, everybody sees whether it was walked."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import Refused
from patrols.models import PatrolDay, RandomRound, Round
from patrols.services import random_rounds
from patrols.services.patrol_days import due as days_due
from patrols.services.periods import add_period
from patrols.services.rota import set_day
from patrols.services.rounds import start_round
from tests.factories.patrols import finished
from trail.models import JobRun, Notice
from trail.services.jobs import due_runs, run_job

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
HERE = ZoneInfo("Asia/Shanghai")
HOURS = [(time(8, 30), time(12)), (time(13, 30), time(17, 30))]
NAME = random_rounds.NAME


@pytest.fixture
def often(hall):
    """The hall asks for three random rounds a day."""
    hall.settings = {"patrols.random_rounds": 3}
    hall.save()
    return hall


def at(clock):
    return time_machine.travel(f"2026-11-25T{clock}:00+08:00")


def tick():
    """What the beat does, for random rounds."""
    for name, _hall, period in due_runs(timezone.now()):
        if name == NAME:
            run_job(name, hall=random_rounds.Hall.objects.get(pk=_hall), period=period)


# --- the draw ---------------------------------------------------------------------------------


def test_times_lie_in_the_hours_and_can_still_be_answered(often):
    for n in range(40):
        times = random_rounds.drawn(often, TODAY + timedelta(days=n), HOURS, 10)
        clocks = [moment.astimezone(HERE).time() for moment in times]
        assert [c for c in clocks if not (time(8, 30) <= c < time(12) or time(13, 30) <= c < time(17))] == []
        assert times == sorted(times)


def test_times_differ_by_day_hall_and_key(often, other_hall, settings):
    drawn = [random_rounds.drawn(often, TODAY, HOURS, 3), random_rounds.drawn(other_hall, TODAY, HOURS, 3)]
    drawn.append(random_rounds.drawn(often, TODAY + timedelta(days=1), HOURS, 3))
    settings.SECRET_KEY = "another"
    drawn.append(random_rounds.drawn(often, TODAY, HOURS, 3))

    assert len({tuple(moment.time() for moment in times) for times in drawn}) == 4


def test_times_are_spread_over_the_day(often):
    minutes = [
        moment.astimezone(HERE).hour
        for n in range(300)
        for moment in random_rounds.drawn(often, TODAY + timedelta(days=n), HOURS, 1)
    ]

    assert {hour: minutes.count(hour) > 15 for hour in (9, 10, 11, 14, 15, 16)} == dict.fromkeys(
        (9, 10, 11, 14, 15, 16), True
    )


def test_day_shorter_than_the_time_to_answer_has_none(often):
    assert random_rounds.drawn(often, TODAY, [(time(9), time(9, 20))], 3) == []


@pytest.mark.parametrize(
    ("own", "period", "count"), [(0, None, 0), (2, None, 2), (0, 5, 3), (2, 5, 3), (4, 5, 4), (0, 1, 0)]
)
def test_special_period_asks_for_more(hall, manager, own, period, count):
    hall.settings = {"patrols.random_rounds": own}
    span = {"starts_on": TODAY, "ends_on": TODAY}
    found = [add_period(hall=hall, name="迎检", rounds=period, by=manager, **span)] if period else []

    assert random_rounds.wanted(hall, found) == count


# --- before the time --------------------------------------------------------------------------


def test_nothing_tells_of_a_round_before_its_time(client, often, manager, officer, window):
    set_day(hall=often, day=TODAY, manage=[officer], lead=[], units=[], by=manager)
    first = random_rounds.drawn(often, TODAY, [(time(8, 30), time(17, 30))], 3)[0].astimezone(HERE)

    with time_machine.travel(first - timedelta(minutes=1)):
        tick()
        assert (RandomRound.objects.count(), JobRun.objects.filter(job=NAME).count()) == (0, 0)
        for person in (officer, manager):
            client.force_login(person)
            for path in ("/today/", "/patrol/", "/api/v1/random-rounds/", "/api/v1/jobs/", "/coverage/"):
                page = client.get(path).content.decode()
                told = ("随机轮</strong>" in page, "随机轮、" in page, f"{first:%H:%M}" in page)
                assert told == (False, False, False), path
    with time_machine.travel(first):
        tick()
        assert Notice.objects.filter(key__startswith="duty:random:").get().user == officer


def test_run_before_its_time_is_refused(often):
    with pytest.raises(Refused):
        run_job(NAME, hall=often, period="2026-11-25T16:00")

    assert RandomRound.objects.count() == 0


def test_round_that_was_not_called_cannot_be_started(often, officer):
    with pytest.raises(Refused) as refused:
        start_round(hall=often, kind="random", by=officer)

    assert (refused.value.code, Round.objects.count()) == ("no_random_round", 0)


# --- when the time has come -------------------------------------------------------------------


def call(hall, clock="09:40"):
    return run_job(NAME, hall=hall, period=f"2026-11-25T{clock}")


def test_call_reaches_who_is_on_duty_once(often, manager, officer, second_manager):
    set_day(hall=often, day=TODAY, manage=[second_manager], lead=[], units=[], by=manager)

    for _ in range(2):
        call(often)

    assert Notice.objects.filter(key__startswith="duty:random:").get().user == second_manager


def test_call_without_a_rota_reaches_the_officers(often, manager, officer):
    call(often)

    assert Notice.objects.get(key__startswith="duty:random:").user == officer


def test_call_is_answered_by_a_round(client, often, officer, window):
    call(often)
    client.force_login(officer)
    assert "随机轮、上午轮还没有人巡查" in client.get("/today/").content.decode()

    client.post("/patrol/start/", {"kind": "random"})

    found = RandomRound.objects.get()
    assert (found.round, found.round.kind) == (Round.objects.get(), "random")
    assert client.get("/patrol/").context["plan"].waiting_call is None


def test_call_is_answered_once(often, officer, second_manager):
    call(often)
    start_round(hall=often, kind="random", by=officer)

    with pytest.raises(Refused) as refused:
        start_round(hall=often, kind="random", by=second_manager)

    assert refused.value.code == "no_random_round"


def test_call_of_another_hall_is_not_answered_here(often, other_hall):
    from tests.factories.accounts import person_with  # noqa: PLC0415  only here

    call(often)

    with pytest.raises(Refused):
        start_round(hall=other_hall, kind="random", by=person_with("officer", other_hall))


def test_call_cannot_be_answered_too_late(often, officer):
    call(often)

    with at("10:31"), pytest.raises(Refused):
        start_round(hall=often, kind="random", by=officer)


def test_no_call_after_hours_nor_on_a_day_off(often):
    with at("17:45"):
        assert random_rounds.due(timezone.now()) == []
    with time_machine.travel("2026-11-28T16:00:00+08:00"):
        assert random_rounds.due(timezone.now()) == []
    with at("17:15"):
        assert len(random_rounds.due(timezone.now())) == 3


# --- how the day ended ------------------------------------------------------------------------


def close(hall, day="2026-11-25"):
    with time_machine.travel(f"{day}T18:00:00+08:00"):
        run_job("close_patrol_day", hall=hall, period=day)
    return PatrolDay.objects.get(hall=hall, day=day)


def test_day_keeps_what_was_due_and_missed(often, manager, officer, window):
    set_day(hall=often, day=TODAY, manage=[officer], lead=[], units=[], by=manager)
    finished(start_round(hall=often, kind="morning", by=officer))
    call(often)

    row = close(often)

    facts = (row.due, row.missed, row.missed_words, row.windows, row.visited, row.on_duty)
    assert facts == (3, 2, "下午轮、随机轮", 1, 0, "李航")
    told = Notice.objects.filter(key__startswith="duty:missed:").values_list("user__name", flat=True)
    assert sorted(told) == ["周敏", "李航"]


def test_day_with_nothing_missed_tells_nobody(hall, manager, officer):
    for kind in ("morning", "afternoon"):
        finished(start_round(hall=hall, kind=kind, by=officer))

    row = close(hall)

    assert (row.due, row.missed, Notice.objects.count()) == (2, 0, 0)


def test_day_stays_as_it_was_when_the_settings_change(hall, manager):
    close(hall)
    hall.settings = {"patrols.afternoon_due": False}
    hall.save()

    assert run_job("close_patrol_day", hall=hall, period="2026-11-25").result["missed"] == 2


def test_missed_days_are_made_up(hall, manager):
    close(hall, "2026-11-19")

    moment = datetime(2026, 11, 25, 18, tzinfo=HERE)
    periods = [period for one, period in days_due(moment) if one == hall]

    assert periods == ["2026-11-20", "2026-11-23", "2026-11-24", "2026-11-25"]
