"""整改: ordered with the record, answered by the head, rechecked by the office."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from tests.factories.accounts import person_with
from tests.factories.violations import record_of
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.violations.conftest import ROBOT
from trail.models import Notice
from violations.enums import RECTIFICATION_NEXT, RectificationStatus
from violations.models import Rectification, RectificationStep
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import (
    accept_record,
    dismiss_record,
    lapse_overdue,
    undo_last_step,
    withdraw_record,
)
from violations.services.rectify import (
    order_rectification,
    recheck_rectification,
    submit_rectification,
    undo_rectification_step,
)

pytestmark = pytest.mark.django_db
R = RectificationStatus


@pytest.fixture
def finding(rules, window, head, officer):
    """A whole-window deduction that asks for rectification."""
    return record_of(rules.messy, window=window, by=officer)


@pytest.fixture
def order(finding, head):
    accept_record(record=finding, by=head)
    return Rectification.objects.get()


def submit(order, by, **more):
    return submit_rectification(rectification=order, by=by, words="已整理", **more)


def recheck(order, by, is_done=True, words=""):
    return recheck_rectification(rectification=order, by=by, is_done=is_done, words=words)


# --- with its record ------------------------------------------------------------------------------


def test_order_comes_when_the_record_counts(finding, head):
    assert Rectification.objects.count() == 0

    accept_record(record=finding, by=head)

    order = Rectification.objects.get()
    assert (order.number, order.window, order.due_on) == (
        "ZG-20261125-001",
        finding.window,
        date(2026, 12, 2),
    )
    assert order.steps.get().by == head


def test_order_comes_when_the_record_lapses(finding, head):
    lapse_overdue(hall=finding.hall, moment=finding.deadline_at, by=ROBOT)

    assert Rectification.objects.get().steps.get().job == ROBOT.job
    notice = Notice.objects.get(title__contains="请整改")
    assert (notice.user, notice.due_at.date()) == (head, date(2026, 12, 2))


def test_order_does_not_come_for_other_acts(life):
    life("confirmed")

    assert Rectification.objects.count() == 0


def test_order_goes_when_the_record_is_withdrawn(order, finding, manager):
    withdraw_record(record=finding, by=manager, reason="记错窗口")

    order.refresh_from_db()
    assert (order.status, order.steps.last().words) == (R.WITHDRAWN, "记录已撤回")
    assert list(Rectification.objects.unfinished()) == []


@pytest.mark.parametrize(("is_allowed", "status"), [(True, R.WITHDRAWN), (False, R.OPEN)])
def test_order_stays_while_an_appeal_is_open(is_allowed, status, order, finding, head, leader):
    appeal = file_appeal(record=finding, by=head, words="请复核")
    order.refresh_from_db()
    assert order.status == R.OPEN

    decide_appeal(appeal=appeal, by=leader, is_allowed=is_allowed, opinion="意见")

    order.refresh_from_db()
    assert order.status == status
    assert Rectification.objects.count() == 1


def test_done_order_stays_done(order, finding, head, officer, manager):
    submit(order, head)
    recheck(order, officer)

    withdraw_record(record=finding, by=manager, reason="记错窗口")

    order.refresh_from_db()
    assert order.status == R.DONE


def test_undone_acceptance_takes_the_order_back(order, finding, head, clock):
    undo_last_step(record=finding, by=head)

    order.refresh_from_db()
    assert order.status == R.WITHDRAWN
    clock.shift(60)
    assert Notice.objects.visible_to(head).filter(title__contains="请整改").count() == 0


def test_accepting_again_opens_the_same_order(order, finding, head):
    undo_last_step(record=finding, by=head)
    accept_record(record=finding, by=head)

    assert [o.status for o in Rectification.objects.all()] == [R.OPEN]


# --- by hand --------------------------------------------------------------------------------------


def test_officer_orders_for_any_deduction(record, officer):
    order = order_rectification(record=record, by=officer)

    assert (order.status, order_rectification(record=record, by=officer).pk) == (R.OPEN, order.pk)


def test_order_goes_when_the_record_is_dismissed(record, officer, manager):
    order = order_rectification(record=record, by=officer)

    dismiss_record(record=record, by=manager, reason="不成立")

    order.refresh_from_db()
    assert order.status == R.WITHDRAWN


@pytest.mark.parametrize("role", ["clerk", "head", "leader", "supervisor", "unit", "outsider"])
def test_order_is_not_for_everybody(role, record, request):
    with pytest.raises(NotPermitted):
        order_rectification(record=record, by=request.getfixturevalue(role))


@pytest.mark.parametrize("state", ["draft", "dismissed", "withdrawn", "appeal_allowed"])
def test_order_for_a_record_that_holds_nothing(state, life, officer):
    with pytest.raises(NotPermitted):
        order_rectification(record=life(state), by=officer)


def test_order_without_a_window(rules, department, officer):
    record = record_of(rules.talk, staff=StaffFactory(department=department), by=officer)

    with pytest.raises(Refused, match="没有窗口"):
        order_rectification(record=record, by=officer)


# --- answer and recheck ---------------------------------------------------------------------------


def test_whole_way(order, head, officer, photo):
    assert submit(order, head, uploads=[photo()]).status == R.SUBMITTED
    assert recheck(order, officer, is_done=False, words="台面还有杂物").status == R.RETURNED
    assert submit(order, head).status == R.SUBMITTED

    done = recheck(order, officer)

    assert (done.status, done.done_at is not None) == (R.DONE, True)
    story = list(order.steps.values_list("status", flat=True))
    assert story == ["open", "submitted", "returned", "submitted", "done"]


def test_submitting_tells_the_checkers_and_rechecking_the_head(order, head, officer, manager):
    submit(order, head)
    told = Notice.objects.filter(title__contains="请复查").values_list("user__username", flat=True)
    assert set(told) == {"officer", "manager"}

    recheck(order, officer, is_done=False, words="还有杂物")
    assert Notice.objects.get(title__contains="退回重改").user == head


ANSWERS = {
    "submit": submit,
    "done": recheck,
    "return": lambda order, by: recheck(order, by, is_done=False, words="还有杂物"),
}
LEADS_TO = {"submit": R.SUBMITTED, "done": R.DONE, "return": R.RETURNED}


def bring(order, status, head, officer, manager):
    """The order in a state."""
    if status in (R.SUBMITTED, R.RETURNED, R.DONE):
        submit(order, head)
    if status == R.RETURNED:
        recheck(order, officer, is_done=False, words="还有杂物")
    if status == R.DONE:
        recheck(order, officer)
    if status == R.WITHDRAWN:
        withdraw_record(record=order.record, by=manager, reason="记错")


@pytest.mark.parametrize("step", ANSWERS)
@pytest.mark.parametrize("status", RectificationStatus)
def test_every_step_from_every_state(status, step, order, head, officer, manager):
    bring(order, status, head, officer, manager)
    by = head if step == "submit" else officer

    if LEADS_TO[step] in RECTIFICATION_NEXT[status]:
        assert ANSWERS[step](order, by).status == LEADS_TO[step]
        return
    with pytest.raises(TransitionNotAllowed):
        ANSWERS[step](order, by)


@pytest.mark.parametrize("role", ["clerk", "officer", "manager", "leader", "unit", "outsider"])
def test_only_the_head_submits(role, order, request):
    with pytest.raises(NotPermitted):
        submit(order, request.getfixturevalue(role))


@pytest.mark.parametrize("role", ["clerk", "head", "leader", "supervisor", "unit", "outsider"])
def test_only_the_office_rechecks(role, order, head, request):
    submit(order, head)

    with pytest.raises(NotPermitted):
        recheck(order, request.getfixturevalue(role))


def test_officer_does_not_recheck_his_own_window(order, head, hall):
    head.role_grants.create(hall=hall, role="officer")
    submit(order, head)

    with pytest.raises(NotPermitted, match="回避"):
        recheck(order, User.objects.get(pk=head.pk))


def test_return_without_a_reason(order, head, officer):
    submit(order, head)

    with pytest.raises(Refused, match="写明理由"):
        recheck(order, officer, is_done=False)


def test_undo_of_a_recheck(order, head, officer, clock):
    submit(order, head)
    recheck(order, officer)
    clock.shift(9)

    order = undo_rectification_step(rectification=order, by=officer)

    assert (order.status, order.done_at) == (R.SUBMITTED, None)
    assert order.steps.last().is_undo is True
    with pytest.raises(NotPermitted):
        undo_rectification_step(rectification=order, by=officer)


def test_undo_of_an_order_by_hand(record, officer):
    order = order_rectification(record=record, by=officer)

    assert undo_rectification_step(rectification=order, by=officer).status == R.WITHDRAWN


def test_head_does_not_undo_the_order_his_answer_brought(order, head):
    with pytest.raises(NotPermitted):
        undo_rectification_step(rectification=order, by=head)


def test_undo_after_ten_seconds(order, head, clock):
    submit(order, head)
    clock.shift(11)

    with pytest.raises(Refused) as caught:
        undo_rectification_step(rectification=order, by=head)
    assert caught.value.code == "undo_expired"


def test_steps_are_not_edited(order):
    with pytest.raises(TypeError):
        order.steps.get().save()
    with pytest.raises(TypeError):
        RectificationStep.objects.all().delete()


# --- overdue --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "overdue"), [(7, 0), (8, 1), (9, 2)])
def test_days_overdue(days, overdue, order, clock):
    clock.shift(timedelta(days=days))

    assert order.days_overdue == overdue
    assert Rectification.objects.overdue(date(2026, 11, 25) + timedelta(days=days)).count() == min(overdue, 1)


def test_submitted_order_is_not_overdue(order, head, clock):
    submit(order, head)
    clock.shift(timedelta(days=30))
    order.refresh_from_db()

    assert order.days_overdue == 0


# --- pages ----------------------------------------------------------------------------------------


def test_page_of_the_head_asks_for_the_answer(see, order, head):
    text = see(head, order.get_absolute_url())

    assert ("提交整改</button>" in text, "提交复查" in text) == (True, False)


def test_page_of_the_officer_asks_for_the_recheck(see, order, head, officer):
    submit(order, head)

    text = see(officer, order.get_absolute_url())

    assert ("提交整改</button>" in text, "提交复查" in text) == (False, True)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("clerk", 403),
        ("inspector", 403),
        ("outsider", 404),
        ("leader", 200),
        ("supervisor", 200),
        ("unit", 200),
    ],
)
def test_page_by_role(role, status, see, order, request):
    text = see(request.getfixturevalue(role), order.get_absolute_url(), status=status)

    assert "提交整改</button>" not in text


def test_head_of_another_window(see, order, hall):
    other = WindowFactory(department__hall=hall)
    user = person_with("head", hall)
    PostingFactory(staff=StaffFactory(department=other.department, user=user), window=other, is_head=True)

    see(user, order.get_absolute_url(), status=404)
    assert list(Rectification.objects.visible_to(user)) == []


def test_head_submits_photos_that_the_office_sees(client, see, order, head, officer, colleague, photo):
    client.force_login(head)
    url = reverse("violations:submit_rectification", args=[order.pk])
    response = client.post(url, {"words": "已整理", "photos": [photo(), photo("b.jpg")]})

    assert response.status_code == 302
    file = order.steps.last().files.first()
    assert file.get_absolute_url() in see(officer, order.get_absolute_url())
    answers = {}
    for user in (officer, head, colleague):
        client.force_login(user)
        answers[user.username] = client.get(file.get_absolute_url()).status_code
    assert answers == {"officer": 200, "head": 200, "colleague": 404}


@pytest.mark.parametrize(
    ("name", "role", "data", "errors"),
    [
        ("submit_rectification", "head", {}, {"words"}),
        ("recheck_rectification", "officer", {}, {"verdict"}),
        ("recheck_rectification", "officer", {"verdict": "returned"}, {"words"}),
    ],
)
def test_form_with_errors(name, role, data, errors, client, order, head, request):
    client.force_login(request.getfixturevalue(role))

    response = client.post(reverse(f"violations:{name}", args=[order.pk]), data)

    assert (response.status_code, set(response.context["form"].errors)) == (422, errors)
    assert "有错误" in response.content.decode()


def test_officer_rechecks_on_the_page_and_undoes(client, order, head, officer):
    submit(order, head)
    client.force_login(officer)

    client.post(reverse("violations:recheck_rectification", args=[order.pk]), {"verdict": "done"})
    order.refresh_from_db()
    assert order.status == R.DONE

    client.post(reverse("violations:undo_rectification", args=[order.pk]))
    order.refresh_from_db()
    assert order.status == R.SUBMITTED


def test_officer_orders_on_the_page(client, record, officer):
    client.force_login(officer)

    response = client.post(reverse("violations:order_rectification", args=[record.pk]))

    assert response.url == Rectification.objects.get().get_absolute_url()


def test_list_and_its_conditions(client, order, head, officer, clock):
    clock.shift(timedelta(days=9))

    def rows(user, query=""):
        client.force_login(user)
        return len(client.get(f"/rectify/?{query}").context["listing"].rows)

    queries = ("", "status=open_all", "status=overdue", "status=check", "status=done", "window=A05", "q=台面")
    assert [rows(officer, q) for q in queries] == [1, 1, 1, 0, 0, 1, 1]
    assert rows(head, "status=answer") == 1
    assert "超期 2 天" in client.get("/rectify/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_list_in_constant_queries(rows, client, rules, window, officer, django_assert_num_queries):
    for _ in range(rows):
        order_rectification(record=record_of(rules.messy, window=window, by=officer), by=officer)
    client.force_login(officer)

    with django_assert_num_queries(6):
        assert len(client.get("/rectify/").context["listing"].rows) == rows


def test_empty_list_says_when_orders_come(see, officer):
    assert "没有整改" in see(officer, "/rectify/")
