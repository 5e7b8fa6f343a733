"""`{% load window_codes %}`: the QR code of a window, drawn into the page."""

from __future__ import annotations

import segno
from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from windows.models import Window

register = template.Library()


@register.simple_tag(takes_context=True)
def window_code(context: template.Context, window: Window, scale: int = 6) -> SafeString:
    """`{% window_code window %}`: what a phone reads at the window, without a request of its own."""
    address = context["request"].build_absolute_uri(reverse("windows:scan", args=[window.qr_token]))
    drawing = segno.make(address, error="m").svg_inline(scale=scale, border=2, omitsize=True, light="#fff")
    words = f"窗口 {window.code} 的二维码"
    picture = mark_safe(drawing)  # noqa: S308 - segno draws it; nothing a person typed is in it
    return format_html('<span class="code" role="img" aria-label="{}">{}</span>', words, picture)
