"""拟措施 as a job: counts by the rulebook's steps that call for a measure, proposes once a crossing."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from trail.services.jobs import Job
from violations.enums import COUNTING
from violations.measure_enums import MeasureStatus
from violations.models import ConductRecord, Measure
from violations.models import Step as Rung
from violations.rule_enums import Counted, Period, Source, Span, Subject
from violations.rule_enums import Measure as By
from violations.services.lapse import due
from violations.services.measures import drop_measure, propose_measure
from violations.tariff import version_for
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from accounts.models import Hall
    from trail.actors import Robot
    from violations.models import MeasureRule, RulebookVersion


@dataclass(frozen=True)
class Crossing:
    """A subject whose records reached the threshold once more."""

    rule: MeasureRule
    key: str
    records: tuple[ConductRecord, ...]


@transaction.atomic
def propose_due(*, hall: Hall, day: date, by: Robot) -> dict[str, list[str]]:
    """Propose each new crossing once; drop undecided proposals that records no longer carry."""
    version = version_for(hall, day)
    found = {one.key: one for one in _crossings(hall, version, day)} if version else {}
    rows = Measure.objects.filter(hall=hall, key__gt="").exclude(status=MeasureStatus.WITHDRAWN)
    known = set(rows.values_list("key", flat=True))
    lost = rows.filter(status=MeasureStatus.PROPOSED).exclude(key__in=found)
    lost = lost.filter(records__in=ConductRecord.objects.exclude(status__in=COUNTING)).distinct()
    dropped = [drop_measure(measure=row, by=by).number for row in lost.order_by("pk")]
    proposed = [_propose(hall, one, by=by).number for key, one in sorted(found.items()) if key not in known]
    return {"proposed": proposed, "dropped": dropped}


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Look at the year up to the day."""
    return {"day": period, **propose_due(hall=hall, day=timezone.localdate(), by=by)}


def _propose(hall: Hall, one: Crossing, *, by: Robot) -> Measure:
    last = one.records[-1]
    return propose_measure(
        hall=hall,
        kind=one.rule.kind,
        reason=f"{one.rule.article}：{one.rule.wording}",
        by=by,
        staff=last.staff if one.rule.subject == Subject.STAFF else None,
        window=last.window,
        records=one.records,
        rule=one.rule,
        key=one.key,
    )


def _crossings(hall: Hall, version: RulebookVersion, day: date) -> Iterator[Crossing]:
    rungs = list(
        Rung.objects.filter(clause__version=version, clause__source=Source.RECORD)
        .exclude(call="")
        .select_related("clause")
        .prefetch_related("clause__clause_acts")
    )
    rules = {rule.code: rule for rule in version.measures.filter(counted=Counted.CLAUSE)}
    rungs = [rung for rung in rungs if rung.call in rules]
    acts = {rung.pk: _acts_of(rung) for rung in rungs}
    days = working_days.working_days_between(hall, _first_day(day), day) if rungs else []
    records = _records(hall, set().union(*acts.values()), day) if rungs else []
    for rung in rungs:
        rule = rules[rung.call]
        wanted = [record for record in records if record.act_id in acts[rung.pk]]
        for who, span, group in _groups(days, rung, rule, wanted):
            for nth, reached in _reached(rung, group):
                yield Crossing(rule, f"{rung.clause.code}|{rule.code}|{who}|{span}|{nth}"[:120], reached)


def _acts_of(rung: Rung) -> set[int]:
    if rung.act_id:
        return {rung.act_id}
    return {row.act_id for row in rung.clause.clause_acts.all()}


def _first_day(day: date) -> date:
    return date(day.year, 1, 1) - timedelta(days=31)


def _records(hall: Hall, acts: set[int], day: date) -> list[ConductRecord]:
    """Of this year, and of the month before for what runs over the turn of the year."""
    rows = ConductRecord.objects.filter(hall=hall, act__in=acts, day__range=(_first_day(day), day))
    return list(rows.counting().select_related("staff__user", "window", "act").order_by("at", "pk"))


def _groups(
    days: list[date], rung: Rung, rule: MeasureRule, records: Iterable[ConductRecord]
) -> Iterator[tuple[str, str, list[ConductRecord]]]:
    by_subject: dict[str, list[ConductRecord]] = defaultdict(list)
    for record in records:
        whole = rule.subject != Subject.STAFF
        pk = record.window_id if whole else record.staff_id
        if pk:
            by_subject[f"{'window' if whole else 'staff'}{pk}"].append(record)
    for who, mine in by_subject.items():
        spans = _rolling if rung.clause.span == Span.ROLLING else _calendar
        for span, group in spans(days, rung, mine):
            yield who, span, group


def _calendar(
    days: list[date], rung: Rung, records: list[ConductRecord]
) -> Iterator[tuple[str, list[ConductRecord]]]:
    groups: dict[str, list[ConductRecord]] = defaultdict(list)
    for record in records:
        groups[span_key(rung.clause.span, record)].append(record)
    yield from groups.items()


def span_key(span: str, record: ConductRecord) -> str:
    """The first day of the time within which the record adds up; the record itself when each counts alone."""
    if span in Period.values:
        months = Period(span).months
        return record.day.replace(month=(record.day.month - 1) // months * months + 1, day=1).isoformat()
    if span == Span.WEEK:
        return (record.day - timedelta(days=record.day.weekday())).isoformat()
    return record.day.isoformat() if span == Span.DAY else f"record{record.pk}"


def _rolling(
    days: list[date], rung: Rung, records: list[ConductRecord]
) -> Iterator[tuple[str, list[ConductRecord]]]:
    """Records within the clause's working days of the last one; once enough, counting starts anew.

    `days` are the hall's working days; a day off has the number of the working day before it, as in scoring.
    """
    held: list[ConductRecord] = []
    for record in records:
        held = [
            old
            for old in held
            if bisect_right(days, record.day) - bisect_right(days, old.day) < rung.clause.days
        ]
        held.append(record)
        if sum(_amount(rung, one) for one in held) >= rung.start:
            yield f"from{held[0].pk}", held
            held = []


def _reached(rung: Rung, records: list[ConductRecord]) -> Iterator[tuple[int, tuple[ConductRecord, ...]]]:
    """Each time the running amount passes the start of the rung, or one more full width after it."""
    amount, passed = 0, 0
    for place, record in enumerate(records, 1):
        amount += _amount(rung, record)
        upto = min(amount, rung.end) if rung.end else amount
        now = 0 if amount < rung.start else (upto - rung.start) // rung.every + 1
        for nth in range(passed + 1, now + 1):
            yield nth, tuple(records[:place])
        passed = max(passed, now)


def _amount(rung: Rung, record: ConductRecord) -> int:
    return 100 if rung.clause.measure == By.TIMES else record.quantity


JOB = Job("propose_measures", "拟措施", due, run)
