"""校验 seals: whether printed issues and signed letters are still what was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulletins.enums import LETTERS_SENT, Section
from bulletins.models import Bulletin, Letter
from bulletins.services.composing import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = {Section.PROBLEM: "problems", Section.PRAISE: "praise", Section.ERRATUM: "errata"}


def broken_bulletins() -> Iterator[str]:
    """Printed issues whose text, hash, number or items are no longer those that were signed, in words."""
    rows = Bulletin.objects.issued().select_related("hall").order_by("pk")
    for bulletin in rows.prefetch_related("items").iterator(chunk_size=100):
        name = f"{bulletin.hall} {bulletin.year}年{bulletin.name}"
        if bulletin.content is None or fingerprint(bulletin.content) != bulletin.sha256:
            yield f"{name}：内容与签发时的校验值不符"
        elif (bulletin.content["year"], bulletin.content["number"]) != (bulletin.year, bulletin.number):
            yield f"{name}：期号与签发时不符"
        elif _items_of(bulletin) != {part: bulletin.content[part] for part in PARTS.values()}:
            yield f"{name}：事项与签发时不符"


def broken_letters() -> Iterator[str]:
    """Signed letters whose text, hash or number is no longer what was signed, in words."""
    for letter in Letter.objects.filter(status__in=LETTERS_SENT).select_related("hall").iterator():
        name = f"{letter.hall} 反馈函 {letter.reference}"
        if letter.content is None or fingerprint(letter.content) != letter.sha256:
            yield f"{name}：内容与签发时的校验值不符"
        elif not letter.content["reference"].endswith(letter.reference):
            yield f"{name}：编号与签发时不符"


def _items_of(bulletin: Bulletin) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {part: [] for part in PARTS.values()}
    for item in bulletin.items.all():
        if not item.is_held:
            found[PARTS[Section(item.section)]].append({"record": item.record_id, **item.shown})
    return found
