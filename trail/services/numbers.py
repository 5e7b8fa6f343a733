"""编号 numbers: WT-20261125-006 per hall and day, 第47期 per hall and year, without gaps or doubles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from trail.models import NumberSeries

if TYPE_CHECKING:
    from accounts.models import Hall


@transaction.atomic
def draw_number(hall: Hall, series: str) -> int:
    """The next number of the series, 1 first. Rolls back with the caller, so no number is lost."""
    row = _locked(hall, series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def _locked(hall: Hall, series: str) -> NumberSeries:
    rows = NumberSeries.objects.select_for_update().filter(hall=hall, series=series)
    row = rows.first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            NumberSeries.objects.create(hall=hall, series=series)
    except IntegrityError:
        pass  # another request opened the series first
    return rows.get()
