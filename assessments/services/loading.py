"""Load a rulebook pack: one pack, one transaction, the rule half and the scoring half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from assessments.models import AssessmentMonth
from assessments.pack_checks import check_pack
from assessments.scoring.scratch import last_of_period
from assessments.services.schemes import store_schemes
from violations.packs import Pack, PackRefused
from violations.services.rulebook import content_hash, find_version, put_in_force
from violations.services.storing import store_version

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from trail.actors import Robot
    from violations.models import RulebookVersion


@dataclass(frozen=True)
class Loaded:
    """What loading a pack did."""

    version: RulebookVersion
    is_new: bool
    clauses: int
    acts: int

    def as_json(self) -> dict[str, Any]:
        """For the command's JSON."""
        return {
            "rulebook": self.version.rulebook.code,
            "version": self.version.version,
            "title": self.version.title,
            "effective_on": str(self.version.effective_on),
            "clauses": self.clauses,
            "acts": self.acts,
            "created": int(self.is_new),
            "updated": 0,
            "unchanged": int(not self.is_new),
            "rejected": [],
        }


class _DryRun(Exception):
    pass


def load_pack(
    pack: Pack, *, hall: Hall, by: User | Robot, dry_run: bool = False, as_draft: bool = False
) -> Loaded:
    """Check and store a pack and put it in force (not `as_draft`); the same content again changes nothing.

    Raises PackRefused with every error; also when the day it takes effect lies before a published month.
    """
    try:
        with transaction.atomic():
            loaded = _load(pack, hall, by, as_draft=as_draft)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return loaded


def _load(pack: Pack, hall: Hall, by: User | Robot, *, as_draft: bool) -> Loaded:
    errors = check_pack(pack)
    if errors:
        raise PackRefused(errors)
    data, canonical = pack.data, pack.canonical()
    sizes = {"clauses": len(data["clauses"]), "acts": len(data["acts"])}
    known = find_version(hall, data["rulebook"]["code"], data["version"]["number"])
    if known is not None:
        return Loaded(_same_or_refused(pack, known, canonical), is_new=False, **sizes)
    version = store_version(data=data, canonical=canonical, text=pack.text, hall=hall, by=by)
    refuse_published(pack, hall, version)
    store_schemes(version, data)
    if not as_draft:
        put_in_force(version=version, by=by)
    return Loaded(version, is_new=True, **sizes)


def _same_or_refused(pack: Pack, known: RulebookVersion, canonical: str) -> RulebookVersion:
    if known.sha256 == content_hash(canonical):
        return known
    reason = f"“{known.version}”版已经载入过，内容不同。改动要用新的版本号（version.number）。"
    raise PackRefused([pack.error(reason, "version", "number")])


def refuse_published(pack: Pack, hall: Hall, version: RulebookVersion) -> None:
    """What was published stays as it was counted: a version begins after the last published day."""
    rows = AssessmentMonth.objects.published().filter(hall__path__startswith=hall.path)
    ends = [last_of_period(*row) for row in rows.order_by().values_list("month", "period").distinct()]
    last = max(ends, default=None)
    if last is not None and version.effective_on <= last:
        reason = f"到 {last} 为止的考核已经发布，施行日期要在这一天以后。"
        raise PackRefused([pack.error(reason, "version", "effective_on")])
