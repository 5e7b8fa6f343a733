"""窗口 and 派驻单位: lists, one window, making, changing and closing."""

from __future__ import annotations

import io
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
from accounts.lists import Sort, list_page
from windows.filters import DepartmentFilters, WindowFilters
from windows.forms import BackupForm, CloseWindowForm, DepartmentForm, NewWindowForm, WindowForm
from windows.models import Department, Staff, Window
from windows.presenters import hours_of, people_at
from windows.services import places, postings
from windows.views.attempts import form_page, hall_to_edit, row_to_edit, tried

if TYPE_CHECKING:
    from django.http import HttpRequest

EDIT = "windows.edit"
WINDOW_SORTS = {
    "code": Sort("窗口号", "code", up="从小到大", down="从大到小"),
    "route": Sort("巡查顺序", ("floor", "sort", "code"), up="从前到后", down="从后到前"),
    "unit": Sort("单位", ("department__sort", "code"), up="从前到后", down="从后到前"),
}
CLASS_TEXTS = ("name", "department", "category", "floor", "zone", "sort", "duty", "pledge", "flow")


@require_safe
@allow("roster.read")
def windows(request: HttpRequest) -> HttpResponse:
    """窗口: all windows of the hall, closed ones too."""
    hall = current_hall(request)
    rows = Window.objects.visible_to(request.user).filter(hall=hall).select_related("department")
    listing = list_page(
        request, rows, WindowFilters, sorts=WINDOW_SORTS, default_sort="route", noun="窗口", page_size=50
    )
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
    services = "\n".join(row.services.offered().values_list("name", flat=True))
    initial = {name: getattr(row, name) for name in CLASS_TEXTS} | {"services": services}
    form = WindowForm(request.POST or None, hall=row.hall, initial=initial)

    def keep() -> None:
        data = dict(form.cleaned_data)
        names = data.pop("services").splitlines()
        places.edit_window(window=row, by=request.user, **data)
        places.set_service_items(window=row, names=names, by=request.user)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, f"已保存窗口 {row.code}。")
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

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, f"窗口 {row.code} 已停用，历史保留。")
        return redirect(row)
    context = {"heading": f"停用窗口 {row.code}", "submit": "停用", "cancel_url": row.get_absolute_url()}
    return form_page(request, form, **context)


@require_POST
@allow(EDIT)
def window_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a window into service again."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    places.reopen_window(window=row, by=request.user)
    messages.success(request, f"窗口 {row.code} 已重新启用。")
    return redirect(row)


@require_POST
@allow(EDIT)
def window_head(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of the people there the window's head."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    staff = get_object_or_404(Staff.objects.visible_to(request.user), pk=request.POST.get("staff") or 0)
    postings.set_head(window=row, staff=staff, by=request.user)
    messages.success(request, f"{staff.name}是 {row.code} 的负责人了。")
    return redirect(row)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def window_backup(request: HttpRequest, pk: int) -> HttpResponse:
    """Set an AB pair."""
    row = row_to_edit(request, Window.objects.visible_to(request.user), EDIT, pk)
    form = BackupForm(request.POST or None, window=row)

    def keep() -> None:
        postings.set_backup_pair(window=row, by=request.user, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, "已设 AB 岗。")
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
    rows = Department.objects.visible_to(request.user).filter(hall=hall).with_counts(timezone.localdate())
    sorts = {
        "sort": Sort("排序", ("sort", "name"), up="从前到后", down="从后到前"),
        "name": Sort("名称", "name"),
    }
    listing = list_page(
        request, rows, DepartmentFilters, sorts=sorts, default_sort="sort", noun="单位", page_size=50
    )
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
    names: dict[str, Any] = {name: getattr(row, name) for name in places.DEPARTMENT_FIELDS}
    form = DepartmentForm(
        request.POST or None, hall=row.hall, initial=names | {"contacts": row.contacts.all()}
    )

    def keep() -> None:
        data = dict(form.cleaned_data)
        contacts = data.pop("contacts")
        places.edit_department(department=row, by=request.user, **data)
        if set(contacts) != set(row.contacts.all()):
            places.set_contacts(department=row, users=contacts, by=request.user)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, f"已保存“{row.name}”。")
        return redirect("windows:departments")
    return form_page(request, form, heading=row.name, up="windows:departments", up_title="派驻单位")


def _day(request: HttpRequest) -> Any:
    """The day asked for, today when none or nonsense."""
    try:
        return parse_date(request.GET.get("day", "")) or timezone.localdate()
    except ValueError:
        return timezone.localdate()
