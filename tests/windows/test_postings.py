"""派驻: moving, leaving, being sent back, coming again, heads and AB pairs."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import Refused
from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from trail.models import AuditEntry
from windows.enums import StaffEventKind
from windows.models import BackupPair, Posting, Staff
from windows.services import people, places, postings

MONDAY = date(2026, 11, 23)


@pytest.fixture
def other_window(department):
    return WindowFactory(department=department, code="A09")


def spans(staff):
    rows = staff.postings.order_by("starts_on").values_list("window__code", "starts_on", "ends_on")
    return [(code, str(first), last and str(last)) for code, first, last in rows]


def at(window, day):
    return list(Posting.objects.on(day).filter(window=window).values_list("staff__name", flat=True))


# --- moving -----------------------------------------------------------------------------------


def test_move_ends_the_old_posting_the_day_before(staff, window, other_window, manager):
    postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager, reason="轮岗")

    assert spans(staff) == [("A05", "2026-01-01", "2026-11-22"), ("A09", "2026-11-23", None)]
    event = staff.events.get()
    assert (event.kind, event.day, event.window, event.reason, event.by) == (
        StaffEventKind.MOVED,
        MONDAY,
        other_window,
        "轮岗",
        manager,
    )


@pytest.mark.parametrize(
    ("day", "here", "there"),
    [
        (MONDAY - timedelta(days=1), ["王丽"], []),
        (MONDAY, [], ["王丽"]),
        (MONDAY + timedelta(days=1), [], ["王丽"]),
    ],
)
def test_who_sat_at_a05_across_a_move(staff, window, other_window, manager, day, here, there):
    postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager)

    assert (at(window, day), at(other_window, day)) == (here, there)


def test_move_on_the_day_it_began_puts_it_right(staff, window, other_window, manager):
    postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager)
    third = WindowFactory(department=window.department, code="A10")

    postings.post_staff(staff=staff, window=third, starts_on=MONDAY, by=manager)

    assert spans(staff)[1:] == [("A10", "2026-11-23", None)]


def test_move_leaves_a_trace(staff, other_window, manager):
    postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager)

    entry = AuditEntry.objects.get(action="staff.posted")
    assert (entry.before, entry.after) == ({"window": "A05"}, {"window": "A09", "starts_on": "2026-11-23"})


def test_move_to_the_same_window(staff, window, manager):
    with pytest.raises(Refused, match="王丽那天已经在 A05 窗口"):
        postings.post_staff(staff=staff, window=window, starts_on=MONDAY, by=manager)


def test_move_before_a_later_posting(staff, window, other_window, manager):
    postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager)
    third = WindowFactory(department=window.department)

    with pytest.raises(Refused, match="11月23日起已派驻 A09"):
        postings.post_staff(staff=staff, window=third, starts_on=MONDAY - timedelta(days=7), by=manager)


def test_move_to_another_hall(staff, other_hall, manager):
    foreign = WindowFactory(department__hall=other_hall)

    with pytest.raises(Refused, match="是别的大厅的窗口"):
        postings.post_staff(staff=staff, window=foreign, starts_on=MONDAY, by=manager)


@pytest.mark.parametrize("days", [{"closed_on": date(2026, 11, 20)}, {"opened_on": date(2026, 12, 1)}])
def test_move_to_a_window_out_of_service(staff, department, manager, days):
    window = WindowFactory(department=department, **days)

    with pytest.raises(Refused, match="那天没有启用"):
        postings.post_staff(staff=staff, window=window, starts_on=MONDAY, by=manager)


def test_move_before_joining(staff, other_window, manager):
    Staff.objects.update(joined_on=date(2026, 11, 25))

    with pytest.raises(Refused, match="派驻不能早于进驻时间"):
        postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager)


def test_two_postings_never_overlap(staff, other_window, window, manager):
    for n, target in enumerate([other_window, window, other_window]):
        postings.post_staff(staff=staff, window=target, starts_on=MONDAY + timedelta(days=n), by=manager)

    for n in range(-2, 5):
        assert staff.postings.on(MONDAY + timedelta(days=n)).count() == 1


# --- leaving ----------------------------------------------------------------------------------


@pytest.fixture
def backed(staff, colleague, window, manager):
    return postings.set_backup_pair(
        window=window, primary=staff, backup=colleague.staff, starts_on=date(2026, 3, 1), by=manager
    )


def test_leaving_ends_posting_pair_and_roles_on_the_day(staff, clerk, backed, manager):
    postings.leave_hall(staff=staff, day=MONDAY, by=manager, reason="调回")

    backed.refresh_from_db()
    staff.refresh_from_db()
    assert (staff.left_on, staff.postings.get().ends_on, backed.ends_on) == (MONDAY, MONDAY, MONDAY)
    assert clerk.role_grants.get().ends_on == MONDAY
    assert staff.events.get().kind == StaffEventKind.LEFT


@pytest.mark.parametrize(("days", "status"), [(0, 200), (1, 302)])
def test_login_ends_on_the_day(client, staff, clerk, manager, days, status):
    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    with time_machine.travel(timezone.make_aware(timezone.datetime(2026, 11, 23, 12)) + timedelta(days=days)):
        client.force_login(clerk)
        response = client.get(f"/people/{staff.pk}/")

    assert response.status_code == status


def test_roles_in_other_halls_go_on(staff, clerk, other_hall, manager):
    clerk.role_grants.create(hall=other_hall, role="clerk")

    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    assert clerk.role_grants.get(hall=other_hall).ends_on is None


def test_role_that_would_begin_later_never_does(staff, clerk, manager):
    clerk.role_grants.update(starts_on=date(2026, 12, 1))

    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    assert clerk.role_grants.count() == 0


def test_leaving_twice(staff, manager):
    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    with pytest.raises(Refused, match="已于11月23日离开大厅"):
        postings.leave_hall(staff=staff, day=MONDAY, by=manager)


def test_leaving_before_joining(staff, manager):
    Staff.objects.update(joined_on=date(2026, 11, 25))

    with pytest.raises(Refused, match="不能早于进驻时间"):
        postings.leave_hall(staff=staff, day=MONDAY, by=manager)


def test_leaving_before_a_later_posting(staff, other_window, manager):
    postings.post_staff(staff=staff, window=other_window, starts_on=MONDAY, by=manager)

    with pytest.raises(Refused, match="离开的日子不能早于它"):
        postings.leave_hall(staff=staff, day=MONDAY - timedelta(days=3), by=manager)


def test_sent_back_asks_a_reason(staff, manager):
    with pytest.raises(Refused, match="要写明事由"):
        postings.send_back(staff=staff, day=MONDAY, by=manager, reason=" ")


def test_sent_back(staff, window, manager):
    postings.send_back(staff=staff, day=MONDAY, by=manager, reason="第三次通报后单位更换")

    event = staff.events.get()
    assert (event.kind, event.window, event.reason) == ("sent_back", window, "第三次通报后单位更换")
    assert AuditEntry.objects.get(action="staff.sent_back").reason == "第三次通报后单位更换"


def test_who_left_is_not_moved(staff, other_window, manager):
    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    with pytest.raises(Refused, match="请先登记再次进驻"):
        postings.post_staff(staff=staff, window=other_window, starts_on=date(2026, 12, 1), by=manager)


def test_coming_again_keeps_what_was(staff, other_window, manager):
    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    postings.return_to_hall(staff=staff, window=other_window, day=date(2026, 12, 1), by=manager)

    staff.refresh_from_db()
    assert (staff.joined_on, staff.left_on) == (date(2026, 12, 1), None)
    assert spans(staff) == [("A05", "2026-01-01", "2026-11-23"), ("A09", "2026-12-01", None)]
    assert [event.kind for event in staff.events.order_by("pk")] == ["left", "joined"]


@pytest.mark.parametrize("left", [False, True])
def test_coming_again_without_having_left_or_too_early(staff, other_window, manager, left):
    if left:
        postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    with pytest.raises(Refused):
        postings.return_to_hall(staff=staff, window=other_window, day=MONDAY, by=manager)


# --- heads and pairs --------------------------------------------------------------------------


def test_new_head_takes_role_and_window(staff, clerk, head, window, manager):
    postings.set_head(window=window, staff=staff, by=manager)

    assert list(
        Posting.objects.filter(window=window, is_head=True).values_list("staff__name", flat=True)
    ) == ["王丽"]
    assert [g.role for g in clerk.role_grants.all()] == ["head"]
    assert [g.role for g in head.role_grants.all()] == ["clerk"]


def test_head_must_sit_there(staff, head, other_window, manager):
    with pytest.raises(Refused, match="今天不在 A09 窗口"):
        postings.set_head(window=other_window, staff=staff, by=manager)


def test_head_who_is_head(head, window, manager):
    with pytest.raises(Refused, match="已经是 A05 的负责人"):
        postings.set_head(window=window, staff=head.staff, by=manager)


def test_new_backup_ends_the_old_pair(staff, head, backed, window, manager):
    postings.set_backup_pair(window=window, primary=staff, backup=head.staff, starts_on=MONDAY, by=manager)

    rows = BackupPair.objects.order_by("pk").values_list("backup__name", "ends_on")
    assert list(rows) == [("孙婷", MONDAY - timedelta(days=1)), ("赵磊", None)]


def test_backup_of_oneself(staff, window, manager):
    with pytest.raises(Refused, match="要是两个人"):
        postings.set_backup_pair(window=window, primary=staff, backup=staff, starts_on=MONDAY, by=manager)


def test_backup_from_another_hall(staff, window, other_hall, manager):
    foreign = StaffFactory(department__hall=other_hall)

    with pytest.raises(Refused, match="不在本大厅"):
        postings.set_backup_pair(window=window, primary=staff, backup=foreign, starts_on=MONDAY, by=manager)


# --- joining and logins -----------------------------------------------------------------------


def test_joining(hall, department, window, manager):
    staff = people.join_hall(
        hall=hall, no=" ZW0100 ", name="钱 进", department=department, window=window, day=MONDAY, by=manager
    )

    assert (staff.no, staff.name, staff.joined_on) == ("ZW0100", "钱进", MONDAY)
    assert spans(staff) == [("A05", "2026-11-23", None)]
    assert staff.events.get().kind == StaffEventKind.JOINED


def test_joining_with_a_taken_number(hall, staff, department, window, manager):
    with pytest.raises(Refused, match="工号 ZW0001 已经有人用了"):
        people.join_hall(
            hall=hall, no="ZW0001", name="钱进", department=department, window=window, day=MONDAY, by=manager
        )


def test_attendance_number_of_another(staff, colleague, manager):
    people.edit_staff(staff=staff, by=manager, attendance_no="7")

    with pytest.raises(Refused, match="考勤号 7 是王丽（ZW0001）的"):
        people.edit_staff(staff=colleague.staff, by=manager, attendance_no=" 7 ")


def test_edit_staff_tells_before_and_after(staff, manager):
    people.edit_staff(staff=staff, by=manager, phone="13800000000", name="王丽")

    entry = AuditEntry.objects.get(action="staff.edited")
    assert (entry.before, entry.after) == ({"phone": ""}, {"phone": "13800000000"})


def test_login_is_made_with_a_password_to_change(department, window, admin):
    staff = StaffFactory(department=department, no="ZW0009", name="钱进")
    PostingFactory(staff=staff, window=window, is_head=True)

    user, password = people.make_login(staff=staff, by=admin)

    assert (user.username, user.must_change_password, user.check_password(password)) == ("ZW0009", True, True)
    assert [g.role for g in user.role_grants.all()] == ["head"]


def test_login_is_not_made_by_a_manager(staff, manager):
    Staff.objects.update(user=None)
    staff.refresh_from_db()

    with pytest.raises(Refused):
        people.make_login(staff=staff, by=manager)


def test_login_is_not_made_twice(staff, admin):
    with pytest.raises(Refused, match="已经有账号了"):
        people.make_login(staff=staff, by=admin)


# --- windows and departments ------------------------------------------------------------------


def test_close_window_with_people(staff, window, manager):
    with pytest.raises(Refused, match="王丽在11月23日之后还派驻在 A05"):
        places.close_window(window=window, day=MONDAY, by=manager)


def test_closed_window_keeps_its_history(staff, window, manager):
    postings.leave_hall(staff=staff, day=MONDAY, by=manager)

    places.close_window(window=window, day=MONDAY, by=manager)

    assert (
        at(window, date(2026, 6, 1)),
        window.hall.windows.open_on(MONDAY + timedelta(days=1)).count(),
    ) == (
        ["王丽"],
        0,
    )


def test_reopened_window(window, manager):
    places.close_window(window=window, day=MONDAY, by=manager)

    places.reopen_window(window=window.__class__.objects.get(), by=manager)

    assert window.hall.windows.open_on(date(2027, 1, 1)).count() == 1


def test_window_code_twice(window, department, manager):
    with pytest.raises(Refused, match="窗口号 A05 已经有了"):
        places.open_window(department=department, code="Ａ05", name="x", by=manager)


def test_department_with_people_stays(staff, department, manager):
    with pytest.raises(Refused, match="还有人在驻"):
        places.edit_department(department=department, by=manager, is_active=False)


def test_contact_needs_the_role(department, clerk, manager):
    with pytest.raises(Refused, match="没有“派驻单位联系人”角色"):
        places.set_contacts(department=department, users=[clerk], by=manager)


def test_contacts_of_departments(department, unit, manager):
    other = DepartmentFactory(hall=department.hall)

    places.set_contacts(department=other, users=[unit], by=manager)
    places.set_contacts(department=department, users=[], by=manager)

    assert list(unit.contact_of.all()) == [other]


def test_service_items_no_longer_offered_are_kept(window, manager):
    places.set_service_items(window=window, names=["首次登记", "变更登记"], by=manager)
    places.set_service_items(window=window, names=["变更登记", "注销登记"], by=manager)

    rows = window.services.order_by("name").values_list("name", "is_active")
    assert list(rows) == [("变更登记", True), ("注销登记", True), ("首次登记", False)]
