"""What the ledger's news means for documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.dispatch import receiver
from django.utils import timezone

from bulletins.models import BulletinItem
from bulletins.services.gathering import OVERTURNED
from bulletins.services.letters import recheck_letters
from bulletins.services.overturned import take_back_telling, tell_of_overturned
from violations.enums import RecordStatus
from violations.signals import record_settled

if TYPE_CHECKING:
    from accounts.models import User
    from trail.actors import Robot
    from violations.models import ConductRecord

TURNS = (RecordStatus.APPEAL_ALLOWED, RecordStatus.APPEAL_REJECTED, RecordStatus.WITHDRAWN)
"""Ends of an appeal, and withdrawals: the states that change whether a printed finding counts for good."""


@receiver(record_settled, dispatch_uid="bulletins.recheck_letters")
def follow_a_turn(record: ConductRecord, new: str, by: User | Robot, **_: Any) -> None:
    """A printed finding about a person changed sides: look again at the letters about him."""
    if new not in TURNS or record.staff is None:
        return
    if BulletinItem.objects.published_in(record.hall).filter(record=record).exists():
        recheck_letters(staff=record.staff, hall=record.hall, day=timezone.localdate(), by=by)


@receiver(record_settled, dispatch_uid="bulletins.tell_of_overturned")
def follow_an_overturn(record: ConductRecord, old: str, new: str, by: User | Robot, **_: Any) -> None:
    """What was published no longer stands, or stands again because the step was undone."""
    if new in OVERTURNED:
        tell_of_overturned(record=record, by=by)
    elif old in OVERTURNED:
        take_back_telling(record=record)
