"""账号安全: password, devices and two steps of one's own; and what the administrator may do about others'."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.forms import CodeForm, PasswordForm
from accounts.models import SignInSession, User
from accounts.recent import PROVED_AT, recently_proved
from accounts.services import limits, passwords, second_factor, sessions, signing_in
from accounts.sign_in_views import form_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

CODES = "recovery_codes"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@allow()
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password; every other device is signed out."""
    form = PasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key
        try:
            user = passwords.change_own_password(
                user=request.user, password=form.cleaned_data["new"], session_key=key
            )
        except Refused as refusal:
            form.add_error("new", refusal.message)
        else:
            update_session_auth_hash(request, user)
            request.session[PROVED_AT] = int(timezone.now().timestamp())
            messages.success(request, "密码已修改，其他设备上的登录已退出。")
            return redirect(user.landing)
    context = {"form": form, "days_left": limits.password_days_left(request.user)}
    return form_page(request, "accounts/password.html", context)


@require_safe
@allow()
def devices(request: HttpRequest) -> HttpResponse:
    """登录的设备: where one is signed in."""
    rows = SignInSession.objects.visible_to(request.user).filter(user=request.user)
    context = {"rows": rows, "this": request.session.session_key}
    return render(request, "accounts/devices.html", context)


@require_POST
@allow()
def device_end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Sign one device out."""
    session = get_object_or_404(SignInSession.objects.visible_to(request.user), uid=uid)
    sessions.end_session(session=session, by=request.user)
    messages.success(request, f"已退出：{session.device}。")
    if session.user_id != request.user.pk:
        return redirect("accounts:account", pk=session.user_id)
    return redirect("accounts:devices")


@require_POST
@allow()
def devices_end(request: HttpRequest) -> HttpResponse:
    """Sign all other devices out."""
    count = sessions.end_sessions(user=request.user, by=request.user, but=request.session.session_key)
    messages.success(request, f"已退出另外 {count} 台设备。" if count else "没有别的设备在登录。")
    return redirect("accounts:devices")


@never_cache
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@allow()
@recently_proved
def two_steps(request: HttpRequest) -> HttpResponse:
    """两步验证: switch it on with a first code, or see how many recovery codes are left."""
    user = request.user
    if user.second_factor_since is not None:
        context = {
            "codes": request.session.pop(CODES, []),
            "left": second_factor.codes_left(user),
            "is_needed": limits.needs_second_factor(user),
        }
        return render(request, "accounts/two_steps.html", context)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request.session[CODES] = second_factor.confirm(user=user, code=form.cleaned_data["otp"])
        except Refused as refusal:
            form.add_error("otp", refusal.message)
        else:
            messages.success(request, "两步验证已启用。")
            return redirect("accounts:two_steps")
    factor = second_factor.begin(user)
    context = {
        "form": form,
        "key": second_factor.manual_key(factor),
        "is_needed": limits.needs_second_factor(user),
    }
    return render(request, "accounts/two_steps_new.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@allow()
@recently_proved
def two_steps_code(request: HttpRequest) -> HttpResponse:
    """The QR code of a secret that waits to be confirmed."""
    image = io.BytesIO()
    code = segno.make(second_factor.address(second_factor.begin(request.user)), error="m")
    code.save(image, kind="svg", scale=5, border=4, dark="#000", light="#fff")
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")


@require_POST
@allow()
@recently_proved
def two_steps_off(request: HttpRequest) -> HttpResponse:
    """Switch the own two steps off."""
    second_factor.disable(user=request.user)
    messages.success(request, "两步验证已停用。")
    return redirect("accounts:profile")


@sensitive_variables()
@require_POST
@allow()
@recently_proved
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    request.session[CODES] = second_factor.renew_recovery_codes(user=request.user)
    return redirect("accounts:two_steps")


@require_POST
@allow("accounts.edit")
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a locked account try again at once."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    signing_in.unlock_account(user=user, by=request.user)
    messages.success(request, f"{user.name} 可以马上再试。")
    return redirect("accounts:account", pk=pk)


@require_POST
@allow("accounts.edit")
def sign_out_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign a person out everywhere."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    but = request.session.session_key if user == request.user else None
    count = sessions.end_sessions(user=user, by=request.user, but=but)
    messages.success(request, f"已退出 {user.name} 的 {count} 台设备。")
    return redirect("accounts:account", pk=pk)


@require_POST
@allow("accounts.edit")
@recently_proved
def two_steps_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the two steps off an account whose phone is lost."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    second_factor.reset(user=user, by=request.user)
    messages.success(request, f"{user.name} 的两步验证已重置，下次登录只要密码。")
    return redirect("accounts:account", pk=pk)
