"""What the ledger shows elsewhere: to-do lines, cards, search, menu. Counts equal the lists behind them."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from accounts.memo import reading
from accounts.models import Hall, User
from accounts.registry import cards_for, menu_for, searches_for, todos_for
from tests.factories.accounts import person_with
from tests.factories.violations import draft_of, record_of
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.violations.conftest import NOW, ROBOT
from violations import cards
from violations.models import Appeal, ConductRecord, Rectification
from violations.permissions import (
    decider_objection,
    is_concerned,
    may_answer_rectification,
    may_recheck,
    may_verify,
    reviewer_objection,
    waits_for_decision,
)
from violations.services.ledger import accept_record, state_on_record
from violations.services.rectify import order_rectification, submit_rectification

pytestmark = pytest.mark.django_db
PEOPLE = [
    "manager",
    "second_manager",
    "officer",
    "head",
    "clerk",
    "leader",
    "supervisor",
    "unit",
    "colleague",
    "outsider",
]
MINE = {"records_answer", "records_decide", "records_verify", "appeals", "rectify_answer", "rectify_check"}


@pytest.fixture
def busy_hall(life, rules, staff, window, head, officer, manager, clerk, department, hall):
    """Something of everything, in the hall and about several people."""
    life("notified")
    life("stated")
    life("appealed")
    draft_of(rules.late, staff=staff, by=ROBOT)
    record_of(rules.thanks, staff=staff, by=officer)
    record_of(rules.messy, window=window, by=officer)
    record_of(rules.elsewhere, window=window, by=officer)
    record_of(rules.talk, staff=StaffFactory(department=department), window=window, by=officer)
    by_manager = record_of(rules.talk, staff=staff, by=manager)
    state_on_record(record=by_manager, by=clerk, reason="other", words="没有")
    first = record_of(rules.messy, window=window, by=officer)
    accept_record(record=first, by=head)
    second = record_of(rules.talk, staff=staff, window=window, by=officer)
    handed_in = order_rectification(record=second, by=officer)
    submit_rectification(rectification=handed_in, by=head, words="已整理")
    insider = person_with("manager", hall, username="insider")
    StaffFactory(department=department, user=insider)
    return insider


def fresh(user):
    return User.objects.get(pk=user.pk)


def todos_of(user, hall):
    return {todo.key: todo for todo in todos_for(fresh(user), hall, timezone.now()) if todo.key in MINE}


# --- to-do ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE)
def test_todo_counts_equal_the_lists_they_open(role, busy_hall, client, hall, request):
    user = request.getfixturevalue(role)
    client.force_login(user)

    for todo in todos_of(user, hall).values():
        assert (todo.title, client.get(todo.url).context["listing"].total) == (todo.title, todo.count)


@pytest.mark.parametrize(
    ("role", "counts"),
    [
        ("manager", {"records_decide": 2, "records_verify": 1, "rectify_check": 1}),
        ("second_manager", {"records_decide": 3, "records_verify": 1, "appeals": 1, "rectify_check": 1}),
        ("officer", {"records_verify": 1, "rectify_check": 1}),
        ("leader", {"records_verify": 1, "appeals": 1}),
        ("clerk", {"records_answer": 2}),
        ("head", {"records_answer": 2, "rectify_answer": 1}),
        ("unit", {"records_answer": 1}),
        ("colleague", {}),
        ("supervisor", {}),
        ("outsider", {}),
    ],
)
def test_todo_by_role(role, counts, busy_hall, hall, request):
    found = todos_of(request.getfixturevalue(role), hall)

    assert {key: todo.count for key, todo in found.items()} == counts


def test_manager_of_the_same_department_has_nothing_to_decide(busy_hall, hall):
    assert set(todos_of(busy_hall, hall)) == {"records_verify", "rectify_check"}


def test_todo_names_the_first_deadline(record, clerk, hall):
    assert todos_of(clerk, hall)["records_answer"].due_at == record.deadline_at


@pytest.mark.parametrize("rows", [1, 5])
def test_todo_of_the_office_in_one_query(
    rows, rules, staff, officer, manager, hall, django_assert_num_queries
):
    for _ in range(rows):
        record_of(rules.thanks, staff=staff, by=officer)
    user = fresh(manager)
    user.grants  # noqa: B018 - asked once a request
    sources = [source for source in _sources() if source.key in MINE]

    with reading(), django_assert_num_queries(2):  # and one for the ties of a person not read by the frame
        now = timezone.now()
        found = [s.find(user, hall, now) for s in sources if user.can_any(s.permissions, hall)]
    assert [todo.count for todo in found if todo] == [rows]


def _sources():
    from accounts.registry import _registry  # noqa: PLC0415 - the list is private to the frame

    return _registry.todos.values()


def test_todo_in_a_hall_below_names_the_hall(rules, township, manager, client):
    desk = WindowFactory(department__hall=township)
    user = person_with("clerk", township)
    person = StaffFactory(department=desk.department, user=user)
    record = record_of(rules.talk, staff=person, window=desk, by=person_with("officer", township))
    state_on_record(record=record, by=user, reason="other", words="没有")

    todo = todos_of(manager, township)["records_decide"]

    client.force_login(manager)
    assert todo.url == "/findings/?status=decide&hall=liulin"
    assert client.get(todo.url).context["listing"].total == todo.count == 1


# --- sets of rows and predicates agree --------------------------------------------------------------


@pytest.mark.parametrize("role", [*PEOPLE, "admin", "inspector"])
def test_sets_hold_what_the_predicates_allow(role, busy_hall, request):
    for user in (fresh(request.getfixturevalue(role)), fresh(busy_hall)):
        every = list(ConductRecord.objects.for_list())
        sets = {
            ConductRecord.objects.awaiting_answer_of(user): [
                r for r in every if r.status == "notified" and is_concerned(user, r)
            ],
            ConductRecord.objects.decidable_by(user): [
                r for r in every if waits_for_decision(r) and not decider_objection(user, r)
            ],
            ConductRecord.objects.verifiable_by(user): [r for r in every if may_verify(user, r)],
            Appeal.objects.reviewable_by(user): [
                a for a in Appeal.objects.undecided() if not reviewer_objection(user, a)
            ],
            Rectification.objects.answerable_by(user): [
                o
                for o in Rectification.objects.filter(status__in=("open", "returned"))
                if may_answer_rectification(user, o)
            ],
            Rectification.objects.checkable_by(user): [
                o for o in Rectification.objects.filter(status="submitted") if may_recheck(user, o)
            ],
        }

        for queryset, expected in sets.items():
            assert {row.pk for row in queryset} == {row.pk for row in expected}


# --- cards ----------------------------------------------------------------------------------------


def cards_of(user, hall, page):
    request = RequestFactory().get(f"/{page}/")
    request.user = fresh(user)
    columns = cards_for(page, request, hall)
    ours = [
        card for cards in columns.values() for card in cards if card["template"].startswith("violations/")
    ]
    return {
        card["template"].removeprefix("violations/_card_").removesuffix(".html"): card["context"]
        for card in ours
    }


def test_pending_card_shows_evidence_and_form(client, record, clerk):
    client.force_login(clerk)

    text = client.get("/me/").content.decode()

    for words in (
        "1 条扣分等你确认",
        "串岗聊天，扣 2 分",
        "与 A06 交谈约 4 分钟",
        "确认，无异议",
        "在谈工作",
    ):
        assert words in text
    assert f'action="/findings/{record.pk}/answer/"' in text
    assert "5 个工作日内可以申诉" in text


def test_pending_card_shows_the_first_due_and_counts_all(rules, staff, officer, clerk, hall, client, clock):
    for _ in range(4):
        record_of(rules.talk, staff=staff, by=officer)
        clock.shift(timedelta(hours=20))

    card = cards_of(clerk, hall, "me")["pending"]

    assert (card["pending_total"], len(card["pending"]), card["pending_rest"]) == (4, 3, 1)
    deadlines = [part["record"].deadline_at for part in card["pending"]]
    assert deadlines == sorted(deadlines)
    client.force_login(clerk)
    assert client.get(card["pending_url"]).context["listing"].total == 4


def test_month_card_equals_the_list_behind_it(life, rules, staff, officer, clerk, hall, client):
    life("confirmed")
    life("dismissed")
    draft_of(rules.late, staff=staff, by=ROBOT)
    record_of(rules.talk, staff=staff, by=officer, at=NOW - timedelta(days=60))

    card = cards_of(clerk, hall, "me")["month"]

    assert [line.status for line in card["month_lines"]] == ["dismissed", "confirmed"]
    client.force_login(clerk)
    assert client.get(card["month_url"]).context["listing"].total == 2


def test_me_without_records_has_no_card(staff, clerk, hall):
    assert cards_of(clerk, hall, "me") == {}


@pytest.mark.parametrize("rows", [1, 3])
def test_my_cards_in_constant_queries(rows, rules, staff, officer, clerk, hall, django_assert_num_queries):
    """Roles, ties to the floor, records, what they cost (two), their photos."""
    for _ in range(rows):
        record_of(rules.talk, staff=staff, by=officer)
    request = RequestFactory().get("/me/")
    request.user, own = fresh(clerk), Hall.objects.get(pk=hall.pk)

    with reading(), django_assert_num_queries(6):
        context = (cards.pending(request, own), cards.month(request, own))
    assert (context[0]["pending_total"], len(context[1]["month_lines"])) == (rows, rows)


def test_week_card_counts_what_the_list_shows(life, rules, staff, officer, manager, hall, client):
    for days in (0, 0, 1, 7, 8, 9, 20):
        record_of(rules.talk, staff=staff, by=officer, at=NOW - timedelta(days=days))
    life("dismissed")
    record_of(rules.thanks, staff=staff, by=officer)

    card = cards_of(manager, hall, "today")["week"]

    assert (card["week_total"], card["week_before"]) == (3, 3)
    assert card["week_chart"].title == "本周到今天共 3 个问题；上周同期 3 个，上周全周 3 个"
    client.force_login(manager)
    assert client.get(card["week_url"]).context["listing"].total == 3


def test_feed_shows_what_moved_last(client, life, rules, staff, officer, manager, hall, clock):
    first = record_of(rules.talk, staff=staff, by=officer)
    clock.shift(60)
    life("dismissed")

    address = cards_of(manager, hall, "today")["feed"]["feed_url"]
    client.force_login(manager)
    events = client.get(address).context["events"]

    assert [event["text"] for event in events] == ["A05 王丽 串岗聊天：不予认定", "A05 王丽 串岗聊天：待确认"]
    assert events[1]["url"] == first.get_absolute_url()


@pytest.mark.parametrize(("role", "shown"), [("officer", True), ("supervisor", False), ("leader", True)])
def test_today_offers_logging_to_who_may(role, shown, client, rules, request):
    client.force_login(request.getfixturevalue(role))

    assert ("/findings/new/" in client.get("/today/").content.decode()) is shown


def test_window_page_shows_people_and_orders(client, life, rules, staff, window, head, officer, hall):
    life("confirmed")
    accept_record(record=record_of(rules.messy, window=window, by=officer), by=head)
    shown = cards_of(head, hall, "window")

    people = {posting.staff.name: posting for posting in shown["people"]["window_people"]}
    assert {name: posting.deductions for name, posting in people.items()} == {"赵磊": 0, "王丽": 1}
    assert [order.window for order in shown["orders"]["open_orders"]] == [window]
    client.force_login(head)
    assert client.get(people["王丽"].url).context["listing"].total == 1
    assert client.get(shown["orders"]["orders_url"]).context["listing"].total == 1
    assert "本窗口人员" in client.get("/window/").content.decode()


def test_window_page_of_another_head_shows_none_of_it(life, head, hall, window, rules, officer):
    life("confirmed")
    other = WindowFactory(department__hall=hall)
    user = person_with("head", hall)
    PostingFactory(staff=StaffFactory(department=other.department, user=user), window=other, is_head=True)

    shown = cards_of(user, hall, "window")

    assert [posting.staff.user for posting in shown["people"]["window_people"]] == [user]
    assert set(shown) == {"people"}


def test_unit_page_shows_its_records(client, life, unit, hall):
    life("confirmed")

    card = cards_of(unit, hall, "unit")["month"]

    client.force_login(unit)
    assert client.get(card["month_url"]).context["listing"].total == len(card["month_lines"]) == 1
    assert "本单位记录" in client.get("/unit/").content.decode()


@pytest.mark.parametrize(
    ("page", "role"), [("today", "manager"), ("me", "clerk"), ("window", "head"), ("unit", "unit")]
)
def test_assembled_pages_of_an_idle_hall(page, role, client, staff, request):
    client.force_login(request.getfixturevalue(role))

    assert client.get(f"/{page}/").status_code == 200


# --- search and menu ------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "role", "labels"), [
    ("WT-20261125", "officer", ["WT-20261125-001 串岗聊天"]),
    ("wt-20261125-001", "clerk", ["WT-20261125-001 串岗聊天"]),
    ("SS-2026", "leader", ["SS-20261125-001 串岗聊天"]),
    ("ZG-2026", "officer", ["ZG-20261125-001 串岗聊天"]),
    ("WT-20261125", "colleague", []),
    ("WT-20261125", "outsider", []),
    ("SS-2026", "outsider", []),
    ("WT-9999", "officer", []),
])  # fmt: skip
def test_search_by_number(words, role, labels, life, officer, request):
    order_rectification(record=life("appealed"), by=officer)
    user = fresh(request.getfixturevalue(role))

    source = next(source for source in searches_for(user) if source.key == "numbers")

    assert [found.label for found in source.find(user, words, 8)] == labels


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("manager", ["findings", "rectify", "appeals"]),
        ("leader", ["findings", "rectify", "appeals"]),
        ("head", ["window_records", "rectify"]),
        ("clerk", ["my_records"]),
        ("unit", ["unit_records", "rectify"]),
        ("admin", []),
        ("inspector", []),
    ],
)
def test_menu_by_role(role, keys, hall, request):
    ours = {"findings", "rectify", "appeals", "my_records", "window_records", "unit_records"}

    entries = menu_for(request.getfixturevalue(role), hall)

    assert [entry.key for entry in entries if entry.key in ours] == keys
