"""Signing in and out: password, second step, and showing once more who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth import login as sign_in
from django.contrib.auth import logout as sign_out
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import allow, public
from accounts.devices import device_of, device_words, is_phone, remember_device
from accounts.forms import CodeForm, LoginForm, ProofForm, place_of
from accounts.models import Hall
from accounts.recent import PROVED_AT
from accounts.services import first_start, limits, signing_in
from accounts.services.throttle import Blocked

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

WAITING = "second_step"
PATIENCE_SECONDS = 300
"""How long a right password waits for its second step."""


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with account and password; where two steps are on, the code comes next."""
    target = safe_target(request)
    form = LoginForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        remember = form.cleaned_data["remember"]
        if form.user.second_factor_since is None:
            return _welcome(request, form.user, remember=remember, target=target, steps=1)
        request.session.flush()
        request.session[WAITING] = {
            "user": form.user.pk,
            "until": int(timezone.now().timestamp()) + PATIENCE_SECONDS,
            "remember": remember,
            "next": target,
        }
        return redirect("accounts:second_step")
    context = {
        "form": form,
        "next": target,
        "is_phone": is_phone(request.headers.get("User-Agent", "")),
        "is_empty": first_start.is_waiting(),
        "open_hall": _open_hall(),
    }
    return form_page(request, "accounts/login.html", context)


def _open_hall() -> Hall | None:
    """The hall whose open pages the login page names; none where several centres share the system."""
    centres = list(Hall.objects.public().filter(parent=None)[:2])
    return centres[0] if len(centres) == 1 else None


@public
@never_cache
@sensitive_post_parameters("otp")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """两步验证: the code of the phone, after a right password and within five minutes of it."""
    waiting = request.session.get(WAITING) or {}
    user = signing_in.waiting_person(waiting.get("user", 0))
    if user is None or waiting["until"] < timezone.now().timestamp():
        request.session.pop(WAITING, None)
        messages.info(request, "请重新输入账号和密码。")
        return redirect("accounts:login")
    form = CodeForm(request.POST or None)
    form.fields["otp"].widget.attrs["autofocus"] = True
    form.blocked = None
    if request.method == "POST" and form.is_valid() and _code_is_right(request, form, user):
        remember, target = waiting["remember"], waiting["next"]
        request.session.flush()
        return _welcome(request, user, remember=remember, target=target, steps=2)
    return form_page(request, "accounts/second_step.html", {"form": form})


def _code_is_right(request: HttpRequest, form: Any, user: User) -> bool:
    try:
        if signing_in.check_code(user=user, code=form.cleaned_data["otp"], **place_of(request)):
            return True
    except Blocked as refusal:
        form.blocked = refusal
        form.add_error("otp", refusal.message)
    else:
        form.add_error("otp", "验证码不对，或已经用过。等手机上的数字变了再试一次。")
    return False


def _welcome(request: HttpRequest, user: User, *, remember: bool, target: str, steps: int) -> HttpResponse:
    """Open the session, tell the audit, and warn of a password that ends soon."""
    agent = request.headers.get("User-Agent", "")
    is_known = device_of(request).knows(user)
    sign_in(request, user, backend=signing_in.BACKEND)
    is_remembered = remember and is_phone(agent) and limits.phone_days(user) > 0
    if is_remembered:
        minutes = limits.idle_minutes(user, is_remembered=True)
        request.session.describe(is_remembered=True, idle_minutes=minutes)
    signing_in.tell_signed_in(
        user=user,
        device=device_words(agent),
        is_known=is_known,
        is_remembered=is_remembered,
        steps=steps,
    )
    left = limits.password_days_left(user)
    if left is not None and left >= 0:
        messages.warning(request, f"密码还有 {left + 1} 天到期，请到“我的”里修改。")
    response = redirect(target or user.landing)
    remember_device(request, response, user)
    return response


@require_POST
@allow()
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    sign_out(request)
    return redirect("accounts:login")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@allow()
def prove(request: HttpRequest) -> HttpResponse:
    """确认是本人: the password again, before a step that opens doors."""
    target = safe_target(request) or "/profile/"
    form = ProofForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        request.session[PROVED_AT] = int(timezone.now().timestamp())
        return redirect(target)
    return form_page(
        request, "accounts/prove.html", {"form": form, "next": target, "cancel_url": "/profile/"}
    )


def safe_target(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site, or nothing."""
    target = request.POST.get("next") or request.GET.get("next", "")
    is_plain = target.isprintable() and target.startswith("/")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure())
    return target if is_plain and is_ours else ""


def form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page; 422 when something is wrong, 429 with the time left when one must wait."""
    form = context["form"]
    if form.is_bound and form.errors and form.blocked is not None:
        response = render(request, template, {**context, "error_title": "暂时不能再试"}, status=429)
        response["Retry-After"] = str(form.blocked.retry_after)
        return response
    return render(request, template, context, status=422 if form.errors else 200)
