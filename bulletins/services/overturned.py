"""更正 overturned: a finding that was printed or scored in public no longer stands; the leader is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from trail.services.notices import take_back, tell
from violations.uses import uses_of

if TYPE_CHECKING:
    from trail.actors import Robot
    from violations.models import ConductRecord

SIGNS = "bulletin.sign"


def tell_of_overturned(*, record: ConductRecord, by: User | Robot) -> None:
    """Name to who signs where the finding was published: each place corrects it by itself, next time."""
    places = [use.label for use in uses_of([record]).get(record.pk, [])]
    if not places:
        return
    people = User.objects.with_permission(SIGNS, record.hall).order_by("pk")
    tell(
        [person for person in people if person != by],
        title=f"{record.number} {record.get_status_display()}，下期更正：{'、'.join(places)}",
        url=record.get_absolute_url(),
        hall=record.hall,
        key=_key(record),
    )


def take_back_telling(*, record: ConductRecord) -> None:
    """The step was undone before anybody could have seen the notice."""
    take_back(hall=record.hall, key=_key(record))


def _key(record: ConductRecord) -> str:
    return f"overturned:{record.pk}"
