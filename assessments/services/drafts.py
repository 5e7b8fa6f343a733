"""制度草稿 services: a draft beside the version in force, changed in small steps, until it takes its place.

A version in force never changes: a draft is a further version. Each step is checked by the same refusals
as a pack that is loaded, and nothing is kept of one that does not pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import NotPermitted, Refused
from accounts.versions import require_unchanged
from assessments.models import BallotGroup, Scheme
from assessments.pack_checks import check_pack
from assessments.pack_edits import HEAD, item_of, rewritten
from assessments.services.loading import refuse_published
from assessments.services.schemes import store_schemes
from trail.services import audit
from violations.models import ActUse, Clause, ClauseCategory, MeasureRule, RulebookVersion
from violations.packs import Pack, PackError, PackRefused, known_pack, parse_pack, path_words
from violations.rule_enums import VersionStatus
from violations.services.rulebook import content_hash, find_version, put_in_force
from violations.services.storing import fill_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django.db.models import QuerySet

    from accounts.models import User
    from assessments.pack_edits import Item, Place

UNDOABLE = ("rulebook.draft_made", "rulebook.draft_edited", "rulebook.draft_discarded")
HEAD_COLUMNS = {"number": "version", "title": "title", "basis": "basis", "effective_on": "effective_on"}


class DraftRefused(Refused):
    """The draft would be no rulebook any more; `errors` says what is wrong and where."""

    code = "pack_refused"
    status = 422

    def __init__(self, errors: list[PackError]) -> None:
        words = "；".join(
            f"{error.path}：{error.reason}" if error.path else error.reason for error in errors[:5]
        )
        super().__init__(f"这样改不行：{words}")
        self.errors = errors
        self.extra = {"errors": [{"path": error.path, "reason": error.reason} for error in errors]}


def may_edit(by: User, version: RulebookVersion) -> bool:
    """Whether this person may change the rulebook of the version."""
    return by.can("rules.edit", version.rulebook.hall)


@transaction.atomic
def make_draft(*, base: RulebookVersion, number: str, effective_on: date, by: User) -> RulebookVersion:
    """A draft that says what `base` says, under a number and a day of its own.

    Refused when the number is taken, or a day of a published month would come under it.
    """
    _require_editor(by, base)
    if not base.source_text:
        raise Refused("这一版没有保存制度包原文，不能在网页上改；请载入新的制度包。", code="no_pack_text")
    changes: dict[Place, str] = {(HEAD, "number"): number.strip(), (HEAD, "effective_on"): str(effective_on)}
    pack = _checked(rewritten(base.source_text, changes, numbers=set()))
    draft = RulebookVersion(rulebook=base.rulebook, based_on=base)
    _refuse_taken(draft, pack)
    _write(draft, pack)
    _refuse_published(draft)
    rebuild(draft)
    audit.record(
        "rulebook.draft_made",
        target=draft,
        by=by,
        hall=base.rulebook.hall,
        after={"base": str(base), "effective_on": str(draft.effective_on)},
    )
    return draft


@transaction.atomic
def edit_item(
    *, draft: RulebookVersion, section: str, number: int, values: Mapping[str, str], by: User, seen: str = ""
) -> RulebookVersion:
    """Change values of one item of a draft; values that are not named stay.

    Raises ChangedMeanwhile when the item is no longer the version `seen`, DraftRefused when the rulebook
    would not hold together, Refused for a version that is no draft.
    """
    row = _locked(draft, by)
    item = find_item(row, section, number)
    require_unchanged(item.facts, seen)
    changed = [leaf for leaf in item.leaves if values.get(leaf.name, leaf.value) != leaf.value]
    if not changed:
        return row
    places = {(*item.place, *leaf.path): values[leaf.name] for leaf in changed}
    numbers = {(*item.place, *leaf.path) for leaf in changed if leaf.is_number}
    pack = _checked(rewritten(row.source_text, places, numbers=numbers))
    if section == HEAD:
        _refuse_taken(row, pack)
    row.revision += 1
    _write(row, pack)
    _refuse_published(row)
    rebuild(row)
    audit.record(
        "rulebook.draft_edited",
        target=row,
        by=by,
        hall=row.rulebook.hall,
        before={f"{item.title}·{leaf.label}": leaf.value for leaf in changed},
        after={f"{item.title}·{leaf.label}": values[leaf.name] for leaf in changed},
    )
    return row


@transaction.atomic
def enforce_draft(*, draft: RulebookVersion, effective_on: date, by: User, seen: str = "") -> RulebookVersion:
    """生效: the draft rules from this day on and never changes again.

    `seen` is the version of the whole draft. Refused for a day in a published month.
    """
    row = _locked(draft, by)
    require_unchanged(draft_facts(row), seen)
    head = find_item(row, HEAD, 1)
    if str(effective_on) != head.facts["effective_on"]:
        place: dict[Place, str] = {(HEAD, "effective_on"): str(effective_on)}
        _write(row, _checked(rewritten(row.source_text, place, numbers=set())))
    _refuse_published(row)
    rebuild(row)
    return put_in_force(version=row, by=by)


@transaction.atomic
def discard_draft(*, draft: RulebookVersion, by: User) -> None:
    """删除草稿: what stood in it goes; versions in force are not touched."""
    row = _locked(draft, by)
    hall = row.rulebook.hall
    audit.record("rulebook.draft_discarded", target=row, by=by, hall=hall, before={"sha256": row.sha256})
    row.delete()


def draft_facts(draft: RulebookVersion) -> dict[str, Any]:
    """The draft as a whole, for one who puts it in force: what he has read must be what he decides about."""
    return {"effective_on": str(draft.effective_on), "sha256": draft.sha256}


def find_item(draft: RulebookVersion, section: str, number: int) -> Item:
    """An item of a draft. Raises Refused for one that is not there."""
    item = item_of(known_pack(draft.source_text).data, section, number)
    if item is None:
        raise Refused("制度里没有这一项。", code="no_such_item", status=404)
    return item


def rebuild(draft: RulebookVersion) -> None:
    """Make the rows of a draft say what its text says."""
    for model in (ActUse, Clause, MeasureRule, ClauseCategory, Scheme, BallotGroup):
        model.objects.filter(version=draft).delete()
    data = known_pack(draft.source_text).data
    fill_version(draft, data)
    store_schemes(draft, data)


def rebuild_after_undo(draft: RulebookVersion) -> None:
    """An undone step has put the text back; a draft that is gone has nothing to rebuild."""
    if isinstance(draft, RulebookVersion) and draft.is_draft:
        rebuild(draft)


def this_version(pk: int) -> list[QuerySet[RulebookVersion]]:
    """The row an act upon a draft touches, so that it can be taken back."""
    return [RulebookVersion.objects.filter(pk=pk)]


def drafts_beside(base: RulebookVersion) -> list[QuerySet[RulebookVersion]]:
    """The drafts of the same rulebook, so that a new one can be taken back."""
    return [RulebookVersion.objects.filter(rulebook=base.rulebook_id, status=VersionStatus.DRAFT)]


def _locked(draft: RulebookVersion, by: User) -> RulebookVersion:
    rows = RulebookVersion.objects.select_for_update(of=("self",)).select_related("rulebook__hall")
    row: RulebookVersion | None = rows.filter(pk=draft.pk).first()
    if row is None:
        raise Refused("这份草稿刚被别人删除了。", code="draft_gone")
    _require_editor(by, row)
    if not row.is_draft:
        raise Refused("这一版已经生效，不能再改；要改请另建新版。", code="rulebook_frozen")
    return row


def _require_editor(by: User, version: RulebookVersion) -> None:
    if not may_edit(by, version):
        raise NotPermitted("制度由系统管理员修改。")


def _checked(text: str) -> Pack:
    try:
        pack = parse_pack(text)
    except PackRefused as refused:
        raise DraftRefused(refused.errors) from None
    errors = check_pack(pack)
    if errors:
        raise DraftRefused(errors)
    return pack


def _write(row: RulebookVersion, pack: Pack) -> None:
    """The heading's columns are what the text says."""
    for key, column in HEAD_COLUMNS.items():
        setattr(row, column, pack.data["version"].get(key, ""))
    row.source_text, row.sha256 = pack.text, content_hash(pack.canonical())
    row.save()
    row.refresh_from_db()


def _refuse_published(row: RulebookVersion) -> None:
    try:
        refuse_published(known_pack(row.source_text), row.rulebook.hall, row)
    except PackRefused as refused:
        raise DraftRefused(refused.errors) from None


def _refuse_taken(version: RulebookVersion, pack: Pack) -> None:
    number, book = pack.data["version"]["number"], version.rulebook
    known = find_version(book.hall, book.code, number)
    if known is not None and known.pk != version.pk:
        reason = f"已经有“{number}”版了，请换一个版本号。"
        raise DraftRefused([PackError(reason, path_words((HEAD, "number")))])
