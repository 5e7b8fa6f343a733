"""Registration: rooms tell here what the frame shows of them, so the frame knows no room by name.

Each room calls these from `<room>/registration.py`, imported by its `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Hall, User


@dataclass(frozen=True)
class MenuEntry:
    """A line of the side navigation.

    Shown when the person holds one of `permissions`, and, when `roles` is given, one of those roles.
    `group` is the heading; `order` sorts groups by their first entry and entries within.
    `todos` names the to-do lines whose counts together stand behind the entry.
    `tab` > 0 puts it into the phone's bottom bar for the `tab_roles` under the short `tab_label`.
    """

    key: str
    label: str
    url: str
    icon: str
    group: str
    order: int
    permissions: tuple[str, ...]
    roles: tuple[str, ...] = ()
    todos: tuple[str, ...] = ()
    tab: int = 0
    tab_label: str = ""
    tab_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Todo:
    """One line of 待我处理: `count` things behind `url`, the first due at `due_at`."""

    count: int
    title: str
    detail: str
    url: str
    due_at: datetime | None = None
    key: str = ""


@dataclass(frozen=True)
class TodoSource:
    """Where to-do lines come from: `find(user, hall, now)` in at most one query, None when nothing waits."""

    key: str
    permissions: tuple[str, ...]
    find: Callable[[User, Hall, datetime], Todo | None]


@dataclass(frozen=True)
class Found:
    """One result of the global search; `is_exact` when its number is what was asked for."""

    label: str
    detail: str
    url: str
    is_exact: bool = False


class Hits(list[Found]):
    """The first results of a source, and how many there are in all."""

    def __init__(self, found: Iterable[Found] = (), total: int | None = None) -> None:
        super().__init__(found)
        self.total = len(self) if total is None else total


@dataclass(frozen=True)
class SearchSource:
    """What the global search looks through: `find(user, words, limit)` starts from `visible_to`.

    At most one query. `number` is what the source's own numbers look like (capitals, no blanks): words
    of that shape are asked of such sources alone. `more` leads to the list of all that was found.
    `room` is the scope a program's token needs.
    """

    key: str
    title: str
    permissions: tuple[str, ...]
    find: Callable[[User, str, int], Iterable[Found]]
    number: str = ""
    more: Callable[[str], str] | None = None
    room: str = "accounts"
    order: int = 50


@dataclass(frozen=True)
class Card:
    """A part of an assembled page ("today", "me", "window", "unit", "audit", "settings").

    `context(request, hall)` returns the context of `template`, or None to leave the card out.
    """

    page: str
    key: str
    order: int
    template: str
    context: Callable[[Any, Hall], dict[str, Any] | None]
    permissions: tuple[str, ...]
    column: str = "main"
    roles: tuple[str, ...] = ()


@dataclass
class _Registry:
    menu: dict[str, MenuEntry] = field(default_factory=dict)
    todos: dict[str, TodoSource] = field(default_factory=dict)
    searches: dict[str, SearchSource] = field(default_factory=dict)
    cards: dict[tuple[str, str], Card] = field(default_factory=dict)


_registry = _Registry()


def register_menu(*entries: MenuEntry) -> None:
    """Add entries to the side navigation."""
    _registry.menu.update({entry.key: entry for entry in entries})


def register_todo(source: TodoSource) -> None:
    """Add a source of 待我处理."""
    _registry.todos[source.key] = source


def register_search(source: SearchSource) -> None:
    """Add a source of the global search."""
    _registry.searches[source.key] = source


def register_card(card: Card) -> None:
    """Add a card to an assembled page. Raises ValueError when another card has its key."""
    known = _registry.cards.setdefault((card.page, card.key), card)
    if known.template != card.template:
        raise ValueError(f"{card.page}: {card.key} is taken by {known.template}")
    _registry.cards[card.page, card.key] = card


def menu_for(user: User, hall: Hall | None) -> list[MenuEntry]:
    """The entries this person sees, in order."""
    entries = [e for e in _registry.menu.values() if _may_see(user, hall, e.permissions, e.roles)]
    return sorted(entries, key=lambda entry: entry.order)


def todos_for(user: User, hall: Hall, now: datetime) -> list[Todo]:
    """What waits for this person, the earliest deadline first; one query a source."""
    sources = [s for s in _registry.todos.values() if user.can_any(s.permissions, hall)]
    found = [todo for source in sources if (todo := source.find(user, hall, now))]
    return sorted(found, key=lambda todo: (todo.due_at is None, todo.due_at or now, todo.title))


def searches_for(user: User) -> list[SearchSource]:
    """The search sources this person may use."""
    found = [s for s in _registry.searches.values() if user.can_any(s.permissions)]
    return sorted(found, key=lambda source: source.order)


def cards_for(page: str, request: Any, hall: Hall) -> dict[str, list[dict[str, Any]]]:
    """The cards of a page by column, each with its template and context."""
    columns: dict[str, list[dict[str, Any]]] = {"head": [], "actions": [], "main": [], "aside": []}
    cards = sorted((c for c in _registry.cards.values() if c.page == page), key=lambda c: c.order)
    for card in cards:
        if not _may_see(request.user, hall, card.permissions, card.roles):
            continue
        context = card.context(request, hall)
        if context is not None:
            columns[card.column].append({"template": card.template, "context": context})
    return columns


def _may_see(user: User, hall: Hall | None, permissions: tuple[str, ...], roles: tuple[str, ...]) -> bool:
    return user.can_any(permissions, hall) and (not roles or user.has_role(*roles))
