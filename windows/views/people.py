"""窗口工作人员: the list, one person, and the dated steps of a stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.toasts import toast
from windows.enums import StaffEventKind
from windows.forms import JoinForm, LeaveForm, MoveForm, ReturnForm, StaffForm
from windows.lists import PEOPLE, people_rows
from windows.models import Staff
from windows.presenters import facts_of, may_edit_people, sitting_today, story_of
from windows.services import people as services
from windows.services import postings, taking_back
from windows.views.attempts import form_page, hall_to_edit, row_to_edit, tried, undoable_act

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

EDIT = "people.edit"


@require_safe
@allow("roster.read")
def people(request: HttpRequest) -> HttpResponse:
    """人员: whom this person may see in the hall."""
    hall = current_hall(request)
    listing = PEOPLE.page(request, people_rows(request))
    sitting_today(listing.rows)
    context = {"listing": listing, "may_edit": request.user.can(EDIT, hall), "today": timezone.localdate()}
    return render(request, "windows/people.html", context)


@require_safe
@allow("roster.read")
def staff(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: where and since when, what happened, and what one may do."""
    rows = Staff.objects.visible_to(request.user).select_related("department", "hall", "photo", "user")
    person = get_object_or_404(rows, pk=pk)
    may_edit = may_edit_people(request.user, person)
    context = {
        "person": person,
        "facts": facts_of(person),
        "postings": person.postings.select_related("window").order_by("-starts_on", "-pk"),
        "events": story_of(person),
        "today": timezone.localdate(),
        "may_edit": may_edit,
        "may_make_login": request.user.can("accounts.edit", person.hall) and person.user_id is None,
    }
    return render(request, "windows/staff.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def join(request: HttpRequest) -> HttpResponse:
    """登记进驻."""
    hall = hall_to_edit(request, EDIT)
    form = JoinForm(request.POST or None, request.FILES or None, hall=hall)

    def keep() -> None:
        data = dict(form.cleaned_data)
        photo = data.pop("photo")
        form.staff = services.join_hall(hall=hall, by=request.user, **data)
        if photo:
            services.set_photo(staff=form.staff, upload=photo, by=request.user)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, f"已登记{form.staff.name}进驻。")
        return redirect(form.staff)
    return form_page(request, form, heading="登记进驻", submit="登记", up="windows:people", up_title="人员")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what is on record."""
    person = _person(request, pk)
    facts = services.staff_facts(person)
    form = StaffForm(request.POST or None, request.FILES or None, hall=person.hall, facts=facts)

    def keep() -> None:
        data = dict(form.cleaned_data)
        photo = data.pop("photo")
        services.edit_staff(staff=person, by=request.user, seen=form.seen, **data)
        if photo:
            services.set_photo(staff=person, upload=photo, by=request.user)

    act = _undoable(request, form, keep, "staff.edited", person, lambda: taking_back.staff_rows(person))
    if request.method == "POST" and form.is_valid() and tried(form, act, about=person):
        toast(request, "已保存。", undo=form.undo)
        return redirect(person)
    return form_page(request, form, heading=f"修改{person.name}", cancel_url=person.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """调整窗口."""
    person = _person(request, pk)
    form = MoveForm(request.POST or None, hall=person.hall, facts=postings.stay_facts(person))

    def keep() -> None:
        postings.post_staff(staff=person, by=request.user, seen=form.seen, **form.cleaned_data)

    return _step(request, form, person, keep, f"调整{person.name}的窗口", "调整")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """登记离开 or 退回派出单位."""
    person = _person(request, pk)
    form = LeaveForm(request.POST or None, hall=person.hall, facts=postings.stay_facts(person))

    def keep() -> None:
        data = dict(form.cleaned_data)
        sent_back = data.pop("kind") == StaffEventKind.SENT_BACK
        end = postings.send_back if sent_back else postings.leave_hall
        end(staff=person, by=request.user, seen=form.seen, **data)

    return _step(request, form, person, keep, f"登记{person.name}离开", "登记离开")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def come_again(request: HttpRequest, pk: int) -> HttpResponse:
    """登记再次进驻."""
    person = _person(request, pk)
    form = ReturnForm(request.POST or None, hall=person.hall, facts=postings.stay_facts(person))

    def keep() -> None:
        postings.return_to_hall(staff=person, by=request.user, seen=form.seen, **form.cleaned_data)

    return _step(request, form, person, keep, f"登记{person.name}再次进驻", "登记进驻")


@require_POST
@allow("accounts.edit")
def make_login(request: HttpRequest, pk: int) -> HttpResponse:
    """An account for the person; its first password is shown once on the next page."""
    person = row_to_edit(request, Staff.objects.visible_to(request.user), "accounts.edit", pk)
    user, first = services.make_login(staff=person, by=request.user)
    messages.success(request, f"已建账号 {user.username}，初始密码 {first}，只显示这一次。")
    return redirect(person)


def _undoable(request: HttpRequest, form: Any, act: Any, action: str, person: Staff, rows: Any) -> Any:
    return undoable_act(form, act, action=action, target=person, by=request.user, hall=person.hall, rows=rows)


def _person(request: HttpRequest, pk: int) -> Staff:
    return row_to_edit(request, Staff.objects.visible_to(request.user).select_related("hall"), EDIT, pk)


def _step(
    request: HttpRequest, form: Form, person: Staff, keep: Any, heading: str, submit: str
) -> HttpResponse:
    act = _undoable(request, form, keep, "staff.stay", person, lambda: taking_back.stay_rows(person))
    if request.method == "POST" and form.is_valid() and tried(form, act, about=person):
        toast(request, "已登记。", undo=form.undo)
        return redirect(person)
    return form_page(request, form, heading=heading, submit=submit, cancel_url=person.get_absolute_url())
