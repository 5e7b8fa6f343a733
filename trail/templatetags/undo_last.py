"""`{% load undo_last %}`: 撤销 of the last change of a thing, on its own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from trail.services import undo

if TYPE_CHECKING:
    from django.db.models import Model

register = template.Library()


@register.inclusion_tag("trail/_undo_last.html", takes_context=True)
def undo_last(context: template.Context, target: Model, about: str = "") -> dict[str, Any]:
    """`{% undo_last window %}`, `{% undo_last hall "hours." %}`: nothing when nothing is there."""
    step = undo.last_step(target, by=context["request"].user, about=about)
    return {"step": step, "csrf_token": context.get("csrf_token")}
