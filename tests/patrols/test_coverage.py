"""巡查覆盖: what was left out, and how evenly it was found."""

import json
from datetime import date

import pytest

from patrols.models import PatrolDay, SpecialPeriod
from patrols.services.evenness import officer_shares
from tests.factories.patrols import found, visited
from tests.factories.windows import StaffFactory, WindowFactory

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def days(hall):
    make = PatrolDay.objects.create
    return [
        make(hall=hall, day=date(2026, 11, 23), due=2, missed=0, windows=3, visited=3),
        make(
            hall=hall,
            day=date(2026, 11, 24),
            due=3,
            missed=2,
            missed_words="下午轮、随机轮",
            windows=3,
            visited=1,
        ),
        make(hall=hall, day=date(2026, 10, 30), due=2, missed=1, windows=3, visited=1),
    ]


def test_month_sums_its_own_days(client, manager, days, window):
    client.force_login(manager)

    page = client.get("/coverage/")

    assert page.context["figures"] == {"days": 2, "due": 5, "missed": 2, "bad_days": 1}
    assert [w.code for w in page.context["week"].unvisited] == ["A05"]


def test_card_of_the_managers_home(client, manager, officer, days, window):
    client.force_login(manager)
    page = client.get("/today/").content.decode()
    assert ("没有巡 2 轮" in page, "本周还有 1 个窗口没有查过" in page) == (True, True)

    client.force_login(officer)
    assert "没有巡 2 轮" not in client.get("/today/").content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("leader", 200), ("supervisor", 200), ("officer", 403), ("clerk", 403)]
)
def test_who_may_compare_officers(client, request, days, who, status):
    client.force_login(request.getfixturevalue(who))

    assert [client.get(path).status_code for path in ("/coverage/", "/api/v1/patrol-days/")] == [status] * 2


def test_days_of_another_hall(client, outsider, days):
    client.force_login(outsider)

    assert client.get("/api/v1/patrol-days/").json()["results"] == []
    assert client.get("/coverage/?hall=qinghe").status_code == 404


def test_only_days_with_something_missed(client, manager, days):
    client.force_login(manager)

    rows = client.get("/coverage/?status=missed&from=2026-11-01").context["listing"].rows

    assert [row.day.day for row in rows] == [24]


def test_officers_by_what_a_hundred_visits_find(hall, officer, new_round, running, department, untidy):
    other = new_round()
    windows = [WindowFactory(department=department, code=f"C{n}") for n in range(4)]
    for window in windows[:3]:
        visited(running, window)
    found(running, windows[3], untidy)
    visited(other, windows[0])

    shares = officer_shares(hall, FIRST, LAST)

    assert [(s.who, s.visits, s.found, s.rate, s.average) for s in shares] == [
        ("李航", 4, 1, 25.0, 20.0),
        (other.officer.name, 1, 0, 0.0, 20.0),
    ]


@pytest.mark.parametrize(("enough", "verdicts"), [(1, ["明显偏多", "明显偏少"]), (50, ["", ""])])
def test_who_finds_much_more_or_less(hall, new_round, running, department, untidy, enough, verdicts):
    hall.settings = {"patrols.uneven_from": enough}
    other = new_round()
    windows = [WindowFactory(department=department, code=f"C{n}") for n in range(3)]
    found(running, windows[0], untidy)
    for window in windows:
        visited(other, window)

    by_name = {share.who: share.verdict for share in officer_shares(hall, FIRST, LAST)}

    assert [by_name["李航"], by_name[other.officer.name]] == verdicts


def test_own_unit_left_out_is_counted(hall, officer, running, window, department):
    from patrols.services.rounds import finish_round  # noqa: PLC0415  only here

    StaffFactory(department=department, no="OWN1", user=officer)
    finish_round(round_=running, by=officer)

    assert [(s.own, s.visits) for s in officer_shares(hall, FIRST, LAST)] == [(1, 0)]


def test_coverage_over_the_api(client, manager, days, window, officer):
    client.force_login(manager)

    answer = client.get("/api/v1/patrol-days/coverage/?month=2026-10").json()

    assert answer == {
        "month": "2026-10",
        "days": 1,
        "due": 2,
        "missed": 1,
        "bad_days": 1,
        "unvisited": ["A05"],
        "officers": [],
    }


# --- special periods --------------------------------------------------------------------------

PERIOD = {"name": "迎检周", "starts_on": "2026-12-01", "ends_on": "2026-12-04", "rounds": 4}


def test_period_by_the_page(client, manager):
    client.force_login(manager)

    client.post("/duty/periods/new/", PERIOD)
    period = SpecialPeriod.objects.get()
    client.post(f"/duty/periods/{period.pk}/", {**PERIOD, "rounds": 5})

    period.refresh_from_db()
    assert (period.name, period.rounds) == ("迎检周", 5)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ends_on": "2026-11-01"}, "结束日期不能早于开始日期"),
        ({"rounds": "0"}, "1"),
        ({"ends_on": "2029-11-01"}, "最长一年"),
        ({"name": ""}, "请填写名称"),
    ],
)
def test_period_that_makes_no_sense(client, manager, fields, words):
    client.force_login(manager)

    answer = client.post("/duty/periods/new/", {**PERIOD, **fields})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert SpecialPeriod.objects.count() == 0


@pytest.mark.parametrize("who", ["officer", "leader", "supervisor", "unit"])
def test_period_is_set_by_the_office_alone(client, request, manager, who):
    client.force_login(manager)
    client.post("/duty/periods/new/", PERIOD)
    pk = SpecialPeriod.objects.get().pk
    client.force_login(request.getfixturevalue(who))

    client.post(f"/duty/periods/{pk}/", {**PERIOD, "rounds": 9})
    refused = client.post("/duty/periods/new/", PERIOD).status_code
    gone = client.post(f"/duty/periods/{pk}/remove/").status_code

    assert (refused, gone, SpecialPeriod.objects.get().rounds) == (403, 403, 4)


def test_period_over_the_api(client, manager):
    client.force_login(manager)
    as_json = {"content_type": "application/json"}

    made = client.post("/api/v1/special-periods/", json.dumps(PERIOD), **as_json).json()
    path = f"/api/v1/special-periods/{made['id']}/"
    changed = client.patch(path, json.dumps({"rounds": 6}), **as_json).json()
    stale = client.patch(path, json.dumps({"rounds": 7}), headers={"If-Match": '"x"'}, **as_json)
    wrong = client.patch(path, json.dumps({"ends_on": "2026-01-01"}), **as_json)
    gone = client.delete(path)

    assert (changed["rounds"], changed["name"], stale.status_code) == (6, "迎检周", 412)
    assert (wrong.status_code, gone.status_code, SpecialPeriod.objects.count()) == (400, 204, 0)
