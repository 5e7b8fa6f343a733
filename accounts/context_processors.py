"""What the frame of every page shows."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import frame_parts
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.registry import menu_for

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.registry import MenuEntry

THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Theme and text size for all; hall, menu, tabs and unread count for people with a role."""
    parts = {
        "theme": request.COOKIES.get("theme", "") if request.COOKIES.get("theme") in THEMES else "",
        "text": "large" if request.COOKIES.get("text") == "large" else "",
        "now": timezone.localtime(),
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.grants:
        return {"frame": parts}
    return {"frame": SimpleLazyObject(lambda: {**parts, **_for(request)})}


def _for(request: HttpRequest) -> dict[str, Any]:
    user, hall = request.user, _hall_or_home(request)
    entries = menu_for(user, hall)
    path = request.path
    current = max((e.url for e in entries if path.startswith(e.url)), key=len, default="")
    counts = getattr(request, "todo_counts", {})
    tabs = [e for e in entries if e.tab and (not e.tab_roles or user.has_role(*e.tab_roles))]
    return {
        "hall": hall,
        "halls": SimpleLazyObject(lambda: list(Hall.objects.visible_to(user).active())),
        "role_label": "、".join(role.name for role in user.roles[:2]),
        "menu": [
            {"title": title, "entries": [_entry(e, current, counts) for e in group]}
            for title, group in groupby(_grouped(entries), key=lambda e: e.group)
        ],
        "tabs": [_entry(e, current, counts) for e in sorted(tabs, key=lambda e: e.tab)][:4],
        "unread": frame_parts.unread(user),
        "badges_known": hasattr(request, "todo_counts"),
    }


def _hall_or_home(request: HttpRequest) -> Hall:
    """The hall of the page; on a page that refuses the hall asked for, the own one."""
    try:
        return current_hall(request)
    except Http404:
        return request.user.home_hall


def _grouped(entries: list[Any]) -> list[Any]:
    """Entries of one group side by side, groups by their first entry."""
    first: dict[str, int] = {}
    for entry in entries:
        first.setdefault(entry.group, entry.order)
    return sorted(entries, key=lambda e: (first[e.group], e.group, e.order))


def _entry(entry: MenuEntry, current: str, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "title": entry.label,
        "tab_label": entry.tab_label or entry.label,
        "url": entry.url,
        "icon": entry.icon,
        "current": entry.url == current,
        "key": entry.key,
        "has_badge": bool(entry.todos),
        "badge": sum(counts.get(todo, 0) for todo in entry.todos),
    }
