"""Load a rulebook pack: one pack, one transaction, the rule half and the scoring half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from assessments.enums import Grouping, Part, QuotaKind, Rounding
from assessments.models import AssessmentMonth, Award, Component, Gate, GateAct, Scheme
from assessments.pack_checks import check_pack
from violations.models import Act, RulebookVersion
from violations.packs import Pack, PackRefused
from violations.rule_enums import Measure
from violations.services.rulebook import (
    content_hash,
    find_version,
    hundredths,
    put_in_force,
    store_version,
)

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from trail.actors import Robot


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


def load_pack(pack: Pack, *, hall: Hall, by: User | Robot, dry_run: bool = False) -> Loaded:
    """Check and store a pack and put it in force; the same content again changes nothing.

    Raises PackRefused with every error; also when the day it takes effect lies before a published month.
    """
    try:
        with transaction.atomic():
            loaded = _load(pack, hall, by)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return loaded


def _load(pack: Pack, hall: Hall, by: User | Robot) -> Loaded:
    errors = check_pack(pack)
    if errors:
        raise PackRefused(errors)
    data, canonical = pack.data, pack.canonical()
    sizes = {"clauses": len(data["clauses"]), "acts": len(data["acts"])}
    known = find_version(hall, data["rulebook"]["code"], data["version"]["number"])
    if known is not None:
        return Loaded(_same_or_refused(pack, known, canonical), is_new=False, **sizes)
    version = store_version(data=data, canonical=canonical, text=pack.text, hall=hall, by=by)
    _refuse_published(pack, hall, version)
    _store_schemes(version, data)
    put_in_force(version=version, by=by)
    return Loaded(version, is_new=True, **sizes)


def _same_or_refused(pack: Pack, known: RulebookVersion, canonical: str) -> RulebookVersion:
    if known.sha256 == content_hash(canonical):
        return known
    reason = f"“{known.version}”版已经载入过，内容不同。改动要用新的版本号（version.number）。"
    raise PackRefused([pack.error(reason, "version", "number")])


def _refuse_published(pack: Pack, hall: Hall, version: RulebookVersion) -> None:
    """What was published stays as it was counted."""
    months = AssessmentMonth.objects.published().filter(hall__path__startswith=hall.path)
    last = months.order_by("-month").first()
    if last is not None and version.effective_on < last.month:
        reason = f"{last.month:%Y-%m} 的考核已经发布，施行日期不能早于它。"
        raise PackRefused([pack.error(reason, "version", "effective_on")])


# --- the scoring half -------------------------------------------------------------------------


def _store_schemes(version: RulebookVersion, data: dict[str, Any]) -> None:
    acts = {act.code: act for act in Act.objects.filter(rulebook=version.rulebook)}
    schemes = {item["kind"]: _store_scheme(version, item) for item in data["schemes"]}
    awards = {}
    for sort, item in enumerate(data.get("awards", [])):
        awards[item["code"]] = _store_award(schemes[item["kind"]], item, sort)
    for sort, item in enumerate(data.get("gates", [])):
        _store_gate(schemes[item["kind"]], item, sort, awards, acts)


def _store_scheme(version: RulebookVersion, item: dict[str, Any]) -> Scheme:
    scheme = Scheme.objects.create(
        version=version,
        kind=item["kind"],
        floor=_bound(item["floor"]),
        cap=_bound(item["cap"]),
        note=item.get("note", ""),
    )
    own = _component(scheme, "own", "本体分", Part.OWN, base=hundredths(item["base"]))
    derived = _component(scheme, "derived", "联动分", Part.DERIVED)
    for sort, node in enumerate(item.get("components", []), 1):
        parent = own if node["part"] == Part.OWN else derived
        _component(scheme, node["code"], node["name"], node["part"], parent=parent, sort=sort, node=node)
    for root in (own, derived):
        _settle(root)
    return scheme


def _component(
    scheme: Scheme,
    code: str,
    name: str,
    part: str,
    *,
    base: int = 0,
    parent: Component | None = None,
    sort: int = 0,
    node: dict[str, Any] | None = None,
) -> Component:
    node = node or {}
    component = Component(
        scheme=scheme,
        parent=parent,
        code=code,
        name=name,
        part=part,
        depth=2 if parent else 1,
        base=hundredths(node.get("base", 0)) if node else base,
        floor=_bound(node.get("floor")),
        cap=_bound(node.get("cap")),
        sort=sort,
    )
    component.sum0 = component.base
    component.value0 = clamp(component.sum0, component.floor, component.cap)
    component.save()
    return component


def _settle(root: Component) -> None:
    """What a root is worth when nothing happens: its base and its untouched children."""
    root.sum0 = root.base + sum(child.value0 for child in root.children.all())
    root.value0 = clamp(root.sum0, root.floor, root.cap)
    root.save()


def clamp(value: int, floor: int | None, cap: int | None) -> int:
    """The value within its bounds; a missing bound does not bind."""
    if floor is not None:
        value = max(value, floor)
    return value if cap is None else min(value, cap)


def _bound(value: float | None) -> int | None:
    return None if value is None else hundredths(value)


def _store_award(scheme: Scheme, item: dict[str, Any], sort: int) -> Award:
    keys = [*item.get("then", []), "", "", ""]
    return Award.objects.create(
        scheme=scheme,
        code=item["code"],
        name=item["name"],
        article=item.get("article", ""),
        grouping=item.get("within", Grouping.HALL),
        least=_bound(item.get("least")),
        key1=keys[0],
        key2=keys[1],
        key3=keys[2],
        tie=item["tie"],
        sort=sort,
        **_quota(item["quota"]),
    )


def _quota(quota: Any) -> dict[str, Any]:
    if quota == "all":
        return {"quota_kind": QuotaKind.ALL}
    if "number" in quota:
        return {"quota_kind": QuotaKind.NUMBER, "quota": quota["number"]}
    return {
        "quota_kind": QuotaKind.PERCENT,
        "quota": hundredths(quota["percent"]),
        "rounding": Rounding(quota["rounding"]),
        "of_eligible": quota["of"] == "eligible",
    }


def _store_gate(
    scheme: Scheme, item: dict[str, Any], sort: int, awards: dict[str, Award], acts: dict[str, Act]
) -> None:
    gate = Gate.objects.create(
        scheme=scheme,
        award=awards.get(item.get("award", "")),
        code=item["code"],
        article=item["article"],
        wording=item["wording"],
        note=item.get("note", ""),
        measure=item.get("count", Measure.TIMES),
        span=item["span"],
        days=item.get("days", 0),
        most=hundredths(item["most"]),
        valid=item["valid"],
        sort=sort,
    )
    GateAct.objects.bulk_create(GateAct(gate=gate, act=acts[code]) for code in dict.fromkeys(item["acts"]))
