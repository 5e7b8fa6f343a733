"""The pages of a round, without script."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from patrols.models import Finding, Round, Visit
from tests.factories.patrols import finished, found, photo, visited
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from violations.models import ConductRecord
from windows.absences import forget_absences, register_absences

pytestmark = pytest.mark.django_db
ROUNDS = "/patrol/"


def page(round_, code=""):
    return f"/patrol/{round_.pk}/" + (f"?w={code}" if code else "")


def body(response):
    return response.content.decode()


# --- the list of rounds -----------------------------------------------------------------------


def test_rounds_offers_to_start_what_is_due(client, officer, window):
    client.force_login(officer)

    response = client.get(ROUNDS)

    assert [kind.value for kind in response.context["startable"]] == ["morning", "afternoon"]


@pytest.mark.parametrize(("who", "first"), [("leader", "leader"), ("manager", "morning")])
def test_rounds_offers_a_leader_the_own_round_first(client, request, window, who, first):
    client.force_login(request.getfixturevalue(who))

    kinds = [kind.value for kind in client.get(ROUNDS).context["startable"]]

    assert (kinds[0], "leader" in kinds) == (first, True)


def test_rounds_offers_nothing_to_a_supervisor(client, supervisor, window):
    client.force_login(supervisor)

    assert "开始上午轮" not in body(client.get(ROUNDS))


def test_rounds_of_another_hall_are_not_listed(client, outsider, running):
    client.force_login(outsider)

    assert running.number not in body(client.get(ROUNDS))


@pytest.mark.parametrize("query", ["kind=leader", "q=XC-2026", "person=0", "from=2026-11-01&to=2026-11-30"])
def test_rounds_opens_with_any_filter(client, manager, running, query):
    client.force_login(manager)

    assert client.get(f"{ROUNDS}?{query}").status_code == 200


def test_rounds_asks_as_often_for_one_round_as_for_five(
    client, manager, new_round, window, django_assert_max_num_queries
):
    client.force_login(manager)
    for _ in range(5):
        visited(new_round(), window)

    with django_assert_max_num_queries(10):
        client.get(ROUNDS)


def test_start_goes_to_the_first_window(client, officer, window):
    client.force_login(officer)

    response = client.post("/patrol/start/", {"kind": "morning"})

    assert response.headers["Location"] == page(Round.objects.get())


# --- one screen per window --------------------------------------------------------------------


def test_round_shows_the_first_window_with_its_people(
    client, officer, running, rulebook, staff, second_window
):
    client.force_login(officer)

    response = client.get(page(running))

    assert (response.context["stop"].window.code, response.context["chosen_who"]) == ("A05", str(staff.pk))
    assert "记下，去 A06" in body(response)


def test_round_preselects_nobody_among_two(client, officer, running, rulebook, staff, colleague):
    client.force_login(officer)

    assert client.get(page(running)).context["chosen_who"] == ""


def test_round_shows_who_is_away(client, officer, running, rulebook, staff):
    client.force_login(officer)
    register_absences("test", lambda hall, moment: {staff.pk: "请假"})
    try:
        response = client.get(page(running))
    finally:
        forget_absences("test")

    assert ("请假" in body(response), response.context["chosen_who"]) == (True, "")


def test_round_is_the_summary_for_others(client, manager, running):
    client.force_login(manager)

    assert client.get(page(running)).headers["Location"] == f"/patrol/{running.pk}/done/"


def test_round_of_another_hall(client, outsider, running):
    client.force_login(outsider)

    assert client.get(page(running)).status_code == 404


def test_round_without_a_rulebook_offers_no_problem_only(client, officer, running, window):
    client.force_login(officer)

    assert "还没有现行的考核细则" in body(client.get(page(running)))


def test_round_puts_the_most_used_acts_first(
    client, officer, new_round, running, rulebook, staff, window, doze
):
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        found(new_round(), window, doze, staff=staff)
    client.force_login(officer)

    top = client.get(page(running)).context["page"].top

    assert (top[0].act, len(top), top[0].words) == (doze, 11, "−2 分")


def test_round_order_of_acts_stays_put_within_a_day(
    client, officer, new_round, running, rulebook, staff, window, doze
):
    client.force_login(officer)
    before = [c.act.pk for c in client.get(page(running)).context["page"].top]
    found(new_round(), window, doze, staff=staff)

    assert [c.act.pk for c in client.get(page(running)).context["page"].top] == before
    cache.clear()
    assert [c.act.pk for c in client.get(page(running)).context["page"].top] == before


def test_round_says_what_the_window_loses_besides(client, officer, running, rulebook, staff):
    client.force_login(officer)

    choices = {c.act.code: c.cascade for c in client.get(page(running)).context["page"].choices}

    assert (choices["playing_games"], choices["dozing"], choices["untidy_window"]) == (
        "另扣窗口 2 分",
        "当月满 5 分另扣窗口 2 分",
        "",
    )


def test_round_asks_as_often_for_one_window_as_for_twenty(
    client, officer, running, rulebook, staff, department, doze, django_assert_max_num_queries
):
    for n in range(20):
        extra = WindowFactory(department=department, code=f"B{n:02d}")
        PostingFactory(window=extra, staff=StaffFactory(department=department, no=f"B{n}"))
        visited(running, extra)
    found(running, staff.postings.get().window, doze, staff=staff)
    client.force_login(officer)
    client.get(page(running))  # the first look of a day counts which acts are used most

    with django_assert_max_num_queries(11):
        client.get(page(running))


def test_no_problem_goes_on_with_undo(client, officer, running, rulebook, window, second_window):
    client.force_login(officer)

    response = client.post(page(running), {"window": window.pk, "result": "ok"}, follow=True)

    visit = Visit.objects.get()
    assert (visit.result, response.redirect_chain[-1][0]) == ("ok", page(running, "A06"))
    assert f'action="{reverse("patrols:undo", args=[visit.pk])}"' in body(response)
    assert body(response).count("A05：无问题") == 1


def test_finding_with_photos(client, officer, running, window, staff, doze):
    client.force_login(officer)
    data = {"window": window.pk, "result": "finding", "who": staff.pk, "act": doze.pk, "words": "靠着"}

    client.post(page(running), {**data, "photos": [photo("a.jpg"), photo("b.jpg")]})

    finding = Finding.objects.get()
    assert (finding.record.staff, finding.words, finding.photos.count()) == (staff, "靠着", 2)


def test_finding_sent_twice_by_the_form_is_one(client, officer, running, window, untidy):
    client.force_login(officer)
    number = "b7a5c9a4-8f2e-4f43-9d55-0d6a4a4f0001"
    data = {
        "window": window.pk,
        "result": "finding",
        "who": "window",
        "act": untidy.pk,
        "client_uuid": number,
    }

    for _ in range(2):
        client.post(page(running), data)

    assert ConductRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "请选发现了什么"),
        ({"act": "dozing"}, "请选是谁"),
        ({"act": "dozing", "who": "999999"}, "没有这个人"),
        ({"act": "dozing", "who": "window"}, "请选是谁"),
    ],
)
def test_finding_that_lacks_something(client, officer, running, window, rulebook, doze, fields, words):
    client.force_login(officer)
    if "act" in fields:
        fields = {**fields, "act": doze.pk}

    response = client.post(
        page(running), {"window": window.pk, "result": "finding", "words": "留着", **fields}
    )

    assert (response.status_code, words in body(response), 'value="留着"' in body(response)) == (
        422,
        True,
        True,
    )


def test_last_window_leads_to_the_summary(client, officer, running, rulebook, window):
    client.force_login(officer)

    response = client.post(page(running), {"window": window.pk, "result": "ok"})

    assert response.headers["Location"] == f"/patrol/{running.pk}/done/"


def test_undo_goes_back_to_the_window(client, officer, running, window):
    visit = visited(running, window)
    client.force_login(officer)

    response = client.post(reverse("patrols:undo", args=[visit.pk]))

    visit.refresh_from_db()
    assert (response.headers["Location"], visit.undone_at is not None) == (page(running, "A05"), True)


def test_undo_from_another_hall(client, outsider, running, window):
    visit = visited(running, window)
    client.force_login(outsider)

    assert client.post(reverse("patrols:undo", args=[visit.pk])).status_code == 404


# --- the code on the window -------------------------------------------------------------------


def test_window_code_opens_the_window_in_the_running_round(client, officer, running, second_window):
    client.force_login(officer)

    response = client.get(f"/patrol/w/{second_window.qr_token}/")

    assert response.headers["Location"] == page(running, "A06")


def test_window_code_without_a_round_offers_to_start_one(client, officer, window):
    client.force_login(officer)

    response = client.get(f"/patrol/w/{window.qr_token}/", follow=True)

    assert 'name="w" value="A05"' in body(response)


def test_window_code_of_another_hall(client, outsider, window):
    client.force_login(outsider)

    assert client.get(f"/patrol/w/{window.qr_token}/").status_code == 404


# --- the summary ------------------------------------------------------------------------------


def test_done_asks_for_the_reason_of_each_missed_window(client, officer, running, window, second_window):
    visited(running, window)
    client.force_login(officer)

    response = client.post(f"/patrol/{running.pk}/done/")

    assert (response.status_code, "A06 没有查，请写原因" in body(response)) == (422, True)


def test_done_with_one_reason_for_all(client, officer, running, window, second_window):
    client.force_login(officer)

    client.post(f"/patrol/{running.pk}/done/", {"reason_all": "停电"})

    running.refresh_from_db()
    assert (running.is_open, list(running.visits.values_list("reason", flat=True))) == (
        False,
        ["停电", "停电"],
    )


def test_done_of_a_finished_round_is_read_only(client, supervisor, running, window):
    finished(running)
    client.force_login(supervisor)

    assert "结束本轮" not in body(client.get(f"/patrol/{running.pk}/done/"))


def test_done_asks_a_fixed_number_of_times(
    client, manager, running, department, untidy, django_assert_max_num_queries
):
    for n in range(6):
        found(running, WindowFactory(department=department, code=f"C{n}"), untidy)
    client.force_login(manager)
    client.get(f"/patrol/{running.pk}/done/")

    with django_assert_max_num_queries(10):
        client.get(f"/patrol/{running.pk}/done/")


def test_done_by_a_supervisor_is_refused(client, supervisor, running, window):
    client.force_login(supervisor)

    assert client.post(f"/patrol/{running.pk}/done/").status_code == 403


def test_done_for_a_clerk(client, clerk, running):
    client.force_login(clerk)

    assert client.get(f"/patrol/{running.pk}/done/").status_code == 403


def test_service_worker_has_the_scope_of_the_room(client):
    response = client.get("/patrol/sw.js")

    assert (response.headers["Service-Worker-Allowed"], response.headers["Content-Type"]) == (
        "/patrol/",
        "text/javascript; charset=utf-8",
    )
