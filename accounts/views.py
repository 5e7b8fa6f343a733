"""The home pages, search, and the administrator's pages about accounts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import recent, searching
from accounts.decorators import allow, public
from accounts.forms import AccountForm, GrantForm, TokenForm, option_field
from accounts.halls import current_hall
from accounts.models import ApiToken, Hall, RoleGrant, SignInSession, SignInThrottle, User
from accounts.opened import OpenedForm, conflict_page, saved
from accounts.options import all_options
from accounts.own_lists import ACCOUNTS, TOKENS, account_rows, token_rows
from accounts.registry import cards_for, todos_for
from accounts.roles import ROLES
from accounts.services import halls, people, tokens, undo_rows
from accounts.services.undoing import undoable
from accounts.toasts import toast

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.registry import Todo

BADGES_FRESH = 20
"""Seconds for which a browser may show counts it has."""


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page of the person's first role; strangers sign in."""
    return redirect(request.user.landing if request.user.is_authenticated else "accounts:login")


@require_safe
@allow()
def profile(request: HttpRequest) -> HttpResponse:
    """我的: roles, text size, colours, password."""
    return render(request, "accounts/profile.html")


def _assembled(request: HttpRequest, page: str, template: str, **context: Any) -> HttpResponse:
    hall = current_hall(request)
    todos = _counted_todos(request, hall)
    context |= {"hall": hall, "cards": cards_for(page, request, hall), "todos": todos}
    return render(request, template, context)


def _counted_todos(request: HttpRequest, hall: Hall) -> list[Todo]:
    """What waits for the person; the frame shows the counts beside its entries."""
    todos = todos_for(request.user, hall, timezone.now())
    request.todo_counts = {todo.key: todo.count for todo in todos}  # type: ignore[attr-defined]
    return todos


@require_safe
@allow()
@cache_control(private=True, max_age=BADGES_FRESH)
def badges(request: HttpRequest) -> HttpResponse:
    """The counts beside the entries of the side navigation; pages ask for them after they are shown."""
    _counted_todos(request, current_hall(request))
    return render(request, "accounts/_badges.html")


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
    """Search windows, people, numbers, pages within what one may see; an exact number opens its thing."""
    words = request.GET.get("q", "")
    if request.htmx:
        answer = searching.search(request.user, words, limit=searching.QUICK_LIMIT)
        return render(request, "accounts/_found.html", {"answer": answer})
    answer = searching.search(request.user, words)
    if answer.jump:
        return redirect(answer.jump)
    return render(request, "accounts/search.html", {"answer": answer})


@require_http_methods(["GET", "HEAD", "POST"])
@allow("hall.settings")
def hall_options(request: HttpRequest) -> HttpResponse:
    """大厅设置: every number a hall may change."""
    hall = get_object_or_404(Hall.objects.where(request.user, "hall.settings"), pk=current_hall(request).pk)
    form = _options_form(hall)(request.POST or None, facts=halls.option_facts(hall))
    changed: list[str] = []

    def keep() -> None:
        values = {option.key: form.cleaned_data[halls.option_name(option.key)] for option in all_options()}
        changed.extend(halls.set_options(hall=hall, values=values, by=request.user, seen=form.seen))

    if request.method == "POST" and form.is_valid():
        with undoable(
            "hall.options", target=hall, by=request.user, hall=hall, rows=partial(undo_rows.of_options, hall)
        ) as offer:
            is_saved = saved(form, keep, about=hall, actions=("hall.options",))
        if is_saved:
            toast(request, f"已保存，改动 {len(changed)} 项。" if changed else "没有改动。", undo=offer.url)
            return redirect(request.get_full_path())
        return conflict_page(request, form, heading="期限与参数", cancel_url=request.get_full_path())
    groups: dict[str, list[Any]] = {}
    for option in all_options():
        groups.setdefault(option.group, []).append(form[halls.option_name(option.key)])
    context = {"form": form, "groups": groups, "hall": hall}
    return render(request, "accounts/hall_options.html", context, status=422 if form.errors else 200)


def _options_form(hall: Hall) -> type[OpenedForm]:
    fields = {halls.option_name(o.key): option_field(o, hall.option(o.key)) for o in all_options()}
    return type("HallOptionsForm", (OpenedForm,), fields)


@require_safe
@allow("accounts.edit")
def accounts(request: HttpRequest) -> HttpResponse:
    """账号权限: who may sign in, and as what."""
    listing = ACCOUNTS.page(request, account_rows(request))
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
    first = {"hall": current_hall(request)}
    form = GrantForm(request.POST or None, by=request.user, facts=people.role_facts(user), initial=first)

    def keep() -> None:
        people.grant_role(user=user, by=request.user, seen=form.seen, **form.cleaned_data)

    if request.method == "POST" and form.is_valid():
        hall, rows = form.cleaned_data["hall"], partial(undo_rows.of_roles, user)
        with undoable("role.granted", target=user, by=request.user, hall=hall, rows=rows) as offer:
            is_saved = saved(form, keep, about=user, actions=people.ROLE_ACTIONS)
        if is_saved:
            toast(request, "已授权。", undo=offer.url)
            return redirect("accounts:account", pk=pk)
        return conflict_page(request, form, heading=f"给{user.name}授权", cancel_url=request.path)
    grants = user.role_grants.select_related("hall").order_by("pk")
    context = {
        "account": user,
        "form": form,
        "grants": grants,
        "today": timezone.localdate(),
        "locks": SignInThrottle.objects.visible_to(request.user).of_person(user).blocking(),
        "devices": SignInSession.objects.visible_to(request.user).filter(user=user),
        "this": request.session.session_key,
    }
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


@require_POST
@allow("accounts.edit")
def grant_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a role end today."""
    grants = RoleGrant.objects.visible_to(request.user).select_related("hall", "user")
    grant = get_object_or_404(grants, pk=pk)
    rows = partial(undo_rows.of_roles, grant.user)
    with undoable("role.ended", target=grant.user, by=request.user, hall=grant.hall, rows=rows) as offer:
        people.end_role(grant=grant, by=request.user)
    toast(request, "这个角色已停止。", undo=offer.url)
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
    hall, rows = _shared_hall(request, user), partial(undo_rows.of_account, user)
    with undoable("account.switched", target=user, by=request.user, hall=hall, rows=rows) as offer:
        people.set_active(user=user, hall=hall, is_active=is_active, by=request.user)
    toast(request, "账号已启用。" if is_active else "账号已停用。", undo=offer.url)
    return redirect("accounts:account", pk=pk)


def _shared_hall(request: HttpRequest, user: User) -> Hall:
    kept = Hall.objects.where(request.user, "accounts.edit")
    return kept.filter(role_grants__user=user).first() or current_hall(request)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("tokens.edit", "bulletin.read")
def api_tokens(request: HttpRequest) -> HttpResponse:
    """接口令牌: own tokens; who keeps tokens sees those of the halls."""
    if request.method == "POST" and not recent.is_recent(request):
        return recent.ask(request)
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
    listing = TOKENS.page(request, token_rows(request))
    context = {"form": form, "listing": listing, "secret": secret}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@allow("tokens.edit", "bulletin.read")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a token for ever."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user).distinct(), pk=pk)
    hall, rows = current_hall(request), partial(undo_rows.of_token, token)
    with undoable("token.revoked", target=token, by=request.user, hall=hall, rows=rows) as offer:
        tokens.revoke_token(token=token, by=request.user)
    toast(request, "令牌已停用。", undo=offer.url)
    return redirect("accounts:tokens")
