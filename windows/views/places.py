"""窗口 and 派驻单位: lists, one window, making, changing and closing."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.services.undoing import undoable
from accounts.toasts import toast
from windows.forms import BackupForm, CloseWindowForm, DepartmentForm, NewWindowForm, WindowForm
from windows.lists import DEPARTMENTS, WINDOWS, department_rows, window_rows
from windows.models import Department, Staff, Window
from windows.presenters import hours_of, people_at
from windows.services import places, postings, taking_back
from windows.views.attempts import form_page, hall_to_edit, row_to_edit, tried, undoable_act

if TYPE_CHECKING:
    from django.http import HttpRequest

EDIT = "windows.edit"


@require_safe
@allow("roster.read")
def windows(request: HttpRequest) -> HttpResponse:
    """窗口: all windows of the hall, closed ones too."""
    hall = current_hall(request)
    listing = WINDOWS.page(request, window_rows(request))
    people_at(listing.rows, timezone.localdate())
    context = {"listing": listing, "may_edit": request.user.can(EDIT, hall), "today": timezone.localdate()}
    return render(request, "windows/windows.html", context)


@require_safe
@allow("roster.read")
def window(request: HttpRequest, pk: int) -> HttpResponse:
    """One window: who sits there on a day (?day=), its history, services and code."""
    row = get_object_or_404(
        Window.objects.visible_to(request.user).select_related("department", "hall"), pk=pk
    )
    day = _day(request)
    context = {
        "window": row,
        "day": day,
        "is_today": day == timezone.localdate(),
        "sitting": row.postings.on(day).select_related("staff__department"),
        "history": row.postings.select_related("staff").order_by("-starts_on", "pk"),
        "services": row.services.offered(),
        "pairs": row.backup_pairs.on(day).select_related("primary", "backup"),
        "hours": [pair for pair in hours_of(row.hall, day, row) if pair[1]],
        "may_edit": request.user.can(EDIT, row.hall),
        "known": set(
            Staff.objects.visible_to(request.user).filter(postings__window=row).values_list("pk", flat=True)
        ),
    }
    return render(request, "windows/window.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def window_new(request: HttpRequest) -> HttpResponse:
    """A new window."""
    hall = hall_to_edit(request, EDIT)
    form = NewWindowForm(request.POST or None, hall=hall)

    def keep() -> None:
        data = dict(form.cleaned_data)
        services = data.pop("services").splitlines()
        form.window = places.open_window(by=request.user, **data)
        places.set_service_items(window=form.window, names=services, by=request.user)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, f"已新建窗口 {form.window.code}。")
        return redirect(form.window)
    return form_page(request, form, heading="新建窗口", up="windows:windows", up_title="窗口")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def window_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a window."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    form = WindowForm(request.POST or None, hall=row.hall, facts=places.window_facts(row))

    def keep() -> None:
        data = dict(form.cleaned_data)
        services = data.pop("services").splitlines()
        places.edit_window(window=row, by=request.user, seen=form.seen, services=services, **data)

    act = _undoable(request, form, keep, "window.edited", row, lambda: taking_back.window_rows(row))
    if request.method == "POST" and form.is_valid() and tried(form, act, about=row):
        toast(request, f"已保存窗口 {row.code}。", undo=form.undo)
        return redirect(row)
    return form_page(request, form, heading=f"修改窗口 {row.code}", cancel_url=row.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def window_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a window out of service."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    form = CloseWindowForm(request.POST or None)

    def keep() -> None:
        places.close_window(window=row, by=request.user, **form.cleaned_data)

    act = _undoable(request, form, keep, "window.closed", row, lambda: taking_back.window_rows(row))
    if request.method == "POST" and form.is_valid() and tried(form, act):
        toast(request, f"窗口 {row.code} 已停用，历史保留。", undo=form.undo)
        return redirect(row)
    context = {"heading": f"停用窗口 {row.code}", "submit": "停用", "cancel_url": row.get_absolute_url()}
    return form_page(request, form, **context)


@require_POST
@allow(EDIT)
def window_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a window into service again."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    rows = partial(taking_back.window_rows, row)
    with undoable("window.reopened", target=row, by=request.user, hall=row.hall, rows=rows) as offer:
        places.reopen_window(window=row, by=request.user)
    toast(request, f"窗口 {row.code} 已重新启用。", undo=offer.url)
    return redirect(row)


@require_POST
@allow(EDIT)
def window_head(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of the people there the window's head."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    staff = get_object_or_404(Staff.objects.visible_to(request.user), pk=request.POST.get("staff") or 0)
    rows = partial(taking_back.seat_rows, row)
    with undoable("window.head_set", target=row, by=request.user, hall=row.hall, rows=rows) as offer:
        postings.set_head(window=row, staff=staff, by=request.user)
    toast(request, f"{staff.name}是 {row.code} 的负责人了。", undo=offer.url)
    return redirect(row)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def window_backup(request: HttpRequest, pk: int) -> HttpResponse:
    """Set an AB pair."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    form = BackupForm(request.POST or None, window=row, facts=postings.backup_facts(row))

    def keep() -> None:
        postings.set_backup_pair(window=row, by=request.user, seen=form.seen, **form.cleaned_data)

    backup = ("window.backup_set",)
    act = _undoable(request, form, keep, backup[0], row, lambda: taking_back.seat_rows(row))
    if request.method == "POST" and form.is_valid() and tried(form, act, about=row, actions=backup):
        toast(request, "已设 AB 岗。", undo=form.undo)
        return redirect(row)
    return form_page(request, form, heading=f"{row.code} 的 AB 岗", cancel_url=row.get_absolute_url())


@require_safe
@allow("roster.read")
def window_code(request: HttpRequest, pk: int) -> HttpResponse:
    """The window's QR code as a picture."""
    row = get_object_or_404(Window.objects.visible_to(request.user), pk=pk)
    out = io.BytesIO()
    address = request.build_absolute_uri(reverse("windows:scan", args=[row.qr_token]))
    segno.make(address, error="m").save(out, kind="svg", scale=8, border=2, xmldecl=False, nl=False)
    return HttpResponse(
        out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"}
    )


@require_safe
@allow(EDIT)
def codes(request: HttpRequest) -> HttpResponse:
    """窗口码: all codes of the hall, to be printed and put up."""
    hall = current_hall(request)
    rows = Window.objects.visible_to(request.user).filter(hall=hall).open_on(timezone.localdate()).on_route()
    return render(request, "windows/codes.html", {"windows": rows.select_related("department"), "hall": hall})


@require_safe
@allow("roster.read")
def departments(request: HttpRequest) -> HttpResponse:
    """派驻单位."""
    hall = current_hall(request)
    listing = DEPARTMENTS.page(request, department_rows(request))
    return render(
        request, "windows/departments.html", {"listing": listing, "may_edit": request.user.can(EDIT, hall)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def department_new(request: HttpRequest) -> HttpResponse:
    """A new department."""
    hall = hall_to_edit(request, EDIT)
    form = DepartmentForm(request.POST or None, hall=hall)

    def keep() -> None:
        data = dict(form.cleaned_data)
        contacts = data.pop("contacts")
        row = places.add_department(hall=hall, by=request.user, **data)
        if contacts:
            places.set_contacts(department=row, users=contacts, by=request.user)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, "已新增单位。")
        return redirect("windows:departments")
    return form_page(request, form, heading="新增派驻单位", up="windows:departments", up_title="派驻单位")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def department_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a department, its contacts and what the public roster shows."""
    row = row_to_edit(request, Department.objects.visible_to(request.user), EDIT, pk)
    form = DepartmentForm(request.POST or None, hall=row.hall, facts=places.department_facts(row))

    def keep() -> None:
        places.edit_department(department=row, by=request.user, seen=form.seen, **form.cleaned_data)

    act = _undoable(request, form, keep, "department.edited", row, lambda: taking_back.department_rows(row))
    if request.method == "POST" and form.is_valid() and tried(form, act, about=row):
        toast(request, f"已保存“{row.name}”。", undo=form.undo)
        return redirect("windows:departments")
    context = {"heading": row.name, "up": "windows:departments", "up_title": "派驻单位", "undo_of": row}
    return form_page(request, form, **context)


def _undoable(request: HttpRequest, form: Any, act: Any, action: str, row: Any, rows: Any) -> Any:
    return undoable_act(form, act, action=action, target=row, by=request.user, hall=row.hall, rows=rows)


def _day(request: HttpRequest) -> Any:
    """The day asked for, today when none or nonsense."""
    try:
        return parse_date(request.GET.get("day", "")) or timezone.localdate()
    except ValueError:
        return timezone.localdate()
