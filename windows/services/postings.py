"""派驻 postings: who sits where from which day on; moving, leaving and being sent back are dated events.

Both ends of a span are days on which it holds. Two postings of one person never overlap.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import RoleGrant
from accounts.versions import Facts, require_unchanged
from accounts.words import day_words
from trail.actors import person
from trail.services import audit
from windows.enums import StaffEventKind
from windows.models import BackupPair, Posting, Staff, StaffEvent, Window

if TYPE_CHECKING:
    from accounts.models import User
    from trail.actors import Robot

DAY = timedelta(days=1)


def stay_facts(staff: Staff) -> Facts:
    """Where the person is posted and since when, for whoever is about to change it."""
    rows = staff.postings.filter(ends_on__isnull=True).select_related("window").order_by("pk")
    here = "、".join(f"{row.window}（{day_words(row.starts_on)}起）" for row in rows)
    return {"posting": here or "没有派驻", "left": day_words(staff.left_on) if staff.left_on else "在驻"}


def backup_facts(window: Window) -> Facts:
    """The AB pairs of the window from today on."""
    pairs = window.backup_pairs.exclude(ends_on__lt=timezone.localdate()).select_related("primary", "backup")
    return {"pairs": "\n".join(f"{pair}，{day_words(pair.starts_on)}起" for pair in pairs)}


@transaction.atomic
def post_staff(
    *,
    staff: Staff,
    window: Window,
    starts_on: date,
    by: User | Robot,
    is_chief: bool = False,
    is_head: bool = False,
    reason: str = "",
    seen: str = "",
) -> Posting:
    """Let the person sit at the window from the day on; a posting in force ends the day before.

    A posting that began that very day is put right instead. Raises Refused for a window of another
    hall or out of service, a day outside the person's time in the hall, or a later posting, and
    ChangedMeanwhile when where he sits is no longer the version `seen`.
    """
    staff = Staff.objects.select_for_update(of=("self",)).select_related("hall").get(pk=staff.pk)
    require_unchanged(stay_facts(staff), seen)
    _check_place(staff, window, starts_on)
    later = staff.postings.filter(starts_on__gt=starts_on).select_related("window").first()
    if later is not None:
        raise Refused(
            f"{staff.name}自{day_words(later.starts_on)}起已派驻 {later.window.code}，不能再排在它之前。"
        )
    old = staff.postings.on(starts_on).select_related("window").first()
    if old is not None and old.window_id == window.pk:
        raise Refused(f"{staff.name}那天已经在 {window.code} 窗口。")
    if old is not None and old.starts_on == starts_on:
        old.delete()
    elif old is not None:
        old.ends_on = starts_on - DAY
        old.save(update_fields=["ends_on"])
    posting = Posting.objects.create(
        hall=staff.hall, staff=staff, window=window, starts_on=starts_on, is_chief=is_chief, is_head=is_head
    )
    is_new = starts_on == staff.joined_on or not staff.postings.exclude(pk=posting.pk).exists()
    kind = StaffEventKind.JOINED if is_new else StaffEventKind.MOVED
    note_event(staff, kind, starts_on, by=by, window=window, reason=reason)
    before = {"window": old.window.code} if old is not None else None
    after = {"window": window.code, "starts_on": str(starts_on)}
    audit.record("staff.posted", target=staff, by=by, before=before, after=after, reason=reason)
    return posting


@transaction.atomic
def leave_hall(
    *,
    staff: Staff,
    day: date,
    by: User | Robot,
    reason: str = "",
    kind: str = StaffEventKind.LEFT,
    seen: str = "",
) -> Staff:
    """The person leaves; `day` is the last one in the hall, on which posting, pairs and login end."""
    staff = Staff.objects.select_for_update(of=("self",)).select_related("hall", "user").get(pk=staff.pk)
    require_unchanged(stay_facts(staff), seen)
    if staff.left_on is not None:
        raise Refused(f"{staff.name}已于{day_words(staff.left_on)}离开大厅。")
    if staff.joined_on is not None and day < staff.joined_on:
        raise Refused(f"离开的日子不能早于进驻时间（{day_words(staff.joined_on)}）。", status=422)
    later = staff.postings.filter(starts_on__gt=day).select_related("window").first()
    if later is not None:
        raise Refused(
            f"{staff.name}自{day_words(later.starts_on)}起派驻 {later.window.code}，离开的日子不能早于它。"
        )
    last = staff.postings.on(day).first()
    end_stay(staff, day)
    note_event(staff, kind, day, by=by, window=last.window if last else None, reason=reason)
    audit.record(f"staff.{kind}", target=staff, by=by, after={"left_on": str(day)}, reason=reason)
    return staff


def send_back(*, staff: Staff, day: date, by: User | Robot, reason: str, seen: str = "") -> Staff:
    """退回派出单位: the sending unit decides; the hall notes that and when. A reason is asked."""
    if not reason.strip():
        raise Refused("退回派出单位要写明事由。", code="reason_missing", status=422)
    kind = StaffEventKind.SENT_BACK
    return leave_hall(staff=staff, day=day, by=by, reason=reason.strip(), kind=kind, seen=seen)


@transaction.atomic
def return_to_hall(
    *, staff: Staff, window: Window, day: date, by: User | Robot, reason: str = "", seen: str = ""
) -> Posting:
    """A person who had left comes again: the stay begins anew on `day`; what was before stays on record."""
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
    require_unchanged(stay_facts(staff), seen)
    if staff.left_on is None:
        raise Refused(f"{staff.name}没有离开过大厅，请用“调整窗口”。")
    if day <= staff.left_on:
        raise Refused(f"再次进驻要晚于离开的日子（{day_words(staff.left_on)}）。", status=422)
    staff.joined_on, staff.left_on = day, None
    staff.save(update_fields=["joined_on", "left_on"])
    return post_staff(staff=staff, window=window, starts_on=day, by=by, reason=reason)


@transaction.atomic
def set_head(*, window: Window, staff: Staff, by: User | Robot) -> Posting:
    """Make the person the window's head (窗口负责人) from today; the one before is head no longer."""
    today = timezone.localdate()
    sitting = Posting.objects.on(today).filter(window=window).select_related("staff__user")
    chosen = sitting.filter(staff=staff).first()
    if chosen is None:
        raise Refused(f"{staff.name}今天不在 {window.code} 窗口，不能做它的负责人。")
    before = [posting for posting in sitting.filter(is_head=True) if posting.pk != chosen.pk]
    if chosen.is_head and not before:
        raise Refused(f"{staff.name}已经是 {window.code} 的负责人。")
    for posting in before:
        posting.is_head = False
        posting.save(update_fields=["is_head"])
        _give_role(posting.staff, "clerk", instead_of="head")
    chosen.is_head = True
    chosen.save(update_fields=["is_head"])
    _give_role(chosen.staff, "head", instead_of="clerk")
    audit.record(
        "window.head_set",
        target=window,
        by=by,
        before={"head": [posting.staff.name for posting in before]},
        after={"head": staff.name},
    )
    return chosen


@transaction.atomic
def set_backup_pair(
    *,
    window: Window,
    primary: Staff,
    backup: Staff,
    starts_on: date,
    by: User | Robot,
    ends_on: date | None = None,
    seen: str = "",
) -> BackupPair:
    """AB岗: `backup` sits in for `primary` at the window; the pair before ends the day before."""
    window.refresh_from_db(from_queryset=Window.objects.select_for_update(of=("self",)))
    require_unchanged(backup_facts(window), seen)
    if primary.pk == backup.pk:
        raise Refused("A 岗和 B 岗要是两个人。", status=422)
    if ends_on is not None and ends_on < starts_on:
        raise Refused("止日要不早于起日。", status=422)
    for one in (primary, backup):
        if one.hall_id != window.hall_id or (one.left_on is not None and one.left_on < starts_on):
            raise Refused(f"{one.name}那天不在本大厅。", status=422)
    if not primary.postings.on(starts_on).filter(window=window).exists():
        raise Refused(f"A 岗 {primary.name}那天不在 {window.code} 窗口。", status=422)
    old = BackupPair.objects.filter(window=window, primary=primary)
    old.filter(starts_on__gte=starts_on).delete()
    old.on(starts_on).update(ends_on=starts_on - DAY)
    pair = BackupPair.objects.create(
        hall_id=window.hall_id,
        window=window,
        primary=primary,
        backup=backup,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    after = {"primary": primary.name, "backup": backup.name, "starts_on": str(starts_on)}
    audit.record("window.backup_set", target=window, by=by, after=after)
    return pair


def note_event(
    staff: Staff, kind: str, day: date, *, by: User | Robot, window: Window | None = None, reason: str = ""
) -> StaffEvent:
    """A dated line of the person's story; never edited."""
    return StaffEvent.objects.create(
        hall=staff.hall, staff=staff, kind=kind, day=day, window=window, reason=reason[:200], by=person(by)
    )


def end_stay(staff: Staff, day: date) -> None:
    """Let all that ties the person to the hall end on the day: postings, AB pairs, roles of the login."""
    staff.left_on = day
    staff.save(update_fields=["left_on"])
    staff.postings.on(day).update(ends_on=day)
    for pairs in (staff.backed_by, staff.backs_up):
        pairs.filter(starts_on__gt=day).delete()
        pairs.on(day).update(ends_on=day)
    if staff.user_id is not None:
        grants = RoleGrant.objects.filter(user=staff.user_id, hall=staff.hall_id)
        grants.filter(starts_on__gt=day).delete()
        grants.exclude(ends_on__lt=day).update(ends_on=day)


def _check_place(staff: Staff, window: Window, day: date) -> None:
    if window.hall_id != staff.hall_id:
        raise Refused(f"{window.code} 是别的大厅的窗口。", status=422)
    if (window.closed_on is not None and window.closed_on < day) or (
        window.opened_on is not None and window.opened_on > day
    ):
        raise Refused(f"{window.code} 那天没有启用，不能派驻。", status=422)
    if staff.left_on is not None:
        raise Refused(f"{staff.name}已于{day_words(staff.left_on)}离开大厅，请先登记再次进驻。")
    if staff.joined_on is not None and day < staff.joined_on:
        raise Refused(f"派驻不能早于进驻时间（{day_words(staff.joined_on)}）。", status=422)


def _give_role(staff: Staff, role: str, *, instead_of: str) -> None:
    """Change the window role of the person's login, when there is one."""
    if staff.user_id is None:
        return
    RoleGrant.objects.filter(user=staff.user_id, hall=staff.hall_id, role=instead_of).delete()
    RoleGrant.objects.update_or_create(
        user_id=staff.user_id, hall_id=staff.hall_id, role=role, defaults={"starts_on": None, "ends_on": None}
    )
