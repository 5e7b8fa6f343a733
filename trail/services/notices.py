"""消息 notices: tell people; they see it when the ten seconds of undo are over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from trail.models import Notice

if TYPE_CHECKING:
    from accounts.models import Hall, User

UNDO_WINDOW = timedelta(seconds=10)


def tell(
    users: Iterable[User],
    *,
    title: str,
    url: str,
    hall: Hall,
    due_at: datetime | None = None,
    key: str = "",
) -> None:
    """Leave a notice for each person; `key` names the cause so that `take_back` finds it."""
    visible_from = timezone.now() + UNDO_WINDOW
    Notice.objects.bulk_create(
        Notice(
            user=user,
            hall=hall,
            title=title[:120],
            url=url,
            due_at=due_at,
            key=key,
            visible_from=visible_from,
        )
        for user in dict.fromkeys(users)
    )


def take_back(*, hall: Hall, key: str) -> None:
    """Withdraw notices of a cause that nobody can have seen yet."""
    now = timezone.now()
    Notice.objects.filter(hall=hall, key=key, visible_from__gt=now, withdrawn_at=None).update(
        withdrawn_at=now
    )


def mark_all_read(*, user: User) -> int:
    """The person wants to see none of them as new; returns how many were."""
    return Notice.objects.visible_to(user).unread().update(read_at=timezone.now())


def mark_read(*, user: User, notices: Iterable[Notice]) -> None:
    """The person has opened these."""
    ids = [notice.pk for notice in notices]
    Notice.objects.visible_to(user).unread().filter(pk__in=ids).update(read_at=timezone.now())
