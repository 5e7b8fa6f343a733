"""考核月 services: score a month, decide about its honours, publish it; published is final."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from assessments.enums import NEXT, MonthStatus
from assessments.models import (
    AssessmentMonth,
    Award,
    AwardDecision,
    Figure,
    GateFailure,
    Line,
    Run,
    Scorecard,
    Vote,
)
from assessments.scoring import score
from assessments.scoring.scratch import last_of_month, last_of_period
from assessments.services.seals import month_hash
from trail.services import audit
from violations.models import ConductRecord, RulebookVersion
from violations.rule_enums import Period
from violations.tariff import version_for
from windows.models import Posting, Staff, Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.models import Hall, User
    from trail.actors import Robot
    from trail.services.progress import Progress


@transaction.atomic
def score_month(  # what a month is, and when it is said to be scored
    *,
    hall: Hall,
    month: date,
    by: User | Robot,
    at: datetime | None = None,
    period: str = Period.MONTH,
    progress: Progress | None = None,
) -> AssessmentMonth:
    """Score a month of one hall as a draft; a draft may be scored again, which makes a new run."""
    return score_months(halls=[hall], month=month, by=by, at=at, period=period, progress=progress)[0]


@transaction.atomic
def score_months(
    *,
    halls: Iterable[Hall],
    month: date,
    by: User | Robot,
    at: datetime | None = None,
    period: str = Period.MONTH,
    progress: Progress | None = None,
) -> list[AssessmentMonth]:
    """Score one month (quarter, half-year, year) of many halls in one run.

    Refused when one is published or has no rulebook.
    """
    first, at = first_of_period(month, period), at or timezone.now()
    run = Run.objects.create(month=first, period=period, started_at=at, by=str(by))
    months = [_prepare(hall, first, run, by, at) for hall in halls]
    score(run, progress=progress)
    run.finished_at = at if at != run.started_at else timezone.now()
    run.save(update_fields=["finished_at"])
    for row in months:
        audit.record("assessment.scored", target=row, by=by, after={"run": run.pk})
    return months


@transaction.atomic
def publish_month(*, month: AssessmentMonth, by: User, at: datetime | None = None) -> AssessmentMonth:
    """发布: the manager makes the draft final, with a hash over all cards and lines.

    Refused while an earlier month of the hall waits, or when the ledger changed after scoring.
    """
    if not by.can("assess.publish", month.hall):
        raise NotPermitted("月度考核由大厅管理员发布。")
    row = _locked(month)
    _require_step(row, MonthStatus.PUBLISHED)
    _refuse_if_earlier_waits(row)
    _refuse_if_stale(row)
    row.status, row.published_at, row.published_by = MonthStatus.PUBLISHED, at or timezone.now(), by
    row.sha256 = month_hash(row)
    row.save(update_fields=["status", "published_at", "published_by", "sha256"])
    audit.record("assessment.published", target=row, by=by, after={"sha256": row.sha256})
    return row


@transaction.atomic
def decide_award(  # the columns of one decision
    *, month: AssessmentMonth, award: Award, card: Scorecard, is_in: bool, reason: str, by: User
) -> AssessmentMonth:
    """人工决定: put a candidate in or out before publication, with a reason; the month is scored again."""
    if not by.can("assess.publish", month.hall):
        raise NotPermitted("评选由大厅管理员决定。")
    if not reason.strip():
        raise Refused("请写理由。", code="reason_missing", status=422)
    row = _locked(month)
    _require_step(row, MonthStatus.SCORED)
    if card.run_id != row.run_id or card.scheme_id != award.scheme_id:
        raise Refused("这个对象不在本月的候选人里。", code="not_a_candidate", status=422)
    if is_in and GateFailure.objects.filter(_bars(award), card=card).exists():
        raise Refused("有一票否决的情形，不能评上。", code="gate_failed")
    AwardDecision.objects.create(
        month=row,
        award_code=award.code,
        kind=card.kind,
        subject_id=card.subject_id,
        is_in=is_in,
        reason=reason.strip()[:200],
        by=by,
    )
    audit.record("assessment.award_decided", target=row, by=by, after={"in": is_in}, reason=reason)
    return score_month(hall=row.hall, month=row.month, by=by)


def refuse_unless_scorable(*, hall: Hall, month: date) -> None:
    """Say at once what a run would only say later: no rulebook, a month to come, or one that is published."""
    first = month.replace(day=1)
    _ruling(hall, first, Period.MONTH, timezone.now())
    known = AssessmentMonth.objects.of(hall, first).first()
    if known is not None:
        _require_step(known, MonthStatus.SCORED)


def month_of_words(words: str) -> date:
    """The first day of "2026-10". Raises ValueError for anything else."""
    year, _, month = words.partition("-")
    if len(year) != 4 or len(month) != 2:
        raise ValueError(words)
    return date(int(year), int(month), 1)


def first_of_period(day: date, period: str) -> date:
    """The first day of the month, quarter, half-year or year that `day` lies in."""
    months = Period(period).months
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def period_of_words(words: str) -> tuple[date, str]:
    """The first day and the kind of "2026-10", "2026-Q4", "2026-H2", "2026". Raises ValueError."""
    year, _, rest = words.partition("-")
    if len(year) == 4 and not rest:
        return date(int(year), 1, 1), Period.YEAR
    if len(rest) == 2 and rest[0] in "QH":
        period = Period.QUARTER if rest[0] == "Q" else Period.HALF_YEAR
        return date(int(year), (int(rest[1]) - 1) * Period(period).months + 1, 1), period
    return month_of_words(words), Period.MONTH


def unscored_changes(month: AssessmentMonth) -> int:
    """How many records, figures, votes and rows of the roster changed since the period was scored."""
    facts = newer_facts(month) + newer_roster(month) if month.scored_at else 0
    if month.period != Period.MONTH:
        return facts
    records = ConductRecord.objects.filter(hall=month.hall, day__lte=last_of_month(month.month))
    newer = Q(countable_at__gt=month.scored_at) | Q(created_at__gt=month.scored_at)
    counted = Line.objects.filter(run=month.run, record=OuterRef("pk"))
    appeared = records.counting().filter(~Exists(counted), newer, day__gte=month.month)
    vanished = records.exclude(pk__in=records.counting().values("pk")).filter(
        Exists(counted.exclude(kind="erratum"))
    )
    return appeared.count() + vanished.count() + facts


def newer_facts(month: AssessmentMonth) -> int:
    """How many figures and votes of a scored period came in after it was scored."""
    wanted = {"hall": month.hall_id, "month": month.month, "period": month.period, "at__gt": month.scored_at}
    return Figure.objects.filter(**wanted).count() + Vote.objects.filter(**wanted).count()


def newer_roster(month: AssessmentMonth) -> int:
    """How many people, windows and postings of a scored period were written since.

    Who sat where, what a window is and what a person is decide scores and titles. A row that was touched
    otherwise counts too: to score once more costs a minute, a wrong title costs trust. Both stamps are
    the machine's, so that a month scored for a past day compares rightly.
    """
    last = last_of_period(month.month, month.period)
    mine = {"hall": month.hall_id, "changed_at__gt": month.changed_at}
    postings = Posting.objects.filter(Q(ends_on=None) | Q(ends_on__gte=month.month), starts_on__lte=last)
    present = postings.filter(hall=month.hall_id)
    return (
        postings.filter(**mine).count()
        + Staff.objects.filter(**mine, pk__in=present.values("staff")).count()
        + Window.objects.filter(**mine, pk__in=present.values("window")).count()
    )


def _prepare(hall: Hall, first: date, run: Run, by: User | Robot, at: datetime) -> AssessmentMonth:
    version = _ruling(hall, first, run.period, at)
    row, _ = AssessmentMonth.objects.get_or_create(hall=hall, month=first, period=run.period)
    row = _locked(row)
    _require_step(row, MonthStatus.SCORED)
    row.status, row.run, row.version, row.scored_at = MonthStatus.SCORED, run, version, at
    row.save(update_fields=["status", "run", "version", "scored_at"])
    return row


def _ruling(hall: Hall, first: date, period: str, at: datetime) -> RulebookVersion:
    """The version that rules the period; raises Refused when there is none, or the period is to come."""
    version = version_for(hall, last_of_period(first, period))
    if version is None:
        raise Refused(f"{hall} 还没有生效的考核办法，不能计算。请先载入制度。", code="no_rulebook")
    if first > timezone.localdate(at):
        raise Refused("还没到这个月，不能计算。", code="future", status=422)
    return version


def _locked(month: AssessmentMonth) -> AssessmentMonth:
    rows = AssessmentMonth.objects.select_related("hall", "run", "version")
    row: AssessmentMonth = rows.select_for_update(of=("self",)).get(pk=month.pk)
    return row


def _require_step(month: AssessmentMonth, new: str) -> None:
    if new not in NEXT[MonthStatus(month.status)]:
        words = {
            MonthStatus.PUBLISHED: "这个月已经发布，结果不能再改；更正计入下一个未发布的月份。",
            MonthStatus.OPEN: "这个月还没有计算，请先计算。",
        }
        raise TransitionNotAllowed(words.get(MonthStatus(month.status), "现在不能这样做。"))


def _refuse_if_earlier_waits(month: AssessmentMonth) -> None:
    rows = AssessmentMonth.objects.unpublished().filter(
        hall=month.hall, month__lt=month.month, period=month.period
    )
    earlier = rows.order_by("month").first()
    if earlier is not None:
        raise Refused(f"{earlier.month:%Y-%m} 还没有发布，请按月份先后发布。", code="earlier_month_open")


def _refuse_if_stale(month: AssessmentMonth) -> None:
    if version_for(month.hall, last_of_period(month.month, month.period)) != month.version:
        raise Refused("计算之后换了制度版本，请先重新计算再发布。", code="stale")
    changed = unscored_changes(month)
    if changed:
        words = f"计算之后台账、指标、投票或花名册有 {changed} 条变化，请先重新计算再发布。"
        raise Refused(words, code="stale")


def _bars(award: Award) -> Q:
    """Gates that keep a card out of this award."""
    return Q(gate__award=award) | (Q(gate__award__isnull=True) if award.is_honour else Q())


def as_json(month: AssessmentMonth) -> dict[str, Any]:
    """The short result a job keeps."""
    cards = Scorecard.objects.filter(run=month.run, hall=month.hall)
    return {
        "month": month.slug,
        "staff": cards.of_kind("staff").count(),
        "windows": cards.of_kind("window").count(),
    }
