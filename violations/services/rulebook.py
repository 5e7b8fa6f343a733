"""Rulebook services: store a version from a pack, put it in force, map free words to acts."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from trail.actors import Robot, person
from trail.services import audit
from violations.models import (
    Act,
    ActPhrase,
    Clause,
    ClauseAct,
    ClauseCategory,
    Effect,
    MeasureRule,
    Price,
    Rulebook,
    RulebookVersion,
    Step,
)
from violations.models.rulebook import ONE
from violations.rule_enums import (
    Counted,
    Dedup,
    Measure,
    MeasureKind,
    Meter,
    Severity,
    Source,
    Span,
    Subject,
    Target,
    VersionStatus,
)
from violations.tariff import acts_for, version_for

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import Hall, User

ACT_FIELDS = ["name", "short_name", "subject", "is_bonus", "meter", "asks_rectification", "sort"]


def hundredths(value: float | str | Decimal) -> int:
    """A number of a pack in whole hundredths. Raises ValueError when it has more than two decimals."""
    exact = Decimal(str(value)) * ONE
    if exact != exact.to_integral_value():
        raise ValueError(f"{value} 的小数位太多，最多两位")
    return int(exact)


# --- versions --------------------------------------------------------------------------------


@transaction.atomic
def store_version(
    *, data: dict[str, Any], canonical: str, text: str, hall: Hall, by: User | Robot
) -> RulebookVersion:
    """Store the rule half of a checked pack as a draft version: acts, clauses, steps, prices, measures.

    Acts are found again by their code, so that a count runs on from one version to the next.
    """
    rulebook, _ = Rulebook.objects.update_or_create(
        hall=hall, code=data["rulebook"]["code"], defaults={"name": data["rulebook"]["name"]}
    )
    version = RulebookVersion.objects.create(
        rulebook=rulebook,
        version=data["version"]["number"],
        title=data["version"]["title"],
        basis=data["version"].get("basis", ""),
        effective_on=data["version"]["effective_on"],
        source_text=text,
        sha256=content_hash(canonical),
    )
    version.refresh_from_db()
    acts = _store_acts(rulebook, data["acts"])
    _store_clauses(version, data, acts)
    _store_measures(version, data.get("measures", []))
    _store_phrases(rulebook, acts, data.get("phrases", {}))
    audit.record("rulebook.stored", target=version, by=by, hall=hall, after={"sha256": version.sha256})
    return version


@transaction.atomic
def put_in_force(*, version: RulebookVersion, by: User | Robot) -> RulebookVersion:
    """生效: from now on the version cannot change; versions it replaces today are marked as retired."""
    if not version.is_draft:
        raise Refused("这一版已经生效。")
    hall = version.rulebook.hall
    version.status, version.in_force_at = VersionStatus.IN_FORCE, timezone.now()
    version.save(update_fields=["status", "in_force_at"])
    if version.effective_on <= timezone.localdate():
        older = RulebookVersion.objects.filter(
            rulebook__hall=hall, status=VersionStatus.IN_FORCE, effective_on__lte=version.effective_on
        )
        for old in older.exclude(pk=version.pk):
            old.status = VersionStatus.RETIRED
            old.save(update_fields=["status"])
    audit.record(
        "rulebook.in_force", target=version, by=by, hall=hall, after={"from": str(version.effective_on)}
    )
    return version


def find_version(hall: Hall, code: str, number: str) -> RulebookVersion | None:
    """The version of this number in the hall's rulebook of this code."""
    return RulebookVersion.objects.filter(rulebook__hall=hall, rulebook__code=code, version=number).first()


def content_hash(canonical: str) -> str:
    """The hash by which two packs that mean the same are known."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def letter_threshold(hall: Hall, day: date | None = None) -> MeasureRule | None:
    """The rule by which bulletins naming a person call for a letter in the hall, None when there is none.

    `threshold` bulletins within `span` (a calendar year); a bulletin counts once however many findings.
    """
    version = version_for(hall, day)
    if version is None:
        return None
    rules = version.measures.filter(kind=MeasureKind.LETTER, counted=Counted.BULLETINS)
    return rules.order_by("threshold").first()


def _store_acts(rulebook: Rulebook, items: list[dict[str, Any]]) -> dict[str, Act]:
    acts = [
        Act(
            rulebook=rulebook,
            code=item["code"],
            name=item["name"],
            short_name=item.get("short", item["name"][:12]),
            subject=item["subject"],
            is_bonus=item.get("bonus", False),
            meter=item.get("meter", Meter.TIME),
            asks_rectification=item.get("rectify", False),
            sort=sort,
        )
        for sort, item in enumerate(items)
    ]
    Act.objects.bulk_create(
        acts, update_conflicts=True, unique_fields=["rulebook", "code"], update_fields=ACT_FIELDS
    )
    return {act.code: act for act in Act.objects.filter(rulebook=rulebook)}


def _store_clauses(version: RulebookVersion, data: dict[str, Any], acts: dict[str, Act]) -> None:
    categories = _store_categories(version, data.get("categories", []))
    prices: list[Price] = []
    for sort, item in enumerate(data["clauses"]):
        clause = Clause.objects.create(version=version, sort=sort, **_clause_fields(item, categories))
        Effect.objects.create(
            clause=clause, target=item.get("to", Target.SELF), component=item.get("into", "own")
        )
        if clause.source == Source.RECORD:
            prices += _store_record_steps(clause, item, acts)
        else:
            _store_single_step(clause, item)
    Price.objects.bulk_create(prices)


def _store_categories(version: RulebookVersion, items: list[dict[str, Any]]) -> dict[str, ClauseCategory]:
    return {
        item["code"]: ClauseCategory.objects.create(version=version, sort=sort, **item)
        for sort, item in enumerate(items)
    }


def _clause_fields(item: dict[str, Any], categories: dict[str, ClauseCategory]) -> dict[str, Any]:
    return {
        "category": categories.get(item.get("category", "")),
        "code": item["code"],
        "article": item["article"],
        "wording": item["wording"],
        "note": item.get("note", ""),
        "needs": item.get("needs", ""),
        "subject": item["subject"],
        "source": source_of(item),
        "award_code": item.get("award", ""),
        "points": hundredths(item["points"]),
        "per": item.get("per", "每次"),
        "measure": Measure.TIMES if item.get("once") else Measure.QUANTITY,
        "span": item["lost"]["over"] if "lost" in item else Span.EACH,
        "dedup": item.get("same_incident", Dedup.ALL),
    }


def source_of(item: dict[str, Any]) -> str:
    """Which source a clause of a pack has."""
    if "lost" in item:
        return Source.LOST
    return Source.AWARD if "award" in item else Source.RECORD


def _store_record_steps(clause: Clause, item: dict[str, Any], acts: dict[str, Act]) -> list[Price]:
    """Steps of the clause, and the price of each of its acts at each severity."""
    base = Step.objects.create(clause=clause, points=clause.points)
    by_severity = {
        severity: Step.objects.create(clause=clause, severity=severity, points=hundredths(points))
        for severity, points in item.get("severities", {}).items()
    }
    prices = []
    for entry in item["acts"]:
        act, own = (acts[entry], None) if isinstance(entry, str) else (acts[entry["act"]], entry["points"])
        ClauseAct.objects.create(clause=clause, act=act)
        step = base if own is None else Step.objects.create(clause=clause, act=act, points=hundredths(own))
        prices += [
            _price(clause, act, severity, by_severity.get(severity, step), item.get("into", "own"))
            for severity in Severity.values
        ]
    return prices


def _price(clause: Clause, act: Act, severity: str, step: Step, component: str) -> Price:
    return Price(
        version=clause.version,
        act=act,
        severity=severity,
        clause=clause,
        step=step,
        component=component,
        points=step.points,
        by_quantity=clause.measure == Measure.QUANTITY,
        dedup=clause.dedup,
    )


def _store_single_step(clause: Clause, item: dict[str, Any]) -> None:
    lost = item.get("lost", {"every": 1})
    every = hundredths(lost["every"])
    Step.objects.create(
        clause=clause,
        start=hundredths(lost["from"]) if "from" in lost else every,
        every=every,
        points=clause.points,
    )


def _store_measures(version: RulebookVersion, items: list[dict[str, Any]]) -> None:
    for sort, item in enumerate(items):
        MeasureRule.objects.create(
            version=version,
            sort=sort,
            code=item["code"],
            kind=item["kind"],
            article=item["article"],
            wording=item["wording"],
            note=item.get("note", ""),
            subject=item.get("subject", Subject.STAFF),
            counted=item["counts"],
            span=item.get("span", Span.YEAR),
            days=item.get("days", 0),
            threshold=item.get("reaches", 1),
        )


# --- phrases ---------------------------------------------------------------------------------

NUMBER = "{}"
_number = re.compile(r"\d+(?:\.\d+)?")
_punctuation = re.compile(r"[\s,.;:!?、。，；：！？…·\-—_()（）\[\]【】“”‘’\"']+")


def phrase_key(words: str) -> str:
    """Words as they are compared: full and half width, blanks and punctuation make no difference."""
    return _punctuation.sub("", unicodedata.normalize("NFKC", words)).casefold()


class PhraseBook:
    """The phrases that rule a hall, read once and asked for many rows; an unknown phrase is None."""

    def __init__(self, hall: Hall, day: date | None = None) -> None:
        known = {act.pk for act in acts_for(hall, day)}
        rows = ActPhrase.objects.ruling(hall).filter(act__in=known, act__is_active=True)
        self._acts: dict[str, Act] = {}
        for phrase in rows.select_related("act").order_by("hall__path"):
            self._acts[phrase.key] = phrase.act

    def act(self, words: str) -> Act | None:
        """The act these words mean: word for word first, then with numbers left open. Never a guess."""
        key = phrase_key(words)
        if not key:
            return None
        return self._acts.get(key) or self._acts.get(_number.sub(NUMBER, key))


def act_for_phrase(hall: Hall, words: str, day: date | None = None) -> Act | None:
    """The act that free words of a paper ledger mean in the hall; None when the table does not say."""
    return PhraseBook(hall, day).act(words)


@transaction.atomic
def add_phrase(*, hall: Hall, pattern: str, act: Act, by: User) -> ActPhrase:
    """Teach the hall a phrase. Refused when it is empty or already means something."""
    phrase = ActPhrase(hall=hall, act=act, changed_by=by)
    return _write_phrase(phrase, pattern, act, by=by, action="phrase.added")


@transaction.atomic
def change_phrase(*, phrase: ActPhrase, pattern: str, act: Act, by: User) -> ActPhrase:
    """Let a phrase mean another act, or be written otherwise."""
    return _write_phrase(phrase, pattern, act, by=by, action="phrase.changed")


@transaction.atomic
def remove_phrase(*, phrase: ActPhrase, by: User) -> None:
    """Forget a phrase; what was imported with it stays as it is."""
    audit.record("phrase.removed", target=phrase, by=by, hall=phrase.hall, before=_phrase_json(phrase))
    phrase.delete()


def _write_phrase(phrase: ActPhrase, pattern: str, act: Act, *, by: User, action: str) -> ActPhrase:
    key = phrase_key(pattern)
    if not key:
        raise Refused("请写说法。", code="phrase_empty", status=422)
    if not phrase.hall.path.startswith(act.rulebook.hall.path):
        raise Refused("这个事项不属于本大厅的制度。", code="other_hall", status=422)
    same = ActPhrase.objects.filter(hall=phrase.hall, key=key, act__rulebook=act.rulebook_id)
    twin = same.exclude(pk=phrase.pk).select_related("act").first()
    if twin is not None:
        raise Refused(f"“{twin.pattern}”已经对应“{twin.act}”，请直接修改那一条。", code="phrase_taken")
    before = _phrase_json(phrase) if phrase.pk else None
    phrase.pattern, phrase.key, phrase.act = pattern.strip()[:120], key[:120], act
    phrase.changed_by, phrase.changed_at = person(by), timezone.now()
    phrase.save()
    audit.record(action, target=phrase, by=by, hall=phrase.hall, before=before, after=_phrase_json(phrase))
    return phrase


def _phrase_json(phrase: ActPhrase) -> dict[str, Any]:
    return {"pattern": phrase.pattern, "act": phrase.act.code}


def _store_phrases(rulebook: Rulebook, acts: dict[str, Act], phrases: dict[str, list[str]]) -> None:
    """Add the pack's phrases; what the hall was taught under this rulebook stays as it is."""
    wanted = {phrase_key(words): (words, acts[code]) for code, some in phrases.items() for words in some}
    kept = ActPhrase.objects.filter(hall=rulebook.hall, act__rulebook=rulebook)
    known = set(kept.values_list("key", flat=True))
    ActPhrase.objects.bulk_create(
        ActPhrase(hall=rulebook.hall, pattern=words, key=key, act=act)
        for key, (words, act) in wanted.items()
        if key not in known
    )
