"""换班: one asks, the other agrees or not; only then do the two change days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import User
from accounts.words import day_words
from patrols.duty_permissions import EDIT, may_answer, may_swap, may_withdraw
from patrols.enums import SwapStatus
from patrols.models import DutyDay, DutySwap
from trail.services import audit
from trail.services.notices import tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


def swap_rows(swap: DutySwap) -> list[QuerySet[Any]]:
    """The request and the two days it may change, for 撤销."""
    days = DutyDay.objects.filter(hall=swap.hall_id, kind=swap.kind, day__in=(swap.giver_day, swap.taker_day))
    return [DutySwap.objects.filter(pk=swap.pk), days]


def asked_rows(duty: DutyDay) -> list[QuerySet[Any]]:
    """The requests about a day, for 撤销."""
    return [DutySwap.objects.filter(hall=duty.hall_id, kind=duty.kind, giver=duty.user_id)]


def notice_key(duty_or_swap: DutyDay | DutySwap, step: str) -> str:
    """The notices of one step, so that they can be withdrawn with it."""
    return f"duty:{step}:{duty_or_swap.pk}"


def swappable(duty: DutyDay) -> QuerySet[DutyDay]:
    """Days of others of the same kind that are still to come and on which the person is not on duty."""
    rows = DutyDay.objects.filter(hall=duty.hall_id, kind=duty.kind, day__gte=timezone.localdate())
    own = rows.filter(user=duty.user_id).values("day")
    taken = DutyDay.objects.filter(hall=duty.hall_id, kind=duty.kind, day=duty.day).values("user")
    others = rows.exclude(user=duty.user_id).exclude(day__in=own).exclude(user__in=taken)
    return others.filter(logged_at=None).select_related("user").order_by("day", "pk")


@transaction.atomic
def ask_swap(*, duty: DutyDay, other: DutyDay, words: str, by: User) -> DutySwap:
    """请人换班: the other is told and may agree or refuse; until then nothing changes."""
    if not may_swap(by, duty):
        raise NotPermitted("只能拿自己的值班日去换。")
    if duty.day < timezone.localdate():
        raise Refused("这一天已经过去，不能再换。", code="day_over")
    if not swappable(duty).filter(pk=other.pk).exists():
        raise Refused(
            "这一天不能换：要同一种值班、还没有过去、双方换后不重复。", code="swap_impossible", status=422
        )
    asked = User.objects.get(pk=other.user_id)
    try:
        with transaction.atomic():
            swap: DutySwap = DutySwap.objects.create(
                hall=duty.hall,
                kind=duty.kind,
                giver=by,
                giver_day=duty.day,
                taker=asked,
                taker_day=other.day,
                words=words.strip(),
            )
    except IntegrityError:
        raise Refused("这一天已经请人换班，请等对方答复或先撤回。", code="swap_open") from None
    after = {"taker": swap.taker.name, "day": str(other.day)}
    audit.record("duty.swap_asked", target=swap, by=by, after=after, reason=swap.words)
    title = f"{by.name}请你换班：{day_words(swap.giver_day)}换你的{day_words(swap.taker_day)}"
    _tell(swap, [asked], title, notice_key(duty, "swap_asked"))
    return swap


@transaction.atomic
def answer_swap(*, swap: DutySwap, accepts: bool, words: str = "", by: User) -> DutySwap:
    """The other agrees, and the two change days; or refuses, and nothing changes."""
    swap = _locked(swap)
    if not may_answer(by, swap):
        raise NotPermitted("只有被请换班的人可以答复。")
    _require_open(swap)
    if accepts:
        _change_days(swap)
    swap.status = SwapStatus.ACCEPTED if accepts else SwapStatus.REFUSED
    swap.answer, swap.answered_at = words.strip(), timezone.now()
    swap.save(update_fields=["status", "answer", "answered_at"])
    audit.record("duty.swap_answered", target=swap, by=by, after={"status": swap.status}, reason=swap.answer)
    days = f"{day_words(swap.giver_day)}和{day_words(swap.taker_day)}"
    told = f"{by.name}{'同意换班' if accepts else '不换班'}：{days}"
    office = User.objects.with_permission(EDIT, swap.hall) if accepts else ()
    people = [person for person in (swap.giver, *office) if person != by]
    _tell(swap, people, told, notice_key(swap, "swap_answered"))
    return swap


@transaction.atomic
def withdraw_swap(*, swap: DutySwap, by: User) -> DutySwap:
    """撤回: the one who asked takes the request back before it is answered."""
    swap = _locked(swap)
    if not may_withdraw(by, swap):
        raise NotPermitted("只有申请人可以撤回。")
    if swap.status == SwapStatus.WITHDRAWN:
        return swap
    _require_open(swap)
    swap.status, swap.answered_at = SwapStatus.WITHDRAWN, timezone.now()
    swap.save(update_fields=["status", "answered_at"])
    audit.record("duty.swap_withdrawn", target=swap, by=by, after={"status": swap.status})
    return swap


def _change_days(swap: DutySwap) -> None:
    days = DutyDay.objects.select_for_update().filter(hall=swap.hall, kind=swap.kind)
    given = days.filter(day=swap.giver_day, user=swap.giver).first()
    taken = days.filter(day=swap.taker_day, user=swap.taker).first()
    today = timezone.localdate()
    if given is None or taken is None or min(swap.giver_day, swap.taker_day) < today:
        raise Refused("值班表已经变了或日期已经过去，这次换班不能再同意。", code="swap_stale")
    if given.logged_at or taken.logged_at:
        raise Refused("其中一天的值班日志已经写了，不能再换。", code="duty_logged")
    moves = ((given, swap.taker), (taken, swap.giver))
    if any(days.filter(day=row.day, user=person).exists() for row, person in moves):
        raise Refused("换后有人同一天值两个班，这次换班不能再同意。", code="swap_stale")
    for row, person in moves:
        row.user = person
        row.save(update_fields=["user"])


def _locked(swap: DutySwap) -> DutySwap:
    rows = DutySwap.objects.select_related("hall", "giver", "taker").select_for_update(of=("self",))
    found: DutySwap = rows.get(pk=swap.pk)
    return found


def _require_open(swap: DutySwap) -> None:
    if swap.status != SwapStatus.ASKED:
        raise Refused(f"这次换班已经是“{swap.get_status_display()}”。", code="swap_closed")


def _tell(swap: DutySwap, people: Iterable[User], title: str, key: str) -> None:
    tell(people, title=title, url=swap.get_absolute_url(), hall=swap.hall, key=key)
