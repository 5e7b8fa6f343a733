"""消息外发: where a hall's notices also go, what became of each, and one's own mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.opened import conflict_page, saved
from trail.enums import DeliveryStatus
from trail.lists import DELIVERIES, delivery_rows
from trail.models import Channel, Delivery, MailWish
from trail.outbox_forms import ChannelForm, EditChannelForm, MailWishForm, NewChannelForm
from trail.services import channels as services
from trail.services.outbox import resend
from trail.tasks import send_out

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

KEEPER = "hall.settings"
FINAL = (DeliveryStatus.DEAD, DeliveryStatus.DROPPED, DeliveryStatus.SENT)


@require_safe
@allow(KEEPER)
def outbox(request: HttpRequest) -> HttpResponse:
    """The hall's channels, and the log of what left by them."""
    hall = _hall(request)
    listing = DELIVERIES.page(request, delivery_rows(request).filter(hall=hall))
    for row in listing.rows:
        row.may_resend = row.status in FINAL
    known = Channel.objects.visible_to(request.user).filter(hall=hall)
    return render(request, "trail/outbox.html", {"listing": listing, "hall": hall, "channels": known})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPER)
def channel_new(request: HttpRequest) -> HttpResponse:
    """A new channel; a webhook's secret is on the answer, once."""
    hall = _hall(request)
    form = NewChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            channel, secret = services.open_channel(hall=hall, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("url", refused.message)
        else:
            if secret:
                return _page(request, channel, secret=secret)
            messages.success(request, "已添加，发一条测试消息看看。")
            return redirect(channel)
    context = {"form": form, "hall": hall}
    return render(request, "trail/channel_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPER)
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """One channel: what it hears, and whether it is on."""
    row = _channel(request, pk)
    if request.method != "POST":
        return _page(request, row)
    form = EditChannelForm(request.POST, facts=services.channel_facts(row))
    if not form.is_valid():
        return _page(request, row, form=form)

    def change() -> None:
        services.change_channel(channel=row, by=request.user, seen=form.seen, **form.cleaned_data)

    if not saved(form, change, about=row):
        return conflict_page(request, form, cancel_url=row.get_absolute_url())
    messages.success(request, "已保存。")
    return redirect("trail:outbox")


@require_POST
@allow(KEEPER)
def channel_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, shown once."""
    row = _channel(request, pk)
    return _page(request, row, secret=services.renew_secret(channel=row, by=request.user))


@require_POST
@allow(KEEPER)
def channel_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message that says it is a test; the log tells what became of it."""
    services.order_test(channel=_channel(request, pk), by=request.user)
    send_out.delay()
    messages.success(request, "测试消息已交出，稍后刷新看结果。")
    return redirect("trail:outbox")


@require_safe
@allow(KEEPER)
def delivery(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One message and each try to send it."""
    rows = Delivery.objects.visible_to(request.user).select_related("channel", "user", "hall")
    row = get_object_or_404(rows, pk=pk)
    context = {"delivery": row, "tries": row.tries.all()[:50], "may_resend": row.status in FINAL}
    return render(request, "trail/delivery.html", context)


@require_POST
@allow(KEEPER)
def delivery_resend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Try again from the start."""
    row = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    resend(delivery=row, by=request.user)
    send_out.delay()
    messages.success(request, "已重新交出，稍后刷新看结果。")
    return redirect("trail:delivery", row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allow()
def mail_wish(request: HttpRequest) -> HttpResponse:
    """Whether one's own notices also come by mail."""
    wish = MailWish.objects.visible_to(request.user).first()
    form = MailWishForm(request.POST or None, initial={"address": wish.address if wish else ""})
    if request.method == "POST" and form.is_valid():
        services.wish_mail(user=request.user, address=form.cleaned_data["address"])
        messages.success(request, "已保存。")
        return redirect("trail:inbox")
    return render(request, "trail/mail_wish.html", {"form": form}, status=422 if form.errors else 200)


def _hall(request: HttpRequest) -> Hall:
    return get_object_or_404(Hall.objects.where(request.user, KEEPER), pk=current_hall(request).pk)


def _channel(request: HttpRequest, pk: int) -> Channel:
    return get_object_or_404(Channel.objects.visible_to(request.user).select_related("hall"), pk=pk)


def _page(
    request: HttpRequest, row: Channel, *, form: ChannelForm | None = None, secret: str = ""
) -> HttpResponse:
    shown = form or EditChannelForm(facts=services.channel_facts(row))
    context: dict[str, Any] = {"channel": row, "form": shown, "secret": secret}
    context["form_action"] = row.get_absolute_url()  # a page with a fresh secret answers another address
    response = render(request, "trail/channel.html", context, status=422 if shown.errors else 200)
    if secret:
        response["Cache-Control"] = "no-store"
    return response
