"""导入 imports: what every import of a paper file has in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import Refused
from trail.actors import Robot, person
from trail.models import ImportRun
from trail.services.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Hall, User


@dataclass
class ImportResult:
    """What an import did. `rejected` rows are {"row", "reason"}, with "sheet" for workbooks."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress, repr=False, compare=False)

    def reject(self, row: int, reason: str, **where: Any) -> None:
        """Refuse one row of the file; `row` counts as the spreadsheet does, from 1."""
        self.rejected.append({"row": row, "reason": reason, **where})

    def in_order(self) -> None:
        """Put the refused rows as they stand in the file, whatever was looked at first."""
        sheets = list(dict.fromkeys(row.get("sheet") for row in self.rejected))
        self.rejected.sort(key=lambda row: (sheets.index(row.get("sheet")), row["row"]))

    def as_json(self) -> dict[str, Any]:
        """The contract's four keys, and notes when there are any."""
        counts = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        return {**counts, "rejected": self.rejected, **({"notes": self.notes} if self.notes else {})}


class UnreadableFile(Refused):
    """The file as a whole cannot be read: locked, broken, empty, no table, or too large."""

    status = 422
    code = "unreadable_file"


class RowsRefused(Exception):
    """All-or-nothing was asked and there are bad rows; nothing was kept."""

    def __init__(self, result: ImportResult) -> None:
        super().__init__(f"{len(result.rejected)} 行有误")
        self.result = result


class _DryRun(Exception):
    pass


def run_import(
    kind: str,
    work: Callable[[ImportResult], None],
    *,
    hall: Hall,
    path: Path,
    by: User | Robot,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Do `work(result)` in one transaction and remember the run; `result.progress` tells how far it is.

    With `dry_run` all is rolled back after counting. With `all_or_nothing` a single bad row rolls
    all back and raises RowsRefused, which carries the result.
    """
    result = ImportResult(progress=progress or Progress())
    try:
        with transaction.atomic():
            work(result)
            result.in_order()
            if all_or_nothing and result.rejected:
                raise RowsRefused(result)
            if dry_run:
                raise _DryRun
            ImportRun.objects.create(
                kind=kind,
                hall=hall,
                file_name=path.name[:200],
                sha256=_fingerprint(path),
                by=person(by),
                created=result.created,
                updated=result.updated,
                unchanged=result.unchanged,
                rejected=result.rejected,
            )
    except _DryRun:
        pass
    return result


def _fingerprint(path: Path) -> str:
    """The file's SHA-256, read in blocks: a year of punches does not fit every server's memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
