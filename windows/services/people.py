"""窗口工作人员 staff: taking someone in, correcting what is on record, photo and login."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import Refused
from accounts.services.people import create_account
from accounts.versions import Facts, facts_of, require_unchanged
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from trail.services.tables import clean_code, clean_name
from windows.models import Department, Staff, Window
from windows.services.postings import post_staff

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall, User
    from trail.actors import Robot

EDITABLE = ("name", "attendance_no", "gender", "phone", "political_status", "post", "department", "note")


@transaction.atomic
def join_hall(
    *,
    hall: Hall,
    no: str,
    name: str,
    department: Department,
    window: Window,
    day: date,
    by: User | Robot,
    is_chief: bool = False,
    **fields: Any,
) -> Staff:
    """Take a person in: on record with a posting from `day` on. A chief representative heads the window.

    Raises Refused when the number is taken or the unit is of another hall.
    """
    no, name = clean_code(no), clean_name(name)
    attendance_no = clean_code(fields.pop("attendance_no", ""))
    if department.hall_id != hall.pk:
        raise Refused("派驻单位是别的大厅的。", status=422)
    if Staff.objects.filter(hall=hall, no=no).exists():
        raise Refused(f"工号 {no} 已经有人用了；再次进驻请到他的页面登记。", code="no_taken", status=422)
    _check_attendance_no(hall, attendance_no, except_pk=None)
    staff = Staff.objects.create(
        hall=hall,
        no=no,
        name=name,
        department=department,
        attendance_no=attendance_no,
        joined_on=day,
        **{key: fields[key] for key in EDITABLE if key in fields},
    )
    is_head = is_chief and not window.postings.on(day).filter(is_head=True).exists()
    post_staff(staff=staff, window=window, starts_on=day, by=by, is_chief=is_chief, is_head=is_head)
    audit.record("staff.joined", target=staff, by=by, after={"no": no, "name": name, "day": str(day)})
    return staff


def staff_facts(staff: Staff) -> Facts:
    """What the form of a person edits, as it is now."""
    return facts_of(staff, EDITABLE, photo=staff.photo_id)


@transaction.atomic
def edit_staff(*, staff: Staff, by: User | Robot, seen: str = "", **fields: Any) -> Staff:
    """Correct what is on record about a person; days and windows have services of their own.

    Raises ChangedMeanwhile when it is no longer the version `seen`.
    """
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
    require_unchanged(staff_facts(staff), seen)
    changed = {key: value for key, value in fields.items() if getattr(staff, key) != value}
    if unknown := changed.keys() - set(EDITABLE):
        raise TypeError(f"not for edit_staff: {sorted(unknown)}")
    if not changed:
        return staff
    if "attendance_no" in changed:
        changed["attendance_no"] = clean_code(changed["attendance_no"])
        _check_attendance_no(staff.hall, changed["attendance_no"], except_pk=staff.pk)
    if "department" in changed and changed["department"].hall_id != staff.hall_id:
        raise Refused("派驻单位是别的大厅的。", status=422)
    before = {key: str(getattr(staff, key)) for key in changed}
    for key, value in changed.items():
        setattr(staff, key, value)
    staff.save(update_fields=list(changed))
    after = {key: str(value) for key, value in changed.items()}
    audit.record("staff.edited", target=staff, by=by, before=before, after=after)
    return staff


@transaction.atomic
def set_photo(*, staff: Staff, upload: UploadedFile[Any] | None, by: User) -> Staff:
    """Keep a new photo of the person, or none. The old file stays: past pages may show it."""
    before = str(staff.photo_id or "")
    stored = store_photo(upload, hall=staff.hall, by=by, kind=FileKind.STAFF_PHOTO) if upload else None
    staff.photo = stored
    staff.save(update_fields=["photo"])
    after = {"photo": str(stored.pk) if stored else ""}
    audit.record("staff.photo", target=staff, by=by, before={"photo": before}, after=after)
    return staff


@transaction.atomic
def make_login(*, staff: Staff, by: User | Robot, username: str = "", password: str = "") -> tuple[User, str]:
    """An account for the person, named as the staff number unless `username` says otherwise.

    A window head gets the head's role, anyone else a clerk's. Returns the first password, shown once.
    """
    if staff.user_id is not None:
        raise Refused(f"{staff.name}已经有账号了。")
    if staff.left_on is not None:
        raise Refused(f"{staff.name}已离开大厅，不能建账号。")
    heads = staff.postings.filter(ends_on__isnull=True, is_head=True).exists()
    user, first = create_account(
        username=username or staff.no,
        name=staff.name,
        hall=staff.hall,
        role="head" if heads else "clerk",
        by=by,
        password=password,
        phone=staff.phone,
    )
    staff.user = user
    staff.save(update_fields=["user"])
    audit.record("staff.login_made", target=staff, by=by, after={"username": user.username})
    return user, first


def _check_attendance_no(hall: Hall, number: str, *, except_pk: int | None) -> None:
    if not number:
        return
    holder = Staff.objects.filter(hall=hall, attendance_no=number).first()
    if holder is not None and holder.pk != except_pk:
        raise Refused(
            f"考勤号 {number} 是{holder.name}（{holder.no}）的。", code="attendance_no_taken", status=422
        )
