"""登录的设备: which browsers a person is signed in on, and ending that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted
from accounts.models import SignInSession, User
from accounts.permissions import may_keep_account_of
from accounts.services import trace

if TYPE_CHECKING:
    from django.db.models import QuerySet


@transaction.atomic
def end_session(*, session: SignInSession, by: User) -> None:
    """Sign one device out; one's own, or one of an account the person keeps."""
    user = session.user
    if user is None or (user != by and not may_keep_account_of(by, user)):
        raise NotPermitted("只能退出自己的设备。")
    session.delete()
    after = {"device": session.device, "address": session.address}
    trace.record("session.ended", target=user, by=by, hall=user.home_hall, after=after)


@transaction.atomic
def end_sessions(*, user: User, by: User, but: str | None = None) -> int:
    """Sign all devices out but the session with the key `but`; returns how many."""
    if user != by and not may_keep_account_of(by, user):
        raise NotPermitted("账号由系统管理员维护。")
    count = drop_sessions(user, but=but)
    if count:
        trace.record("session.all_ended", target=user, by=by, hall=user.home_hall, after={"count": count})
    return count


def drop_sessions(user: User, *, but: str | None = None) -> int:
    """Delete the sessions of an account; part of a change that writes its own audit row."""
    rows: QuerySet[SignInSession] = SignInSession.objects.of_person(user)
    gone, _ = (rows.exclude(session_key=but) if but else rows).delete()
    return gone


def purge() -> int:
    """Throw away sessions that have been idle too long."""
    gone, _ = SignInSession.objects.filter(expire_date__lte=timezone.now()).delete()
    return gone
