"""Filters and tags of our pages: `{% load mingchuang %}`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django import template
from django.conf import settings
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ChoiceField,
    Field,
    RadioSelect,
)
from django.forms.widgets import ClearableFileInput
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts import words
from accounts.links import link_to
from accounts.services.kept import autosaved as find_autosaved
from accounts.toasts import undo_of

register = template.Library()


@register.filter
def points(hundredths: int | None) -> str:
    """Signed points from hundredths: −2, +2, 0; nothing for no value."""
    return "" if hundredths is None else words.signed(hundredths)


@register.filter
def points_tone(hundredths: int | None) -> str:
    """The class of a signed number: minus, plus, or none."""
    if not hundredths:
        return ""
    return "minus" if hundredths < 0 else "plus"


@register.filter
def score(hundredths: int | None) -> str:
    """A score from hundredths: 101.92, 100; a dash for no value."""
    return "—" if hundredths is None else words.score(hundredths)


@register.filter
def quantity(hundredths: int | None) -> str:
    """A plain number from hundredths: 3, 1.5."""
    return "" if hundredths is None else words.plain_number(hundredths)


@register.filter
def magnitude(number: int) -> int:
    """How far, without the direction: −3 → 3."""
    return abs(number)


@register.filter
def cn_date(value: date | datetime | None) -> str:
    """11月25日, with the year when not this year."""
    return words.day_words(value) if value else ""


@register.filter
def cn_weekday(value: date | datetime | None) -> str:
    """星期三."""
    return f"星期{words.WEEKDAYS[words.local(value).weekday()]}" if value else ""


@register.filter
def cn_time(value: datetime | None) -> str:
    """14:05."""
    return words.time_words(value) if value else ""


@register.filter
def cn_datetime(value: datetime | None) -> str:
    """11月25日 14:05, with the year when not this year."""
    return f"{words.day_words(value)} {words.time_words(value)}" if value else ""


@register.filter
def cn_month(value: date | datetime | None) -> str:
    """2026年11月."""
    return words.month_words(value) if value else ""


@register.filter
def percent(part: float | None, whole: float | None = None) -> str:
    """`{{ done|percent:all }}` → 67%; `{{ 0.675|percent }}` → 67.5%; a dash when nothing divides."""
    if part is None or whole == 0:
        return "—"
    share = 100 * part / whole if whole is not None else 100 * part
    return f"{share:.1f}".removesuffix(".0") + "%"


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "check" %}`, `{% icon "check" "sm" %}`: a symbol of static/img/icons.svg."""
    return _drawn(name, f"icon icon--{size}" if size else "icon", settings.DEBUG)


@lru_cache(maxsize=500)
def _drawn(name: str, css: str, is_debug: bool) -> SafeString:
    """A page has dozens of icons, the product a few; DEBUG names the file without its hash."""
    url = static("img/icons.svg")
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', css, url, name)


@register.simple_tag
def link(name: str, *args: Hashable) -> str:
    """As `{% url %}` for the rows of a list, whose addresses are remembered."""
    return link_to(name, *args)


MAP_SIGNS = {"ok": "check", "bad": "warn", "now": "right"}


@register.simple_tag
def map_windows(windows: Iterable[dict[str, str]]) -> SafeString:
    """The windows of a zone on the hall map, each with the sign of its state."""
    return format_html_join(
        "",
        '<li><a class="{}" href="{}" aria-label="{} {}">{}{}</a></li>',
        (
            (
                f"is-{window['state']}" if window["state"] else "",
                *(window["url"], window["code"], window["words"], window["code"]),
                icon(MAP_SIGNS.get(window["state"], "dash")),
            )
            for window in windows
        ),
    )


@register.simple_tag
def bulk_check(pk: object, label: object, picked: bool) -> SafeString:
    """The box that picks a row for the bulk bar: `{% bulk_check row.pk row.number listing.is_picked %}`."""
    return format_html(
        '<td class="col-check"><label class="bulk__box"><span class="sr-only">选择 {}</span>'
        '<input type="checkbox" name="pk" value="{}" form="bulk"{}></label></td>',
        label,
        pk,
        mark_safe(" checked") if picked else "",
    )


@register.simple_tag(takes_context=True)
def hall_query(context: template.Context) -> str:
    """`?hall=liulin` when the page is about another hall than one's own, so that a link stays there."""
    request = context.get("request") or getattr(context, "request", None)
    code = request.GET.get("hall", "") if request is not None else ""
    return f"?{urlencode({'hall': code})}" if code else ""


@register.simple_tag(takes_context=True)
def render_card(context: template.Context, card: dict[str, Any]) -> SafeString:
    """A registered card of an assembled page, its own context on top of the page's."""
    shown = context.template.engine.get_template(card["template"])
    with context.push(**card["context"]):
        return shown.render(context)


@register.simple_tag
def status_tag(status: Any, label: str = "") -> SafeString:
    """The status pill of anything with `label`, `tone` ("ok", "warn", "bad", "info", "") and `icon`."""
    if status is None or status == "":
        return mark_safe("")
    return _pill(label or status.label, getattr(status, "tone", ""), getattr(status, "icon", ""))


@register.simple_tag
def tag(label: str, tone: str = "", icon: str = "") -> SafeString:
    """A pill of one's own words: `{% tag "暂定" %}`, `{% tag "超期 2 天" "bad" "warn" %}`."""
    return _pill(label, tone, icon)


@register.simple_tag
def deadline(due_at: datetime | None, done: bool = False) -> SafeString:
    """A deadline as a pill: its time, and under three days what remains or how long it is overdue.

    `done=True` shows the time only: nothing is waited for any more.
    """
    if due_at is None:
        return mark_safe("")
    now = timezone.now()
    when = words.near_day_words(due_at, now)
    left = due_at - now
    if done:
        return _pill(when, "", "calendar", due_at)
    if left < timedelta(0):
        return _pill(f"{when}，超期 {words.span_words(-left)}", "bad", "warn", due_at)
    if left < timedelta(days=3):
        return _pill(f"{when}，还剩 {words.span_words(left)}", "warn", "clock", due_at)
    return _pill(when, "", "calendar", due_at)


def _pill(label: str, tone: str, icon_name: str, moment: datetime | None = None) -> SafeString:
    css = f"tag tag--{tone}" if tone else "tag"
    sign = icon(icon_name) if icon_name else ""
    if moment is not None:
        stamp = words.local(moment).isoformat(timespec="minutes")  # type: ignore[call-arg]
        return format_html('<time class="{}" datetime="{}">{}{}</time>', css, stamp, sign, label)
    return format_html('<span class="{}">{}{}</span>', css, sign, label)


@register.filter
def may(user: Any, permissions: str) -> bool:
    """Whether the person holds one of the permissions: `{% if request.user|may:"record.find" %}`.

    A control the role may not use is left out, not greyed.
    """
    return bool(user) and user.is_authenticated and user.can_any(permissions.split())


@register.filter
def undo_url(extra_tags: str | None) -> str:
    """Where 撤销 of a message posts to, or nothing."""
    return undo_of(extra_tags)


@register.filter
def error_words(field: BoundField) -> list[str]:
    """What is wrong with a field, in the same words at the field and in the summary."""
    chosen = isinstance(field.field, ChoiceField)
    missing = f"请{'选择' if chosen else '填写'}{field.label}"
    unnamed = str(Field.default_error_messages["required"])
    said = [" ".join(error.messages) for error in field.errors.as_data()]  # type: ignore[attr-defined]
    return [missing if words_ == unnamed else words_ for words_ in said]


@register.filter
def control(field: BoundField, css: str = "") -> SafeString:
    """The input of a bound field with our class; Django itself adds aria-describedby and aria-invalid."""
    if field_kind(field) in ("check", "choices"):
        return field.as_widget()
    return field.as_widget(attrs={"class": f"input {css}".strip()})


@register.filter
def field_kind(field: BoundField) -> str:
    """How the field component lays a field out: hidden, check, choices, file or input."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "file" if isinstance(widget, ClearableFileInput) else "input"


@register.simple_block_tag
def card(
    content: str, title: str, anchor: str = "", link: str = "", note: str = "", css: str = ""
) -> SafeString:
    """A card: `{% card "本周问题" anchor="week" link=url note="台账" %}…{% endcard %}`.

    `note` is a faint word at the end of the head, or with `link` the words of the link there.
    """
    name = anchor or f"card-{crc32(title.encode()):x}"
    end = format_html('<span class="faint card__end">{}</span>', note) if note else ""
    if link:
        end = format_html('<a href="{}">{}</a>', link, note or "全部")
    return format_html(
        '<section class="{css}" id="{name}" aria-labelledby="{name}-h">'
        '<div class="card__head"><h2 id="{name}-h">{title}</h2>{end}</div>'
        '<div class="card__body">{content}</div></section>',
        css=f"card {css}".strip(),
        name=name,
        title=title,
        end=end,
        content=mark_safe(content),  # noqa: S308 - the template has escaped it
    )


@register.simple_tag(takes_context=True)
def autosaved(context: Any) -> Any:
    """What the person was writing on this page and has not sent; nothing while it stands in the form."""
    request = context["request"]
    if getattr(request, "kept", None) is not None or request.method not in ("GET", "HEAD"):
        return None
    return find_autosaved(request.user, request.get_full_path())
