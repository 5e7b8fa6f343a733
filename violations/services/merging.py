"""重复登记 merged: two people recorded the same; one record is withdrawn and points to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.errors import NotPermitted, Refused
from violations.enums import RecordStatus
from violations.permissions import merge_objection
from violations.repeats import is_double
from violations.services.steps import locked, take_step

if TYPE_CHECKING:
    from accounts.models import User
    from violations.models import ConductRecord


@transaction.atomic
def merge_record(*, record: ConductRecord, into: ConductRecord, by: User) -> ConductRecord:
    """并入: withdraw `record` as the same matter as `into`; what was put in evidence stays with both.

    Taken back by `ledger.undo_last_step`. Raises Refused for records that are not of the same matter.
    """
    first, second = sorted(
        (record, into), key=lambda row: row.pk
    )  # one order, so that two people do not block
    held = {row.pk: row for row in (locked(first), locked(second))}
    record, into = held[record.pk], held[into.pk]
    objection = merge_objection(by, record, into)
    if objection:
        raise NotPermitted(objection)
    if not is_double(record, into):
        raise Refused(
            "这两条不是同一件事的重复登记，或者有一条已经撤销。请刷新页面看看。", code="not_a_double"
        )
    if record.duplicates.exists():
        raise Refused(f"别的记录已经并入 {record.number}，请反过来并入它。", code="not_a_double")
    record.duplicate_of = into
    record.save(update_fields=["duplicate_of"])
    return take_step(record, RecordStatus.WITHDRAWN, by=by, note=f"与 {into.number} 重复，并入该条")
