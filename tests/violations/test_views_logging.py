"""记问题: logging a finding or a bonus outside a round."""

from datetime import timedelta

import pytest

from tests.factories.windows import PostingFactory, StaffFactory
from tests.violations.conftest import NOW
from trail.models import Notice
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(rules, staff):
    return {
        "day": "2026-11-25",
        "time": "14:20",
        "act": rules.talk.pk,
        "staff": staff.pk,
        "quantity": "1",
        "note": "与人聊天",
        "key": "8f0e2c36-8b7c-4d3e-9f5e-1f0d6f7b8a90",
    }


def test_officer_logs_a_finding_with_a_photo(send, see, entry, officer, clerk, photo):
    response = send(officer, "/findings/new/", photos=photo(), **entry)

    record = ConductRecord.objects.get()
    assert (record.status, record.source, record.finder, record.photos.count()) == (
        "notified", "manual", officer, 1,
    )  # fmt: skip
    assert response.redirect_chain[0][0] == record.get_absolute_url()
    file = record.photos.get()
    assert file.get_absolute_url() in see(clerk, record.get_absolute_url())


def test_photo_is_for_those_who_see_the_record(
    client, send, entry, officer, photo, clerk, colleague, outsider
):
    send(officer, "/findings/new/", photos=photo(), **entry)
    url = ConductRecord.objects.get().photos.get().get_absolute_url()

    answers = {}
    for user in (officer, clerk, colleague, outsider):
        client.force_login(user)
        answers[user.username] = client.get(url).status_code

    assert answers == {"officer": 200, "clerk": 200, "colleague": 404, "outsider": 404}


def test_double_click_logs_once(send, entry, officer):
    for _ in range(2):
        send(officer, "/findings/new/", **entry)

    assert (ConductRecord.objects.count(), Notice.objects.count()) == (1, 1)


def test_bonus_waits_for_the_manager(send, entry, rules, officer):
    send(officer, "/findings/new/", **{**entry, "act": rules.thanks.pk})

    assert ConductRecord.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"time": "15:20"}, {"time": ["发生时间在将来，请检查日期和时间。"]}),
        ({"day": "2026-11-26"}, {"time": ["发生时间在将来，请检查日期和时间。"]}),
        ({"staff": ""}, {"staff": ["“串岗聊天”是记在人身上的，请选是谁。"]}),
        ({"act": ""}, {"act": ["请选事项。"]}),
        ({"quantity": "0"}, {"quantity": ["数量要大于 0。"]}),
        ({"day": "昨天"}, {"day": ["日期看不懂，请写成 2026-11-25。"]}),
        ({"act": "999999"}, None),
        ({"staff": "999999"}, None),
    ],
)
def test_log_with_errors(change, errors, send, entry, officer):
    response = send(officer, "/findings/new/", **{**entry, **change})

    assert response.status_code == 422
    assert ConductRecord.objects.count() == 0
    if errors is not None:
        assert response.context["form"].errors == errors


def test_log_offers_people_and_acts_of_the_day(client, rules, staff, window, hall, officer):
    gone = StaffFactory(department=staff.department)
    PostingFactory(staff=gone, window=window, ends_on=NOW.date() - timedelta(days=1))
    client.force_login(officer)

    today = client.get("/findings/new/").context["form"]
    yesterday = client.get("/findings/new/?day=2026-11-24").context["form"]

    assert (gone.pk in today.people, gone.pk in yesterday.people) == (False, True)


def test_log_searches_acts(client, rules, officer):
    client.force_login(officer)

    form = client.get("/findings/new/?act_q=聊天").context["form"]

    assert [act.code for act in form.acts.values()] == ["talk"]


@pytest.mark.parametrize("role", ["clerk", "head", "supervisor", "unit", "admin", "inspector"])
def test_log_is_for_who_may_find(role, see, request):
    see(request.getfixturevalue(role), "/findings/new/", status=403)


def test_log_in_a_hall_where_one_may_not_find(see, officer, township):
    see(officer, "/findings/new/?hall=liulin", status=404)
