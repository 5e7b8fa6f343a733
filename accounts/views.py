"""Signing in, the home pages, search, and the administrator's pages about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth import login as sign_in
from django.contrib.auth import logout as sign_out
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow, public
from accounts.errors import Refused
from accounts.forms import AccountForm, GrantForm, LoginForm, PasswordForm, TokenForm, option_field
from accounts.halls import current_hall
from accounts.lists import ListFilters, Sort, by_time, list_page
from accounts.models import ApiToken, Hall, RoleGrant, User
from accounts.options import all_options
from accounts.registry import cards_for, searches_for, todos_for
from accounts.roles import ROLE_CHOICES, ROLES
from accounts.services import halls, people, tokens

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SEARCH_LIMIT = 8


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page of the person's first role; strangers sign in."""
    return redirect(request.user.landing if request.user.is_authenticated else "accounts:login")


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with account and password."""
    target = request.POST.get("next") or request.GET.get("next", "")
    form = LoginForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        sign_in(request, form.user)
        return redirect(_safe(request, target) or form.user.landing)
    status = 422 if form.errors else 200
    return render(
        request, "accounts/login.html", {"form": form, "next": _safe(request, target)}, status=status
    )


@require_POST
@allow()
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    sign_out(request)
    return redirect("accounts:login")


@require_safe
@allow()
def profile(request: HttpRequest) -> HttpResponse:
    """我的: roles, text size, colours, password."""
    return render(request, "accounts/profile.html")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@allow()
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password."""
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_own_password(user=request.user, password=form.cleaned_data["new"])
        except Refused as refusal:
            form.add_error("new", refusal.message)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, "密码已修改。")
            return redirect(request.user.landing)
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)


def _assembled(request: HttpRequest, page: str, template: str, **context: Any) -> HttpResponse:
    hall = current_hall(request)
    context |= {
        "hall": hall,
        "cards": cards_for(page, request, hall),
        "todos": todos_for(request.user, hall, timezone.now()),
    }
    return render(request, template, context)


@require_safe
@allow("record.read_all", "people.read")
def today(request: HttpRequest) -> HttpResponse:
    """今日: what is to be done now."""
    return _assembled(request, "today", "accounts/today.html")


@require_safe
@allow("record.read_own")
def me(request: HttpRequest) -> HttpResponse:
    """我的得分: the clerk's own records and score."""
    return _assembled(request, "me", "accounts/me.html")


@require_safe
@allow("record.read_window")
def window(request: HttpRequest) -> HttpResponse:
    """本窗口: the head's people, records and rectification."""
    return _assembled(request, "window", "accounts/me.html", page_title="本窗口")


@require_safe
@allow("record.read_unit")
def unit(request: HttpRequest) -> HttpResponse:
    """本单位: the home unit's people and letters."""
    return _assembled(request, "unit", "accounts/me.html", page_title="本单位")


@require_safe
@allow("hall.settings", "windows.edit", "rules.edit")
def settings(request: HttpRequest) -> HttpResponse:
    """设置: where everything that can be set is found."""
    return _assembled(request, "settings", "accounts/settings.html")


@require_safe
@allow()
def search(request: HttpRequest) -> HttpResponse:
    """Search windows, people and numbers; only what the person may see."""
    words = request.GET.get("q", "").strip()[:60]
    groups = []
    if words:
        for source in searches_for(request.user):
            found = list(source.find(request.user, words, SEARCH_LIMIT))
            if found:
                groups.append({"title": source.title, "found": found})
    return render(request, "accounts/search.html", {"words": words, "groups": groups})


@require_http_methods(["GET", "HEAD", "POST"])
@allow("hall.settings")
def hall_options(request: HttpRequest) -> HttpResponse:
    """大厅设置: every number a hall may change."""
    hall = get_object_or_404(Hall.objects.where(request.user, "hall.settings"), pk=current_hall(request).pk)
    form = _options_form(hall)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {option.key: form.cleaned_data[_name(option.key)] for option in all_options()}
        changed = halls.set_options(hall=hall, values=values, by=request.user)
        messages.success(request, f"已保存，改动 {len(changed)} 项。" if changed else "没有改动。")
        return redirect(request.get_full_path())
    groups: dict[str, list[Any]] = {}
    for option in all_options():
        groups.setdefault(option.group, []).append(form[_name(option.key)])
    context = {"form": form, "groups": groups, "hall": hall}
    return render(request, "accounts/hall_options.html", context, status=422 if form.errors else 200)


def _name(key: str) -> str:
    return key.replace(".", "__")


def _options_form(hall: Hall) -> type[forms.Form]:
    fields = {_name(o.key): option_field(o, hall.option(o.key)) for o in all_options()}
    return type("HallOptionsForm", (forms.Form,), fields)


class AccountFilters(ListFilters):
    """Filters of the list of accounts."""

    search = ("username", "name", "phone")
    role = django_filters.ChoiceFilter(
        label="角色", choices=ROLE_CHOICES, field_name="role_grants__role", distinct=True
    )


@require_safe
@allow("accounts.edit")
def accounts(request: HttpRequest) -> HttpResponse:
    """账号权限: who may sign in, and as what."""
    rows = User.objects.visible_to(request.user).prefetch_related("role_grants__hall")
    sorts = {"username": Sort("账号", "username"), "created": by_time("建立时间", "created_at")}
    listing = list_page(request, rows, AccountFilters, sorts=sorts, default_sort="username", noun="账号")
    return render(request, "accounts/accounts.html", {"listing": listing, "roles": ROLES.values()})


@require_http_methods(["GET", "HEAD", "POST"])
@allow("accounts.edit")
def account_new(request: HttpRequest) -> HttpResponse:
    """A new account; its first password is shown once on the next page."""
    form = AccountForm(request.POST or None, by=request.user, initial={"hall": current_hall(request)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        starts_on, ends_on = data.pop("starts_on"), data.pop("ends_on")
        user, first = people.create_account(by=request.user, **data)
        if starts_on or ends_on:
            days = {"starts_on": starts_on, "ends_on": ends_on}
            people.grant_role(user=user, hall=data["hall"], role=data["role"], by=request.user, **days)
        messages.success(request, f"已建账号 {user.username}，初始密码 {first}，只显示这一次。")
        return redirect("accounts:account", pk=user.pk)
    context = {"form": form, "heading": "新建账号", "cancel_url": "/settings/accounts/"}
    return render(request, "accounts/account_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("accounts.edit")
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles, and a form to give another."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = GrantForm(request.POST or None, by=request.user, initial={"hall": current_hall(request)})
    if request.method == "POST" and form.is_valid():
        people.grant_role(user=user, by=request.user, **form.cleaned_data)
        messages.success(request, "已授权。")
        return redirect("accounts:account", pk=pk)
    grants = user.role_grants.select_related("hall").order_by("pk")
    context = {"account": user, "form": form, "grants": grants, "today": timezone.localdate()}
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


@require_POST
@allow("accounts.edit")
def grant_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a role end today."""
    grants = RoleGrant.objects.visible_to(request.user).select_related("hall", "user")
    grant = get_object_or_404(grants, pk=pk)
    people.end_role(grant=grant, by=request.user)
    messages.success(request, "这个角色已停止。")
    return redirect("accounts:account", pk=grant.user_id)


@require_POST
@allow("accounts.edit")
def password_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """A new first password for somebody who forgot the old one."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    first = people.reset_password(user=user, hall=_shared_hall(request, user), by=request.user)
    messages.success(request, f"{user.name} 的新密码是 {first}，只显示这一次。")
    return redirect("accounts:account", pk=pk)


@require_POST
@allow("accounts.edit")
def account_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off or on."""
    user = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    is_active = request.POST.get("is_active") == "1"
    people.set_active(user=user, hall=_shared_hall(request, user), is_active=is_active, by=request.user)
    messages.success(request, "账号已启用。" if is_active else "账号已停用。")
    return redirect("accounts:account", pk=pk)


def _shared_hall(request: HttpRequest, user: User) -> Hall:
    kept = Hall.objects.where(request.user, "accounts.edit")
    return kept.filter(role_grants__user=user).first() or current_hall(request)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("tokens.edit", "bulletin.read")
def api_tokens(request: HttpRequest) -> HttpResponse:
    """接口令牌: own tokens; who keeps tokens sees those of the halls."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        _, secret = tokens.issue_token(
            user=request.user,
            name=data["name"],
            scopes=data["scopes"],
            expires_at=data["expires_on"],
            by=request.user,
        )
        form = TokenForm()
    rows = ApiToken.objects.visible_to(request.user).select_related("user").distinct()
    context = {"form": form, "rows": rows, "secret": secret}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@allow("tokens.edit", "bulletin.read")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a token for ever."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user).distinct(), pk=pk)
    tokens.revoke_token(token=token, by=request.user)
    messages.success(request, "令牌已停用。")
    return redirect("accounts:tokens")


def _safe(request: HttpRequest, target: str) -> str:
    hosts = {request.get_host()}
    is_safe = url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure())
    return target if is_safe else ""
