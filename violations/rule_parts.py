"""制度页的其他部分 rule parts: rooms above add what they know of a version to its page.

Whole parts (gates, awards), and to each clause what it means in words and what it has cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from violations.models import RulebookVersion


@dataclass(frozen=True)
class RulePart:
    """A part of a version's page: its template and the context it needs, in constant queries."""

    template: str
    context: Callable[[RulebookVersion], dict[str, Any]]


_parts: list[RulePart] = []


def register_rule_part(part: RulePart) -> None:
    """Show a further part on the page of each version."""
    if part not in _parts:
        _parts.append(part)


def rule_parts(version: RulebookVersion) -> list[dict[str, Any]]:
    """The parts of a version's page, as `render_card` takes them."""
    return [{"template": part.template, "context": part.context(version)} for part in _parts]


@dataclass(frozen=True)
class ClauseReading:
    """A clause read out: what it means, and what it has cost in this year's published months."""

    meaning: str = ""
    points: int = 0
    times: int = 0
    url: str = ""


@dataclass(frozen=True)
class Reading:
    """A version read out: its clauses by code, and acts upon it (words, address, whether the main one)."""

    clauses: dict[str, ClauseReading] = field(default_factory=dict)
    acts: list[tuple[str, str, bool]] = field(default_factory=list)
    year: int = 0


Read = Callable[[Any, "RulebookVersion"], Reading]
_readers: list[Read] = []


def register_reading(read: Read) -> None:
    """Tell who reads versions out; called once by the room that scores by them. In constant queries."""
    _readers[:] = [read]


def reading_of(request: Any, version: RulebookVersion) -> Reading:
    """The version read out for this person."""
    return _readers[0](request, version) if _readers else Reading()
