"""整改安排: the window's plan, an extension asked and decided, the day on which the rounds look again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from tests.factories.accounts import person_with
from tests.factories.violations import record_of
from tests.factories.windows import PostingFactory, StaffFactory
from trail.models import AuditEntry, Notice
from violations.models import Rectification
from violations.services.arranging import ask_extension, decide_extension, plan_recheck, plan_rectification
from violations.services.ledger import accept_record
from violations.services.rectify import (
    recheck_rectification,
    submit_rectification,
    undo_rectification_step,
)
from windows.services.calendar import set_local_day

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 2)


@pytest.fixture
def order(rules, window, head, officer, clock):
    """Ordered on Wednesday 25 November, due on 2 December."""
    record = record_of(rules.messy, window=window, by=officer)
    accept_record(record=record, by=head)
    clock.shift(60)
    return Rectification.objects.get()


@pytest.fixture
def own_manager(hall, department, window):
    user = person_with("manager", hall, username="own", name="单位派来的管理员")
    PostingFactory(staff=StaffFactory(department=department, no="ZW0097", user=user), window=window)
    return user


def ask(order, by, days=3, reason="要等物业换柜子"):
    return ask_extension(rectification=order, by=by, days=days, reason=reason)


def decide(order, by, is_granted=True, words=""):
    return decide_extension(rectification=order, by=by, is_granted=is_granted, words=words)


def refusal(act, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


# --- plan -----------------------------------------------------------------------------------------


def test_head_plans_and_changes_the_plan(order, head):
    plan_rectification(rectification=order, by=head, words="周五前清理台面")
    changed = plan_rectification(rectification=order, by=head, words=" 周四前清理台面 ")

    assert (changed.plan, changed.status) == ("周四前清理台面", "open")
    assert [step.title for step in order.steps.all()] == ["待整改", "整改计划", "整改计划"]


def test_undone_plan_gives_the_one_before(order, head, clock):
    for words in ("甲", "乙"):
        plan_rectification(rectification=order, by=head, words=words)
    assert undo_rectification_step(rectification=order, by=head).plan == "甲"
    plan_rectification(rectification=order, by=head, words="丙")

    assert undo_rectification_step(rectification=order, by=head).plan == "甲"


def test_plan_needs_words_and_an_open_order(order, head, officer):
    assert refusal(plan_rectification, rectification=order, by=head, words=" ") == "words_missing"
    submit_rectification(rectification=order, by=head, words="已整理")
    with pytest.raises(TransitionNotAllowed):
        plan_rectification(rectification=order, by=head, words="周五前")


# --- extension ------------------------------------------------------------------------------------


def test_granted_extension_moves_the_day(order, head, manager):
    asked = ask(order, head)
    assert (asked.due_on, asked.asked_until) == (DUE, date(2026, 12, 7))  # three working days on

    granted = decide(order, manager)

    assert (granted.due_on, granted.asked_until) == (date(2026, 12, 7), None)
    told = Notice.objects.filter(title__contains="延期").values_list("user__username", "title")
    assert sorted(told) == [
        ("head", f"{order.number} 同意延期，期限 12月7日"),
        ("manager", f"{order.number} 申请延期到12月7日，请答复"),
    ]
    assert AuditEntry.objects.filter(action__startswith="rectification.").count() == 3


def test_refused_extension_leaves_the_day(order, head, manager):
    ask(order, head)

    refused = decide(order, manager, is_granted=False, words="抓紧清理")

    assert (refused.due_on, refused.asked_until) == (DUE, None)


def test_refusing_needs_a_reason(order, head, manager):
    ask(order, head)

    assert refusal(decide, order, manager, is_granted=False) == "words_missing"


def test_one_extension_by_default(order, head, manager):
    ask(order, head)
    assert refusal(ask, order, head) == "extension_asked"
    decide(order, manager, is_granted=False, words="抓紧")

    assert refusal(ask, order, head) == "extensions_used"


@pytest.mark.parametrize(("allowed", "code"), [(0, "extensions_used"), (2, None)])
def test_hall_sets_how_often(allowed, code, order, head, manager, hall):
    hall.settings = {"violations.extensions": allowed}
    hall.save()
    if code:
        assert refusal(ask, order, head) == code
        return
    for _ in range(2):
        ask(order, head, days=1)
        decide(order, manager)

    order.refresh_from_db()
    assert order.due_on == date(2026, 12, 4)
    assert refusal(ask, order, head) == "extensions_used"


@pytest.mark.parametrize("days", [0, 6, -1])
def test_days_within_what_the_hall_allows(days, order, head):
    assert refusal(ask, order, head, days=days) == "out_of_bounds"


def test_extension_is_asked_in_time(order, head, clock):
    clock.shift(timedelta(days=7))
    assert ask(order, head).asked_until == date(2026, 12, 7)
    undo_rectification_step(rectification=order, by=head)

    clock.shift(timedelta(days=1))
    assert refusal(ask, order, head) == "too_late"


def test_asked_and_taken_back_does_not_count(order, head, clock):
    ask(order, head)
    undone = undo_rectification_step(rectification=order, by=head)
    assert undone.asked_until is None

    assert ask(order, head).asked_until == date(2026, 12, 7)


@pytest.mark.parametrize("is_granted", [True, False])
def test_answer_is_taken_back(is_granted, order, head, manager):
    ask(order, head)
    decide(order, manager, is_granted=is_granted, words="意见")

    undone = undo_rectification_step(rectification=order, by=manager)

    assert (undone.due_on, undone.asked_until, undone.status) == (DUE, date(2026, 12, 7), "open")
    assert decide(order, manager).due_on == date(2026, 12, 7)


def test_handing_in_ends_the_question(order, head, manager):
    ask(order, head)
    submit_rectification(rectification=order, by=head, words="提前做完了")

    order.refresh_from_db()
    assert order.asked_until is None
    assert refusal(decide, order, manager) == "no_extension"


@pytest.mark.parametrize("role", ["clerk", "officer", "manager", "leader", "unit", "outsider"])
def test_only_the_head_plans_and_asks(role, order, request):
    by = request.getfixturevalue(role)

    with pytest.raises(NotPermitted):
        ask(order, by)
    with pytest.raises(NotPermitted):
        plan_rectification(rectification=order, by=by, words="计划")


@pytest.mark.parametrize(
    "role", ["head", "clerk", "officer", "leader", "supervisor", "unit", "own_manager", "outsider"]
)
def test_only_a_manager_without_ties_answers(role, order, head, request):
    ask(order, head)

    with pytest.raises(NotPermitted):
        decide(order, request.getfixturevalue(role))


def test_head_with_a_managers_role_does_not_grant_his_own(order, head, hall):
    head.role_grants.create(hall=hall, role="manager")
    ask(order, head)

    with pytest.raises(NotPermitted, match="回避"):
        decide(order, User.objects.get(pk=head.pk))


def test_todo_list_and_button_agree(order, head, manager, own_manager, officer):
    ask(order, head)
    rows = Rectification.objects.all()

    seen = {
        user.username: rows.awaiting_extension_by(user).count()
        for user in (manager, own_manager, officer, head)
    }

    assert seen == {"manager": 1, "own": 0, "officer": 0, "head": 0}


# --- recheck --------------------------------------------------------------------------------------


def test_recheck_is_planned_and_replanned(order, officer):
    plan_recheck(rectification=order, by=officer, day=date(2026, 12, 3))
    planned = plan_recheck(rectification=order, by=officer, day=date(2026, 12, 4))
    assert (planned.recheck_on, planned.status) == (date(2026, 12, 4), "open")

    assert undo_rectification_step(rectification=order, by=officer).recheck_on == date(2026, 12, 3)


def test_recheck_on_a_day_the_hall_works(order, officer, hall, manager):
    assert refusal(plan_recheck, rectification=order, by=officer, day=date(2026, 11, 24)) == "day_passed"
    assert refusal(plan_recheck, rectification=order, by=officer, day=date(2026, 11, 28)) == "day_off"
    set_local_day(hall=hall, day=date(2026, 12, 3), kind="local_off", name="停电", by=manager)
    assert refusal(plan_recheck, rectification=order, by=officer, day=date(2026, 12, 3)) == "day_off"


def test_recheck_of_what_is_done(order, head, officer):
    submit_rectification(rectification=order, by=head, words="已整理")
    recheck_rectification(rectification=order, by=officer, is_done=True)

    with pytest.raises(TransitionNotAllowed):
        plan_recheck(rectification=order, by=officer, day=date(2026, 12, 3))


@pytest.mark.parametrize("role", ["clerk", "head", "leader", "supervisor", "unit", "outsider"])
def test_only_the_office_plans_a_recheck(role, order, request):
    with pytest.raises(NotPermitted):
        plan_recheck(rectification=order, by=request.getfixturevalue(role), day=date(2026, 12, 3))


@pytest.mark.parametrize(
    ("planned", "on", "seen"),
    [(None, 26, 1), (date(2026, 11, 27), 26, 0), (date(2026, 11, 27), 27, 1), (date(2026, 11, 27), 30, 1)],
)
def test_round_looks_from_the_planned_day_on(planned, on, seen, order, head, officer, hall):
    submit_rectification(rectification=order, by=head, words="已整理")
    if planned:
        plan_recheck(rectification=order, by=officer, day=planned)

    rows = Rectification.objects.to_look_at(officer, hall, date(2026, 11, on))

    assert rows.count() == seen


def test_round_does_not_look_at_what_the_window_has_not_handed_in(order, officer, hall):
    plan_recheck(rectification=order, by=officer, day=date(2026, 11, 26))

    assert Rectification.objects.to_look_at(officer, hall, date(2026, 11, 30)).count() == 0


def test_planning_a_recheck_does_not_move_when_it_was_handed_in(order, head, officer, clock):
    submit_rectification(rectification=order, by=head, words="已整理")
    handed_in = Rectification.objects.with_submission().get().submitted_at
    clock.shift(3600)
    plan_recheck(rectification=order, by=officer, day=date(2026, 11, 27))

    assert Rectification.objects.with_submission().get().submitted_at == handed_in


# --- both doors -----------------------------------------------------------------------------------

DOORS = {  # who, the page and what it sends, the API and what it sends, what changes and into what
    "plan": ("head", "plan_rectification", {"plan": "周五前"}, "plan", {"plan": "周五前"}, "plan", "周五前"),
    "extend": (
        "head",
        "ask_extension",
        {"days": 3, "reason": "等物业"},
        "extend",
        {"days": 3, "reason": "等物业"},
        "asked_until",
        date(2026, 12, 7),
    ),
    "decide": (
        "manager",
        "decide_extension",
        {"answer": "grant"},
        "decide-extension",
        {"answer": "grant"},
        "due_on",
        date(2026, 12, 7),
    ),
    "recheck": (
        "officer",
        "plan_recheck",
        {"day": "2026-12-03"},
        "plan-recheck",
        {"day": "2026-12-03"},
        "recheck_on",
        date(2026, 12, 3),
    ),
}


@pytest.mark.parametrize("door", ["page", "api"])
@pytest.mark.parametrize("name", DOORS)
def test_page_and_api_do_the_same_and_take_it_back(name, door, order, head, request, client):
    who, page, sent, api, json, field, value = DOORS[name]
    if name == "decide":
        ask(order, head)
    before = getattr(Rectification.objects.get(), field)
    client.force_login(request.getfixturevalue(who))
    base = f"/api/v1/rectifications/{order.pk}/"

    if door == "page":
        answer = client.post(reverse(f"violations:{page}", args=[order.pk]), sent, follow=True)
        undo = reverse("violations:undo_rectification", args=[order.pk])
        assert undo in answer.content.decode()
    else:
        answer = client.post(f"{base}{api}/", json, content_type="application/json")
        assert answer.json()[field] == str(value)
        undo = f"{base}undo/"

    assert getattr(Rectification.objects.get(), field) == value
    client.post(undo)
    assert getattr(Rectification.objects.get(), field) == before


@pytest.mark.parametrize(
    ("who", "page", "sent"),
    [
        ("head", "plan_rectification", {"plan": ""}),
        ("head", "ask_extension", {"days": "x", "reason": "等物业换柜子"}),
        ("head", "ask_extension", {"days": "9", "reason": "等物业换柜子"}),
        ("head", "ask_extension", {"days": "3", "reason": ""}),
        ("manager", "decide_extension", {"answer": "refuse"}),
        ("officer", "plan_recheck", {"day": "2026-13-45"}),
        ("officer", "plan_recheck", {"day": "2020-01-01"}),
    ],
)
def test_wrong_input_comes_back_with_a_word(who, page, sent, order, head, request, client):
    if page == "decide_extension":
        ask(order, head)
    client.force_login(request.getfixturevalue(who))

    answer = client.post(reverse(f"violations:{page}", args=[order.pk]), sent)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "要改" in text
    assert all(str(value) in text for value in sent.values() if value)


def test_order_page_tells_what_was_arranged(see, order, head, manager, officer):
    plan_rectification(rectification=order, by=head, words="周五前清理台面")
    ask(order, head)
    plan_recheck(rectification=order, by=officer, day=date(2026, 12, 3))

    text = see(manager, order.get_absolute_url())
    told = ("窗口写了整改计划", "窗口申请延期到12月7日", "安排12月3日起巡查时回头看", "答复延期")
    assert [words in text for words in told] == [True] * 4
    decide(order, manager)
    assert "同意延期，期限改为12月7日" in see(manager, order.record.get_absolute_url())


@pytest.mark.parametrize(("role", "rows"), [("manager", 1), ("officer", 0), ("head", 0)])
def test_list_of_extensions_to_answer(role, rows, order, head, request, client):
    ask(order, head)
    client.force_login(request.getfixturevalue(role))

    page = client.get("/rectify/?status=extend")

    assert len(page.context["listing"].rows) == rows
