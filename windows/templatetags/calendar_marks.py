"""`{% load calendar_marks %}`: says of a deadline that its year's holidays are not published yet."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.safestring import SafeString, mark_safe

from accounts.templatetags.mingchuang import tag
from accounts.words import local
from windows.working_days import published_years

register = template.Library()
KEPT = "windows.published_years"


@register.simple_tag(takes_context=True)
def provisional(context: template.Context, value: date | datetime | None) -> SafeString:
    """`{% provisional record.deadline_at %}`: the mark 暂定 for a day or moment of an unpublished year.

    The years are asked once for a page.
    """
    if value is None:
        return mark_safe("")
    if KEPT not in context.render_context:
        context.render_context[KEPT] = published_years()
    known = context.render_context[KEPT]
    return mark_safe("") if local(value).year in known else tag("暂定", "warn", "info")
