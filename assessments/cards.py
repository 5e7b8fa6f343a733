"""Cards of the assembled pages: my score so far, my six months, where the month stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.charts import Series, line_chart
from accounts.memo import remember
from accounts.registry import Todo
from accounts.words import month_words, score
from assessments.enums import MonthStatus
from assessments.models import AssessmentMonth, Award, Gate, Scheme, Scorecard
from assessments.presenters import month_state
from assessments.scoring.scratch import last_of_month
from assessments.services.preview import preview_of
from violations.rule_enums import Subject
from violations.uses import Use

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Hall, User
    from violations.models import ConductRecord, RulebookVersion

MONTHS_SHOWN = 6


def my_score(request: Any, hall: Hall) -> dict[str, Any] | None:
    """暂定得分 of this month; left out for who is no member of the staff."""
    staff = getattr(request.user, "staff", None)
    if staff is None:
        return None
    staff.hall = hall if staff.hall_id == hall.pk else staff.hall
    preview = preview_of(staff, timezone.localdate().replace(day=1))
    if preview is None:
        return None
    return {"preview": preview, "url": reverse("assessments:my_score", args=[f"{preview.month:%Y-%m}"])}


def my_trend(request: Any, hall: Hall) -> dict[str, Any] | None:
    """The own totals of the last six published months."""
    staff = getattr(request.user, "staff", None)
    if staff is None:
        return None
    months = AssessmentMonth.objects.published().filter(run=OuterRef("run"), hall=OuterRef("hall"))
    cards = Scorecard.objects.filter(Exists(months), kind=Subject.STAFF, subject_id=staff.pk)
    found = list(cards.select_related("run").order_by("-run__month")[:MONTHS_SHOWN])[::-1]
    if not found:
        return None
    labels = [f"{card.run.month.month}月" for card in found]
    totals = [card.total for card in found]
    title = f"近 {len(found)} 个月得分：{'、'.join(score(total) for total in totals)}"
    chart = line_chart("trend", title, labels, [Series("得分", totals)], show=score, size="small")
    return {"trend": chart, "trend_cards": [(card, f"{card.run.month:%Y-%m}") for card in found]}


def newest_month(request: Any, hall: Hall) -> dict[str, Any] | None:
    """Where the newest month of the hall stands."""
    month = next(iter(_scored_months(request.user, hall)), None)
    return {"month": month, "state": month_state(month)} if month else None


def _scored_months(user: User, hall: Hall) -> list[AssessmentMonth]:
    """The newest scored month of the hall and all that wait to be published, newest first."""
    rows = AssessmentMonth.objects.visible_to(user).filter(hall=hall, run__isnull=False)
    newest = rows.order_by("-month").values("pk")[:1]
    wanted = rows.filter(Q(status=MonthStatus.SCORED) | Q(pk__in=newest)).select_related("hall")
    return remember(("scored months", user.pk, hall.pk), lambda: list(wanted.order_by("-month")))


def months_to_publish(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Drafts whose month is over: they wait for the manager."""
    rows = [row for row in reversed(_scored_months(user, hall)) if row.status == MonthStatus.SCORED]
    waiting = [row for row in rows if last_of_month(row.month) < timezone.localdate(now)]
    if not waiting:
        return None
    first = waiting[0]
    return Todo(
        len(waiting),
        f"{month_words(first.month)}考核待发布",
        "核对排名和拟评名单后发布",
        f"{first.get_absolute_url()}?hall={hall.code}",
        key="assess",
    )


def uses(records: list[ConductRecord]) -> dict[int, list[Use]]:
    """The published score sheets a record stands on, one query."""
    months = AssessmentMonth.objects.published().filter(run=OuterRef("run"), hall=OuterRef("hall"))
    cards = (
        Scorecard.objects.filter(Exists(months), lines__record__in=records)
        .select_related("run", "window")
        .values_list("lines__record", "kind", "subject_id", "window__code", "run__month", "lines__kind")
        .order_by("run__month", "pk")
        .distinct()
    )
    found: dict[int, list[Use]] = {}
    for record_id, kind, subject, code, month, line in cards:
        slug = f"{month:%Y-%m}"
        where = {
            Subject.STAFF: reverse("assessments:person_sheet", args=[slug, subject]),
            Subject.WINDOW: reverse("assessments:window_sheet", args=[slug, code]) if code else "",
            Subject.UNIT: reverse("assessments:unit_sheet", args=[slug, subject]),
        }[Subject(kind)]
        what = {Subject.STAFF: "", Subject.WINDOW: "窗口", Subject.UNIT: "单位"}[Subject(kind)]
        note = {"erratum": "（更正）", "transfer": "（连带）", "late": "（补计）"}.get(line, "")
        found.setdefault(record_id, []).append(Use(f"{month_words(month)}{what}得分单{note}", where))
    return found


def rules_of(version: RulebookVersion) -> dict[str, Any]:
    """Schemes, gates and awards of a version, for its page."""
    return {
        "schemes": Scheme.objects.filter(version=version),
        "gates": Gate.objects.filter(scheme__version=version),
        "awards": Award.objects.filter(scheme__version=version),
    }
