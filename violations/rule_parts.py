"""制度页的其他部分 rule parts: rooms above add what they know of a version (gates, awards) to its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
