"""搜索 the global search: one field for windows, people, numbers, clauses and pages, within what one may see.

Rooms register their sources (`accounts.registry.SearchSource`); this says what is asked of which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet, Window

from accounts.registry import Found, Hits, SearchSource, searches_for

if TYPE_CHECKING:
    from accounts.models import User

LONGEST = 50
LIMIT = 8
QUICK_LIMIT = 4
"""Results of a source while one is still typing."""


@dataclass(frozen=True)
class Group:
    """What one source has found."""

    key: str
    title: str
    found: Hits
    more_url: str

    @property
    def total(self) -> int:
        """How many there are in all."""
        return self.found.total

    @property
    def has_more(self) -> bool:
        """More than are shown, and a list that shows them."""
        return bool(self.more_url) and self.total > len(self.found)


@dataclass(frozen=True)
class Answer:
    """What the search says to these words."""

    words: str
    groups: list[Group]

    @property
    def total(self) -> int:
        """Results in all."""
        return sum(group.total for group in self.groups)

    @property
    def jump(self) -> str:
        """The address of the one thing whose number was asked for."""
        exact = [found.url for group in self.groups for found in group.found if found.is_exact]
        return exact[0] if len(exact) == 1 else ""


def search(
    user: User, words: str, *, limit: int = LIMIT, may_ask: Callable[[SearchSource], bool] = lambda _: True
) -> Answer:
    """Ask every source this person may use; words like a number, only the sources of such numbers."""
    asked = cleaned(words)
    sources = [source for source in searches_for(user) if may_ask(source)] if asked else []
    groups = [_ask(source, user, asked, limit) for source in _concerned(sources, asked)]
    return Answer(asked, [group for group in groups if group.found])


def cleaned(words: str) -> str:
    """Full width letters, digits and blanks as half width ones, one blank between words."""
    return " ".join(unicodedata.normalize("NFKC", words).split())[:LONGEST]


def as_number(words: str) -> str:
    """Words as a number is written: capitals, no blanks, the hyphen people find on their keyboard."""
    return re.sub(r"[‐‑‒–—−]", "-", words.upper().replace(" ", ""))


def first_of(rows: QuerySet[Any], limit: int) -> tuple[list[Any], int]:
    """The first rows and the number of all, in one query."""
    found = list(rows.annotate(found_in_all=Window(Count("pk")))[:limit])
    return found, found[0].found_in_all if found else 0


def hits(rows: QuerySet[Any], limit: int, shown: Callable[[Any], Found]) -> Hits:
    """The first rows as results, with the number of all, in one query."""
    found, total = first_of(rows, limit)
    return Hits((shown(row) for row in found), total)


def list_of(path: str) -> Callable[[str], str]:
    """The list at `path`, searched for the same words."""
    return lambda words: f"{path}?{urlencode({'q': words})}"


def _concerned(sources: Iterable[SearchSource], words: str) -> list[SearchSource]:
    number = as_number(words)
    every = list(sources)
    return [s for s in every if s.number and re.fullmatch(s.number, number)] or every


def _ask(source: SearchSource, user: User, words: str, limit: int) -> Group:
    found = source.find(user, words, limit)
    more = source.more(words) if source.more else ""
    return Group(source.key, source.title, found if isinstance(found, Hits) else Hits(found), more)
