"""What happens with every sign-in, whichever door it came through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from accounts.addresses import client_address
from accounts.devices import device_words
from accounts.recent import PROVED_AT
from accounts.services import limits

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


@receiver(user_logged_in)
def describe_session(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Say on the session where it was opened; it is a desk's until somebody remembers a phone."""
    now = timezone.now()
    request.session[PROVED_AT] = int(now.timestamp())
    request.session.describe(
        device=device_words(request.headers.get("User-Agent", "")),
        address=client_address(request),
        is_remembered=False,
        idle_minutes=limits.idle_minutes(user, is_remembered=False),
        first_seen_at=now,
        last_seen_at=now,
    )
