"""试算 what-if: score past months with another version, compare, and store no score.

Both reckonings of a month read the ledger as it is now and are thrown away; what remains is the table of
differences of one long run, for as long as results of runs are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import Hall
from accounts.words import score as score_words
from accounts.words import signed
from assessments.enums import MonthStatus, Origin
from assessments.enums import Outcome as Seat
from assessments.models import (
    AssessmentMonth,
    AwardResult,
    ComponentScore,
    GateFailure,
    Line,
    Run,
    Scheme,
    Scorecard,
    TrialRow,
)
from assessments.models.trial import span_words
from assessments.scoring import score
from assessments.scoring.scratch import last_of_period
from assessments.services.months import first_of_period, month_of_words
from trail.services.progress import Progress
from trail.services.runs import KEEP_OPTION, Outcome, RunKind, Work
from violations.models import RulebookVersion
from violations.rule_enums import Period, Subject
from violations.tariff import version_for

if TYPE_CHECKING:
    from accounts.models import User

NAME = "try_rulebook"
EDITORS = ("rules.edit", "assess.score")
MOST_MONTHS = 12
MOST_REASONS = 4
CHUNK = 1000
ROLL_UPS = (Period.QUARTER, Period.HALF_YEAR, Period.YEAR)
Key = tuple[str, int]
Span = tuple[Period, date]


@dataclass(frozen=True)
class Card:
    """What one reckoning says of one subject."""

    total: int
    rank: int
    links: tuple[int | None, int | None, int | None]
    clauses: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    gates: dict[str, str] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)


class _Undo(Exception):
    pass


def try_version(
    *,
    version: RulebookVersion,
    hall: Hall,
    months: list[date],
    by: User,
    progress: Progress | None = None,
) -> list[TrialRow]:
    """Score past months once by the version of the time and once by `version`; nothing is stored.

    Both read the ledger as it is now, so the difference is what the rules change. Errata and what became
    countable late are left out of both. The rows are not saved.
    """
    refuse_unless_triable(hall=hall, months=months, by=by)
    asked = sorted(set(months))
    whole = [span for span in covered(asked) if _asks_for(hall, span, version)]
    spans = [(Period.MONTH, month) for month in asked] + whole
    told = progress or Progress()
    told.expect(2 * len(spans), "正在试算")
    before = _side(hall, spans, None, told)
    after = _side(hall, spans, version, told)
    return [row for span in spans for row in _compare(hall, span, before[span], after[span])]


def covered(months: list[date]) -> list[Span]:
    """The quarters, half-years and years that the months cover wholly, the short ones first."""
    held = set(months)
    return [
        (period, first)
        for period in ROLL_UPS
        for first in sorted({first_of_period(month, period) for month in held})
        if all(first.replace(month=first.month + n) in held for n in range(period.months))
    ]


def left_out(*, version: RulebookVersion, hall: Hall, months: list[date]) -> list[str]:
    """Longer periods a version scores, of which some months were asked for and not all."""
    whole = set(covered(months))
    spans = {(period, first_of_period(month, period)) for period in ROLL_UPS for month in months}
    missed = sorted(spans - whole, key=lambda span: (ROLL_UPS.index(span[0]), span[1]))
    return [
        span_words(first, period) for period, first in missed if _asks_for(hall, (period, first), version)
    ]


def refuse_unless_triable(*, hall: Hall, months: list[date], by: User) -> None:
    """Say at once what a run would only say later."""
    if not by.can_any(EDITORS, hall):
        raise NotPermitted("试算由系统管理员和大厅管理员进行。")
    if not 1 <= len(months) <= MOST_MONTHS:
        raise Refused(f"一次最多试算 {MOST_MONTHS} 个月。", code="too_many", status=422)
    if max(months) > timezone.localdate():
        raise Refused("还没到这个月，不能试算。", code="future", status=422)


def do(work: Work) -> Outcome:
    """Try the version named by `params` on its months, and leave the table of differences."""
    version = RulebookVersion.objects.filter(pk=work.params["version"]).first()
    if version is None:
        raise Refused("这份草稿已被删除，没有试算。", code="draft_gone")
    months = [month_of_words(words) for words in work.params["months"]]
    rows = try_version(version=version, hall=work.hall, months=months, by=work.by, progress=work.progress)
    changed = [row for row in rows if _differs(row)]
    for row in changed:
        row.run = work.run
    TrialRow.objects.bulk_create(changed, batch_size=CHUNK)
    missed = left_out(version=version, hall=work.hall, months=months)
    partly = f"{'、'.join(missed)}的月份没有选全，没有试算。" if missed else ""
    return Outcome(
        f"比较了 {len(rows)} 个对象，{len(changed)} 个有变化。{partly}没有改动任何得分。",
        url=f"{reverse('assessments:trial', args=[work.run.pk])}?hall={work.hall.code}",
        detail={"compared": len(rows), "changed": len(changed), "version": version.pk},
    )


KIND = RunKind(NAME, "试算制度", EDITORS, do, unit="步")


def drop_old_rows() -> int:
    """Remove differences whose time is over, hall by hall."""
    gone = 0
    for hall in Hall.objects.filter(pk__in=TrialRow.objects.values("hall")):
        edge = timezone.now() - timedelta(days=hall.option(KEEP_OPTION))
        gone += TrialRow.objects.filter(hall=hall, run__finished_at__lt=edge).delete()[0]
    return gone


# --- all spans, once a side --------------------------------------------------------------------


def _asks_for(hall: Hall, span: Span, version: RulebookVersion) -> bool:
    versions = [row for row in (version, _ruling(hall, span)) if row]
    return Scheme.objects.filter(version__in=versions, period=span[0]).exists()


def _ruling(hall: Hall, span: Span) -> RulebookVersion | None:
    """The version of the time: of a month by its first day, of a longer period by its last."""
    period, first = span
    return version_for(hall, first if period == Period.MONTH else last_of_period(first, period))


def _side(
    hall: Hall, spans: list[Span], version: RulebookVersion | None, told: Progress
) -> dict[Span, dict[Key, Card]]:
    """The cards of all spans by one version (by that of the time for None); what was written is thrown away.

    Each month is tried by itself; a longer period is tried from the tried months of this side.
    """
    found: dict[Span, dict[Key, Card]] = {}
    runs: dict[Span, Run] = {}
    try:
        with transaction.atomic():
            for span in spans:
                ruling = version or _ruling(hall, span)
                if span[0] == Period.MONTH:
                    found[span], runs[span] = _alone(hall, span, ruling)
                else:
                    _count_as_published(hall, runs)
                    found[span], runs[span] = _cards(hall, span, ruling)
                told.advance()
            raise _Undo
    except _Undo:
        return found


def _alone(hall: Hall, span: Span, version: RulebookVersion | None) -> tuple[dict[Key, Card], Run]:
    """The cards of a month, after which the hall's months stand as before, only the run is left."""
    rows = AssessmentMonth.objects.filter(hall=hall, month=span[1], period=span[0])
    known = rows.values_list("run", flat=True).first() if rows.exists() else None
    fresh = not rows.exists()
    cards, run = _cards(hall, span, version)
    if fresh:
        rows.delete()
    else:
        rows.update(run=known)
    return cards, run


def _count_as_published(hall: Hall, runs: dict[Span, Run]) -> None:
    for (period, first), run in runs.items():
        AssessmentMonth.objects.update_or_create(
            hall=hall, month=first, period=period, defaults={"run": run, "status": MonthStatus.PUBLISHED}
        )


def _cards(hall: Hall, span: Span, version: RulebookVersion | None) -> tuple[dict[Key, Card], Run]:
    """The cards of one run by one version, and the run; the caller throws both away."""
    period, first = span
    run = Run.objects.create(month=first, period=period, by="试算")
    rows = AssessmentMonth.objects.filter(hall=hall, month=first, period=period)
    if not rows.update(run=run):
        AssessmentMonth.objects.create(hall=hall, month=first, period=period, run=run)
    if version is None:
        return {}, run
    score(run, version)
    clauses, titles, gates, parts = _clauses(run), _titles(run), _gates(run), _parts(run)
    fields = ("pk", "kind", "subject_id", "total", "rank", "staff", "window", "department")
    found = Scorecard.objects.filter(run=run).values_list(*fields)
    return {
        (kind, subject): Card(
            total, rank, (staff, window, unit), clauses[pk], titles[pk], gates[pk], parts[pk]
        )
        for pk, kind, subject, total, rank, staff, window, unit in found
    }, run


def _parts(run: Run) -> Mapping[int, dict[str, int]]:
    """What the components of a roll-up are worth, by name; a month is told by its clauses."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    if run.period == Period.MONTH:
        return found
    rows = ComponentScore.objects.filter(card__run=run).exclude(component__origin=Origin.CLAUSES)
    for card, name, value in rows.values_list("card", "component__name", "value"):
        found[card][name] = value
    return found


def _clauses(run: Run) -> Mapping[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Line.objects.filter(run=run, clause__isnull=False).values_list("card", "clause__code")
    for card, code, points in rows.annotate(Sum("points")).order_by():
        found[card][code] = points
    return found


def _titles(run: Run) -> Mapping[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = AwardResult.objects.filter(card__run=run, outcome=Seat.WON)
    for card, code, name in rows.values_list("card", "award__code", "award__name"):
        found[card][code] = name
    return found


def _gates(run: Run) -> Mapping[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = GateFailure.objects.filter(card__run=run)
    for card, code, article in rows.values_list("card", "gate__code", "gate__article"):
        found[card][code] = article
    return found


def _compare(hall: Hall, span: Span, before: dict[Key, Card], after: dict[Key, Card]) -> list[TrialRow]:
    order = list(Subject.values)
    keys = sorted(before.keys() | after.keys(), key=lambda key: (order.index(key[0]), key[1]))
    return [_row(hall, span, key, before.get(key), after.get(key)) for key in keys]


def _row(hall: Hall, span: Span, key: Key, old: Card | None, new: Card | None) -> TrialRow:
    kind, subject = key
    links = (new or old or Card(0, 0, (None, None, None))).links
    had, has = (old.titles if old else {}), (new.titles if new else {})
    return TrialRow(
        hall=hall,
        month=span[1],
        period=span[0],
        kind=kind,
        subject_id=subject,
        staff_id=links[0],
        window_id=links[1],
        department_id=links[2],
        before=old.total if old else None,
        after=new.total if new else None,
        change=(new.total if new else 0) - (old.total if old else 0),
        rank_before=old.rank if old else None,
        rank_after=new.rank if new else None,
        won="、".join(name for code, name in has.items() if code not in had)[:300],
        lost="、".join(name for code, name in had.items() if code not in has)[:300],
        why="；".join(_reasons(old, new)),
    )


def _reasons(old: Card | None, new: Card | None) -> list[str]:
    """Why the two differ: clause by clause, the largest first, then gates, then what is left."""
    if old is None or new is None:
        return ["只在一版里有得分"]
    steps = {
        code: (old.clauses.get(code, 0), new.clauses.get(code, 0))
        for code in old.clauses.keys() | new.clauses.keys()
    }
    moved = [(code, a, b) for code, (a, b) in steps.items() if a != b]
    moved.sort(key=lambda step: (-abs(step[2] - step[1]), step[0]))
    found = [f"{code}：{signed(a)} → {signed(b)}" for code, a, b in moved[:MOST_REASONS]]
    if len(moved) > MOST_REASONS:
        found.append(f"另有 {len(moved) - MOST_REASONS} 条")
    parts = [
        (name, old.parts.get(name), new.parts.get(name))
        for name in sorted(old.parts.keys() | new.parts.keys())
        if old.parts.get(name) != new.parts.get(name)
    ]
    found = [f"{name}：{_worth(a)} → {_worth(b)}" for name, a, b in parts] + found
    rest = (new.total - old.total) - sum(b - a for _, a, b in moved)
    if rest and not parts:
        found.append(f"基础分、限额、权重或取整不同，相差 {signed(rest)}")
    found += [f"新增不参评：{article}" for code, article in new.gates.items() if code not in old.gates]
    found += [f"不再受限：{article}" for code, article in old.gates.items() if code not in new.gates]
    if not found and old.rank != new.rank:
        found.append("本身得分没有变，名次随别人变动")
    if not found and old.titles != new.titles:
        found.append("名额或评选条件不同")
    return found


def _worth(value: int | None) -> str:
    return "—" if value is None else score_words(value)


def _differs(row: TrialRow) -> bool:
    return bool(row.change or row.won or row.lost or row.why or row.rank_before != row.rank_after)
