"""派驻单位 and 窗口: making, changing and closing them; a closed window keeps its history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import Refused
from accounts.versions import Facts, facts_of, require_unchanged
from accounts.words import day_words
from trail.services import audit
from trail.services.tables import clean_code, clean_name
from windows.models import Department, ServiceItem, Window

if TYPE_CHECKING:
    from django.db import models

    from accounts.models import Hall, User
    from trail.actors import Robot

DEPARTMENT_FIELDS = ("name", "category", "hides_photo", "hides_duty", "hides_pledge", "sort", "is_active")
WINDOW_FIELDS = ("name", "department", "category", "floor", "zone", "sort", "duty", "pledge", "flow")


@transaction.atomic
def add_department(*, hall: Hall, name: str, category: str, by: User | Robot, **fields: Any) -> Department:
    """A department that sends clerks to the hall."""
    name = clean_name(name)
    if Department.objects.filter(hall=hall, name=name).exists():
        raise Refused(f"已经有“{name}”了。", code="name_taken", status=422)
    department = Department.objects.create(hall=hall, name=name, category=category, **fields)
    audit.record("department.added", target=department, by=by, after={"name": name, "category": category})
    return department


def department_facts(department: Department) -> Facts:
    """What its form edits, as it is now."""
    return facts_of(department, DEPARTMENT_FIELDS, contacts=department.contacts.values_list("pk", flat=True))


def window_facts(window: Window) -> Facts:
    """What its form edits, as it is now."""
    names = window.services.offered().values_list("name", flat=True)
    return facts_of(window, WINDOW_FIELDS, services="\n".join(names))


@transaction.atomic
def edit_department(
    *,
    department: Department,
    by: User | Robot,
    seen: str = "",
    contacts: Iterable[User] | None = None,
    **fields: Any,
) -> Department:
    """Change name, category, order, contacts or what the public roster shows of its people.

    Raises ChangedMeanwhile when it is no longer the version `seen`.
    """
    department.refresh_from_db(from_queryset=Department.objects.select_for_update(of=("self",)))
    require_unchanged(department_facts(department), seen)
    if fields.get("is_active") is False and _present_staff(department):
        raise Refused(f"“{department.name}”还有人在驻，请先登记他们离开。")
    if (
        Department.objects.filter(hall=department.hall, name=fields.get("name"))
        .exclude(pk=department.pk)
        .exists()
    ):
        raise Refused(f"已经有“{fields['name']}”了。", code="name_taken", status=422)
    _change(department, fields, DEPARTMENT_FIELDS, "department.edited", by)
    if contacts is not None and set(contacts) != set(department.contacts.all()):
        set_contacts(department=department, users=contacts, by=by)
    return department


@transaction.atomic
def set_contacts(*, department: Department, users: Iterable[User], by: User | Robot) -> None:
    """Who reads for the department: people who hold the role 派驻单位联系人 in the hall."""
    chosen = list(users)
    for user in chosen:
        if not user.role_grants.active().filter(hall=department.hall, role="unit").exists():
            raise Refused(f"{user.name}没有“派驻单位联系人”角色，请系统管理员先授权。", status=422)
    before = sorted(department.contacts.values_list("name", flat=True))
    department.contacts.set(chosen)
    after = sorted(user.name for user in chosen)
    audit.record(
        "department.contacts",
        target=department,
        by=by,
        before={"contacts": before},
        after={"contacts": after},
    )


@transaction.atomic
def open_window(
    *,
    department: Department,
    code: str,
    name: str,
    by: User | Robot,
    category: str = "",
    opened_on: date | None = None,
    **fields: Any,
) -> Window:
    """A new window of the department's hall, in the department's category unless another is named."""
    code = clean_code(code)
    if Window.objects.filter(hall=department.hall, code=code).exists():
        raise Refused(f"窗口号 {code} 已经有了。", code="code_taken", status=422)
    window = Window.objects.create(
        hall=department.hall,
        department=department,
        code=code,
        name=name,
        category=category or department.category,
        opened_on=opened_on,
        **fields,
    )
    audit.record("window.opened", target=window, by=by, after={"code": code, "name": name})
    return window


@transaction.atomic
def edit_window(
    *, window: Window, by: User | Robot, seen: str = "", services: Iterable[str] | None = None, **fields: Any
) -> Window:
    """Change what is on record about a window; the code stays, since paper and QR codes carry it.

    Raises ChangedMeanwhile when it is no longer the version `seen`.
    """
    window.refresh_from_db(from_queryset=Window.objects.select_for_update(of=("self",)))
    require_unchanged(window_facts(window), seen)
    department = fields.get("department")
    if department is not None and department.hall_id != window.hall_id:
        raise Refused("派驻单位是别的大厅的。", status=422)
    _change(window, fields, WINDOW_FIELDS, "window.edited", by)
    if services is not None:
        set_service_items(window=window, names=services, by=by)
    return window


@transaction.atomic
def close_window(*, window: Window, day: date, by: User | Robot, reason: str = "") -> Window:
    """Take the window out of service; `day` is its last one. People must have been moved before."""
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    if window.closed_on is not None:
        raise Refused(f"{window.code} 已于{day_words(window.closed_on)}停用。")
    if window.opened_on is not None and day < window.opened_on:
        raise Refused(f"停用不能早于启用（{day_words(window.opened_on)}）。", status=422)
    staying = window.postings.exclude(ends_on__lte=day).select_related("staff")
    if staying:
        names = "、".join(posting.staff.name for posting in staying)
        raise Refused(f"{names}在{day_words(day)}之后还派驻在 {window.code}，请先调整窗口或登记离开。")
    window.closed_on = day
    window.save(update_fields=["closed_on"])
    audit.record("window.closed", target=window, by=by, after={"closed_on": str(day)}, reason=reason)
    return window


@transaction.atomic
def reopen_window(*, window: Window, by: User | Robot) -> Window:
    """Put a closed window into service again."""
    if window.closed_on is None:
        raise Refused(f"{window.code} 没有停用。")
    before = {"closed_on": str(window.closed_on)}
    window.closed_on = None
    window.save(update_fields=["closed_on"])
    audit.record("window.reopened", target=window, by=by, before=before)
    return window


@transaction.atomic
def set_service_items(*, window: Window, names: Iterable[str], by: User | Robot) -> list[ServiceItem]:
    """The services the window offers now; one no longer named is kept, but not offered."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    known = {item.name: item for item in window.services.all()}
    before = [name for name, item in known.items() if item.is_active]
    if sorted(before) == sorted(wanted):
        return [known[name] for name in wanted]
    window.services.exclude(name__in=wanted).update(is_active=False)
    window.services.filter(name__in=wanted).update(is_active=True)
    ServiceItem.objects.bulk_create(
        ServiceItem(hall_id=window.hall_id, window=window, name=name) for name in wanted if name not in known
    )
    audit.record(
        "window.services", target=window, by=by, before={"services": before}, after={"services": wanted}
    )
    return list(window.services.filter(is_active=True))


def _present_staff(department: Department) -> bool:
    return department.staff.filter(left_on__isnull=True).exists()


def _change(
    row: models.Model, fields: dict[str, Any], allowed: tuple[str, ...], action: str, by: User | Robot
) -> None:
    if unknown := fields.keys() - set(allowed):
        raise TypeError(f"not for {action}: {sorted(unknown)}")
    changed = {key: value for key, value in fields.items() if getattr(row, key) != value}
    if not changed:
        return
    before = {key: str(getattr(row, key)) for key in changed}
    for key, value in changed.items():
        setattr(row, key, value)
    row.save(update_fields=list(changed))
    audit.record(action, target=row, by=by, before=before, after={k: str(v) for k, v in changed.items()})
