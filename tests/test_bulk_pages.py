"""批量办理 on list pages: each row as singly, a result for each, 撤销 for all that went through."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from attendance.enums import Outcome
from tests.factories.accounts import person_with
from tests.factories.attendance import DayResultFactory
from tests.factories.violations import draft_of, record_of, rules_of
from trail.models import Notice
from trail.services.notices import tell
from violations.enums import RecordStatus, RectificationStatus
from violations.models import ConductRecord
from violations.services import ledger, rectify

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules(hall):
    return rules_of(hall)


@pytest.fixture
def stated(rules, staff, window, clerk, officer):
    """Three records on which the person has said his side."""
    made = []
    for n in range(3):
        record = record_of(rules.talk, by=officer, staff=staff, window=window)
        ledger.state_on_record(record=record, by=clerk, reason="other", words=f"情况{n}")
        made.append(record)
    return made


def states(records):
    return [ConductRecord.objects.get(pk=record.pk).status for record in records]


def send(client, user, url, records, **data):
    client.force_login(user)
    return client.post(url, {"pk": [getattr(r, "pk", r) for r in records], **data})


def test_one_refused_row_does_not_stop_the_others(client, manager, stated, rules, staff, window, officer):
    waiting = record_of(rules.talk, by=officer, staff=staff, window=window)

    response = send(client, manager, "/findings/bulk/", [stated[0], waiting, stated[1]], act="confirm")

    assert states([stated[0], waiting, stated[1]]) == ["confirmed", "notified", "confirmed"]
    assert [item.ok for item in response.context["result"].items] == [True, False, True]
    body = response.content.decode()
    assert "认定：成功 2 条，未办 1 条" in body
    assert "当事人还没有答复，答复期满前不能认定。" in body


def test_reason_goes_to_every_row_and_without_it_none_is_dismissed(client, manager, stated):
    bare = send(client, manager, "/findings/bulk/", stated[:2], act="dismiss")
    assert bare.context["result"].words == "成功 0 条，未办 2 条"

    send(client, manager, "/findings/bulk/", stated[:2], act="dismiss", words="情况属实")

    assert states(stated) == ["dismissed", "dismissed", "stated"]
    assert {r.status_changes.last().note for r in stated[:2]} == {"情况属实"}


def test_the_bulk_is_taken_back_within_ten_seconds_and_not_later(client, manager, stated):
    page = send(client, manager, "/findings/bulk/", stated, act="confirm").content.decode()
    undo = f"/findings/bulk/undo/?pk={','.join(str(r.pk) for r in stated)}"
    assert f'action="{undo}"' in page

    client.post(undo)
    assert states(stated) == [RecordStatus.STATED] * 3

    send(client, manager, "/findings/bulk/", stated[:1], act="confirm")
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        late = client.post(f"/findings/bulk/undo/?pk={stated[0].pk}")
    assert late.context["result"].items[0].code == "undo_expired"
    assert states(stated[:1]) == ["confirmed"]


def test_proposals_are_verified_together(client, officer, rules, staff, window):
    drafts = [draft_of(rules.late, by=officer, staff=staff, window=window) for _ in range(2)]

    send(client, officer, "/findings/bulk/", drafts, act="verify")

    assert states(drafts) == ["notified", "notified"]


def test_rows_out_of_sight_are_not_found(client, outsider, stated):
    response = send(client, outsider, "/findings/bulk/", stated, act="confirm")

    assert {item.code for item in response.context["result"].items} == {"not_found"}
    assert states(stated) == ["stated"] * 3


@pytest.mark.parametrize(
    ("data", "words"),
    [({"act": "confirm"}, "请先选择要办的条目。"), ({"act": "fly", "pk": ["1"]}, "请选择要做什么。")],
)
def test_nothing_chosen_is_said_plainly(client, manager, data, words):
    client.force_login(manager)
    response = client.post("/findings/bulk/", data)
    assert response.status_code == 422
    assert words in response.content.decode()


def test_an_act_of_another_role_is_not_offered_nor_taken(client, officer, stated):
    client.force_login(officer)
    page = client.get("/findings/").content.decode()
    assert ('value="verify"' in page, 'value="confirm"' in page) == (True, False)

    assert send(client, officer, "/findings/bulk/", stated, act="confirm").status_code == 422
    assert states(stated) == ["stated"] * 3


def test_who_may_do_nothing_sees_no_boxes(client, supervisor, stated):
    client.force_login(supervisor)
    assert 'name="pk"' not in client.get("/findings/").content.decode()


def test_boxes_work_without_script(client, manager, stated):
    client.force_login(manager)
    page = client.get("/findings/?status=stated").content.decode()
    assert page.count('name="pk"') == 3
    assert 'href="?status=stated&amp;pick=page' in page

    picked = client.get("/findings/?status=stated&pick=page").content.decode()
    assert picked.count('form="bulk" checked') == 3


def test_the_way_back_stays_in_the_house(client, manager, stated):
    data = {"act": "confirm", "back": "https://elsewhere.example/"}
    assert send(client, manager, "/findings/bulk/", stated, **data).context["back"] == "/findings/"


def test_orders_are_rechecked_together_and_taken_back(client, manager, head, rules, window, officer, clerk):
    orders = []
    for _ in range(2):
        record = record_of(rules.messy, by=officer, window=window)
        orders.append(rectify.order_rectification(record=record, by=officer))
    rectify.submit_rectification(rectification=orders[0], by=head, words="已整理")

    def found():
        return [type(o).objects.get(pk=o.pk).status for o in orders]

    send(client, manager, "/rectify/bulk/", orders, act="done")
    assert found() == [RectificationStatus.DONE] * 2
    client.post(f"/rectify/bulk/undo/?pk={orders[0].pk},{orders[1].pk}")
    assert found() == [RectificationStatus.SUBMITTED, RectificationStatus.OPEN]


def test_notices_are_marked_as_read_together(client, hall, clerk, colleague):
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        tell([clerk, colleague], title="请看", url="/me/", hall=hall)
        tell([clerk], title="再看", url="/me/", hall=hall)
    rows = list(Notice.objects.order_by("pk"))

    response = send(client, clerk, "/notices/bulk/", rows, act="read")

    assert [item.ok for item in response.context["result"].items].count(False) == 1
    assert set(Notice.objects.filter(read_at=None).values_list("user", flat=True)) == {colleague.pk}


def test_anomalies_become_drafts_one_by_one(client, manager, hall, rulebook, staff):
    day = timezone.localdate() - timedelta(days=2)
    absent = DayResultFactory(staff=staff, hall=hall, day=day, half="am", outcome=Outcome.ABSENCE)
    fine = DayResultFactory(staff=staff, hall=hall, day=day, half="pm", outcome=Outcome.PRESENT)

    response = send(client, manager, "/attendance/results/bulk/", [absent, fine], act="propose")
    again = send(client, manager, "/attendance/results/bulk/", [absent], act="propose")

    assert [item.code for item in response.context["result"].items] == ["", "no_anomaly"]
    assert again.context["result"].items[0].code == "already_proposed"
    assert ConductRecord.objects.get().status == "draft"


def test_another_halls_manager_proposes_nothing(client, hall, other_hall, rulebook, staff):
    absent = DayResultFactory(staff=staff, hall=hall, outcome=Outcome.ABSENCE)
    stranger = person_with("manager", other_hall)

    response = send(client, stranger, "/attendance/results/bulk/", [absent], act="propose")

    assert response.context["result"].items[0].code == "not_found"
    assert not ConductRecord.objects.exists()


def test_tabs_stay_in_the_hall(client, manager, township):
    client.force_login(manager)

    page = client.get("/attendance/results/?hall=liulin").content.decode()

    tabs = page.split('aria-label="考勤"')[1].split("</nav>")[0]
    assert tabs.count("?hall=liulin") == 4
