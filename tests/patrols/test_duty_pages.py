"""The pages and the API of the rota."""

import json
from datetime import date

import pytest

from patrols.models import DutyDay
from patrols.services.rota import set_day
from tests.factories.accounts import person_with

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
ON_TODAY = "/duty/on/2026-11-25/"


@pytest.fixture
def today(hall, manager, officer, leader, department):
    rows = set_day(hall=hall, day=TODAY, manage=[officer], lead=[leader], units=[department], by=manager)
    return {row.kind: row for row in rows}


def body(response):
    return response.content.decode()


def post(client, path, **data):
    return client.post(f"/api/v1/{path}", json.dumps(data), content_type="application/json")


def test_month_says_what_to_do_when_nobody_is_on_it(client, manager, officer):
    client.force_login(manager)
    assert "选轮值的人，系统按工作日轮流排好" in body(client.get("/duty/"))

    client.force_login(officer)
    assert "大厅管理员排好后会出现在这里" in body(client.get("/duty/"))


@pytest.mark.parametrize(
    ("who", "names"),
    [("manager", 3), ("officer", 3), ("leader", 3), ("supervisor", 3), ("admin", 3), ("unit", 1)],
)
def test_month_shows_what_each_may_see(client, request, today, department, who, names):
    client.force_login(request.getfixturevalue(who))

    page = client.get("/duty/")

    cells = [cell for cell in page.context["calendar"].days if cell.day == TODAY]
    assert sum(len(rows) for _, rows in cells[0].groups) == names


@pytest.mark.parametrize("who", ["clerk", "head", "inspector"])
def test_month_is_closed_to_others(client, request, today, who):
    client.force_login(request.getfixturevalue(who))

    assert client.get("/duty/").status_code == 403


def test_month_of_another_hall(client, outsider, today):
    client.force_login(outsider)

    assert "李航" not in body(client.get("/duty/?month=2026-11"))
    assert client.get("/duty/?hall=qinghe").status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-01", "2026-11-01", "2026-11'"])
def test_month_that_is_none(client, manager, month):
    client.force_login(manager)

    assert client.get("/duty/", {"month": month}).status_code == 422


def test_draft_by_the_page(client, manager, officer, second_manager):
    client.force_login(manager)
    chosen = [officer.pk, second_manager.pk]

    response = client.post("/duty/draft/", {"month": "2026-12", "kind": "manage", "people": chosen})

    assert response.headers["Location"].startswith("/duty/?month=2026-12")
    assert DutyDay.objects.count() == 23


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"month": "2026-12", "kind": "manage"}, "请至少选一个人"),
        ({"month": "2026-12", "kind": "unit"}, "请至少选一个单位"),
        ({"month": "下个月", "kind": "manage", "people": "{officer}"}, "不是月份"),
        ({"month": "2026-10", "kind": "manage", "people": "{officer}"}, "已经过去"),
        ({"month": "2026-12", "kind": "lead", "people": "{officer}"}, "李航不能排领导带班"),
        ({"month": "2026-12", "kind": "manage", "people": "0"}, "0"),
    ],
)
def test_draft_that_cannot_be(client, manager, officer, fields, words):
    client.force_login(manager)

    response = client.post("/duty/draft/", {k: v.format(officer=officer.pk) for k, v in fields.items()})

    assert (response.status_code, words in body(response), DutyDay.objects.count()) == (422, True, 0)


@pytest.mark.parametrize("path", ["/duty/draft/", ON_TODAY])
@pytest.mark.parametrize("who", ["officer", "leader", "supervisor", "unit"])
def test_only_the_office_keeps_the_rota(client, request, who, path):
    client.force_login(request.getfixturevalue(who))

    assert (client.get(path).status_code, client.post(path).status_code) == (403, 403)


def test_day_of_the_page_offers_who_is_on_it(client, manager, officer, today):
    client.force_login(manager)

    form = client.get(ON_TODAY).context["form"]

    assert (form.initial["manage"], officer.pk in dict(form.fields["manage"].choices)) == ([officer.pk], True)


@pytest.mark.parametrize("day", ["2026-02-30", "x", "0001-01-01", "9999-12-31"])
def test_day_that_is_none(client, manager, day):
    client.force_login(manager)

    assert client.get(f"/duty/on/{day}/").status_code == 404


def test_log_by_the_page_of_the_unit(client, unit, today):
    client.force_login(unit)
    page = f"/duty/{today['unit'].pk}/"

    missing = client.post(page, {"seen": "秩序正常"})
    client.post(page, {"seen": "秩序正常", "present_name": "何局长"})

    today["unit"].refresh_from_db()
    assert (missing.status_code, "请写是哪位领导到场值班" in body(missing)) == (422, True)
    assert (today["unit"].present_name, today["unit"].logged_by) == ("何局长", unit)


def test_log_of_others_is_read_only(client, officer, today):
    client.force_login(officer)

    page = client.get(f"/duty/{today['lead'].pk}/")

    assert ("值班日志由值班人自己写" in body(page), 'name="seen"' in body(page)) == (True, False)
    assert client.post(f"/duty/{today['lead'].pk}/", {"seen": "x"}).status_code == 422
    today["lead"].refresh_from_db()
    assert today["lead"].logged_at is None


def test_ledger_asks_as_often_for_one_day_as_for_ten(
    client, hall, manager, officer, django_assert_max_num_queries
):
    for day in range(1, 11):
        set_day(hall=hall, day=date(2026, 12, day), manage=[officer], lead=[], units=[], by=manager)
    client.force_login(manager)

    for path in ("/duty/ledger/", "/duty/?month=2026-12"):
        with django_assert_max_num_queries(10):
            client.get(path)


@pytest.mark.parametrize(("status", "who"), [("present", ["陈国平"]), ("to_come", ["李航"]), ("absent", [])])
def test_ledger_by_presence(client, manager, leader, officer, today, status, who):
    client.force_login(leader)
    client.post(f"/duty/{today['lead'].pk}/", {"seen": "正常"})
    client.force_login(manager)

    rows = client.get("/duty/ledger/", {"status": status}).context["listing"].rows

    assert [row.who for row in rows if not row.is_unit] == who


def test_today_names_who_is_on_duty(client, manager, today):
    client.force_login(manager)

    page = " ".join(body(client.get("/today/")).split())

    assert '<dt>值班</dt> <dd><a href="/duty/' in page
    assert "李航" in page


def test_today_asks_for_the_log(client, officer, today):
    client.force_login(officer)
    assert "写值班日志" in body(client.get("/today/"))

    client.post(f"/duty/{today['manage'].pk}/", {"seen": "正常"})

    assert "写值班日志" not in body(client.get("/today/"))


def test_unit_page_shows_its_days(client, unit, today):
    client.force_login(unit)

    assert f'href="/duty/{today["unit"].pk}/"' in body(client.get("/unit/"))


# --- the second door --------------------------------------------------------------------------


def test_api_sets_a_day_with_its_version(client, manager, officer, second_manager, today):
    client.force_login(manager)
    people = {"day": "2026-11-25", "lead": [], "units": []}

    first = post(client, "duty-days/set/", manage=[officer.pk, second_manager.pk], **people)
    stale = client.post(
        "/api/v1/duty-days/set/",
        json.dumps({**people, "manage": [officer.pk]}),
        content_type="application/json",
        headers={"If-Match": '"old"'},
    )

    assert ([row["who"] for row in first.json()], "ETag" in first.headers) == (["李航", "郑平"], True)
    assert stale.status_code == 412


@pytest.mark.parametrize(
    "data",
    [
        {"manage": [999999], "lead": [], "units": []},
        {"manage": "x", "lead": [], "units": []},
        {"manage": [-1], "lead": [], "units": []},
        {"manage": []},
    ],
)
def test_api_refuses_a_day_of_nobody(client, manager, today, data):
    client.force_login(manager)

    answer = post(client, "duty-days/set/", day="2026-11-25", **data)

    assert (answer.status_code, DutyDay.objects.count()) == (400, 3)


def test_api_draft_of_another_hall_is_refused(client, other_hall, manager, officer):
    foreign = person_with("manager", other_hall)
    client.force_login(foreign)

    answer = post(client, "duty-days/draft/", month="2026-12", kind="manage", people=[officer.pk])

    assert (answer.status_code, DutyDay.objects.count()) == (400, 0)


def test_api_shares(client, manager, officer, today):
    client.force_login(manager)

    rows = client.get("/api/v1/duty-days/share/?month=2026-11").json()

    assert [(row["who"], row["kind"], row["days"], row["over"]) for row in rows][:2] == [
        ("李航", "manage", 1, 0),
        ("陈国平", "lead", 1, 0),
    ]


def test_api_log_by_the_wrong_person(client, officer, today):
    client.force_login(officer)

    assert post(client, f"duty-days/{today['lead'].pk}/log/", seen="x").status_code == 403
