"""Which hall a request is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Hall

if TYPE_CHECKING:
    from django.http import HttpRequest


def current_hall(request: HttpRequest) -> Hall:
    """The hall named by `?hall=` among those the person sees, else the one chosen before, else the own.

    Raises Http404 for a hall out of sight, PermissionDenied for a person without any role today.
    """
    if not hasattr(request, "_hall"):
        request._hall = _find(request)  # type: ignore[attr-defined]
    return request._hall  # type: ignore[attr-defined,no-any-return]


def hall_in_sight(request: HttpRequest) -> Hall | None:
    """The same; None for a hall out of sight: a program's list of its rows is empty, not missing."""
    try:
        return current_hall(request)
    except Http404:
        return None


def _find(request: HttpRequest) -> Hall:
    home = request.user.home_hall
    if home is None:
        raise PermissionDenied("你的账号今天没有任何角色，请联系系统管理员。")
    code = request.GET.get("hall", "")
    if not code:
        return home
    if code == home.code:
        return home
    hall = Hall.objects.visible_to(request.user).filter(code=code).first()
    if hall is None:
        raise Http404("没有这个大厅，或者你无权查看。")
    return hall
