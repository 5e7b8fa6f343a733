"""消息: what is unread, due and about what; page and API alike."""

from datetime import timedelta

import pytest
from django.utils import timezone

from trail.models import Notice

pytestmark = pytest.mark.django_db
READ_ALL = "/api/v1/notices/read-all/"


@pytest.fixture
def told(hall, clerk):
    """Five notices: of a record overdue, one due soon, one due late, one of a run, one read."""
    now = timezone.now()
    rows = {
        "late": ("record:1:notified", now - timedelta(hours=2), None),
        "soon": ("rectification:2:open", now + timedelta(days=1), None),
        "far": ("remind:3", now + timedelta(days=9), None),
        "run": ("run:4", None, None),
        "seen": ("record:5:notified", now - timedelta(days=3), now),
    }
    return {
        name: Notice.objects.create(
            user=clerk, hall=hall, title=name, url="/me/", key=key, due_at=due, read_at=read,
            visible_from=now - timedelta(minutes=1),
        )
        for name, (key, due, read) in rows.items()
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=unread", {"late", "soon", "far", "run"}),
        ("status=read", {"seen"}),
        ("due=any", {"late", "soon", "far", "seen"}),
        ("due=soon", {"soon"}),
        ("status=unread&due=late", {"late"}),
        ("kind=record", {"late", "seen"}),
        ("kind=remind", {"far"}),
        ("kind=run", {"run"}),
    ],
)
def test_filters_of_page_and_api(client, clerk, told, query, names):
    client.force_login(clerk)

    page = client.get(f"/notices/?{query}").context["listing"].rows
    rows = client.get(f"/api/v1/notices/?{query}").json()["results"]

    assert {row.title for row in page} == {row["title"] for row in rows} == names


def test_condition_that_does_not_exist(client, clerk, told):
    client.force_login(clerk)

    assert client.get("/api/v1/notices/?due=never").status_code == 400
    assert client.get("/notices/?due=never&kind=x").status_code == 200


def test_counts_stand_on_the_tabs_and_in_the_api(client, clerk, told):
    client.force_login(clerk)
    page = client.get("/notices/").content.decode()

    assert client.get("/api/v1/notices/counts/").json() == {"unread": 4, "soon": 1, "late": 1}
    assert "4 条未读，其中 1 条已超期" in page
    assert [f">{words}</a>" in page for words in ("未读 4", "三天内到期 1", "已超期 1")] == [True] * 3
    assert page.count("期限：") == 4


def test_one_is_marked_and_the_list_stays(client, clerk, told):
    client.force_login(clerk)
    back = "http://testserver/notices/?status=unread"

    answer = client.post(f"/notices/{told['late'].pk}/read/", headers={"Referer": back})
    kind = client.post(f"/api/v1/notices/{told['soon'].pk}/read/").json()["kind"]

    assert (answer.url, kind) == ("/notices/?status=unread", "rectification")
    assert set(Notice.objects.unread().values_list("title", flat=True)) == {"far", "run"}


def test_all_are_marked_by_page_and_api_and_nobody_elses(client, clerk, officer, hall, told):
    now = timezone.now()
    other = Notice.objects.create(user=officer, hall=hall, title="x", url="/", visible_from=now)
    client.force_login(clerk)

    assert client.post(READ_ALL).json() == {"marked": 4}
    assert client.post(READ_ALL).json() == {"marked": 0}
    client.post("/notices/read/")

    assert list(Notice.objects.unread()) == [other]
    assert client.post(f"/notices/{other.pk}/read/").status_code == 404
    assert "全部标为已读" not in client.get("/notices/").content.decode()


def test_withdrawn_and_not_yet_visible_ones_do_not_count(client, clerk, hall):
    now = timezone.now()
    facts = {"user": clerk, "hall": hall, "title": "x", "url": "/"}
    Notice.objects.create(**facts, visible_from=now + timedelta(seconds=10))
    Notice.objects.create(**facts, visible_from=now, withdrawn_at=now)
    client.force_login(clerk)

    assert client.get("/api/v1/notices/counts/").json()["unread"] == 0


def test_notice_of_another_hall_names_it(client, manager, hall, township):
    facts = {"user": manager, "url": "/", "visible_from": timezone.now()}
    Notice.objects.create(**facts, hall=hall, title="本厅的事")
    Notice.objects.create(**facts, hall=township, title="下级的事")
    client.force_login(manager)

    page = client.get("/notices/").content.decode()

    assert (page.count(f"<small>{township}</small>"), page.count(f"<small>{hall}</small>")) == (1, 0)
