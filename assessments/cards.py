"""Cards of the assembled pages: my score so far, my six months, where the month stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.charts import Series, line_chart
from accounts.memo import remember
from accounts.registry import Found, Hits, Todo
from accounts.searching import hits
from accounts.words import month_words, score
from assessments.enums import MonthStatus
from assessments.models import AssessmentMonth, Award, Gate, Scorecard
from assessments.pack_words import award_words, names_of, scheme_words
from assessments.presenters import month_state
from assessments.scoring.scratch import last_of_month
from assessments.services.preview import preview_of
from assessments.services.reading import pack_of
from violations.rule_enums import Subject
from violations.uses import Use

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Hall, User
    from violations.models import ConductRecord, RulebookVersion

MONTHS_SHOWN = 6
SHOWN_OF_MONTHS = ("hall", "month", "period", "status", "scored_at", "published_at")


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
    months = AssessmentMonth.objects.published().monthly().filter(run=OuterRef("run"), hall=OuterRef("hall"))
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

    def find() -> list[AssessmentMonth]:
        rows = AssessmentMonth.objects.visible_to(user).monthly().filter(hall=hall, run__isnull=False)
        newest = rows.order_by("-month").values("pk")[:1]
        wanted = rows.filter(Q(status=MonthStatus.SCORED) | Q(pk__in=newest)).only(*SHOWN_OF_MONTHS)
        months = list(wanted.order_by("-month"))
        for month in months:
            month.hall = hall
        return months

    return remember(("scored months", user.pk, hall.pk), find)


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
    months = AssessmentMonth.objects.published().monthly().filter(run=OuterRef("run"), hall=OuterRef("hall"))
    published = months.values("published_at")[:1]
    cards = (
        Scorecard.objects.filter(Exists(months), lines__record__in=records)
        .select_related("run", "window")
        .values_list("lines__record", "kind", "subject_id", "window__code", "run__month", "lines__kind")
        .annotate(at=Subquery(published))
        .order_by("run__month", "pk")
        .distinct()
    )
    found: dict[int, list[Use]] = {}
    for record_id, kind, subject, code, month, line, at in cards:
        slug = f"{month:%Y-%m}"
        where = {
            Subject.STAFF: reverse("assessments:person_sheet", args=[slug, subject]),
            Subject.WINDOW: reverse("assessments:window_sheet", args=[slug, code]) if code else "",
            Subject.UNIT: reverse("assessments:unit_sheet", args=[slug, subject]),
        }[Subject(kind)]
        what = {Subject.STAFF: "", Subject.WINDOW: "窗口", Subject.UNIT: "单位"}[Subject(kind)]
        note = {"erratum": "（更正）", "transfer": "（连带）", "late": "（补计）"}.get(line, "")
        found.setdefault(record_id, []).append(Use(f"{month_words(month)}{what}得分单{note}", where, at))
    return found


def rules_of(version: RulebookVersion) -> dict[str, Any]:
    """Schemes, gates and awards of a version in words, for its page."""
    data = pack_of(version) or {"acts": [], "schemes": [], "awards": []}
    names = names_of(data)
    words = {item["code"]: award_words(item, names) for item in data.get("awards", [])}
    awards = _once(Award.objects.filter(scheme__version=version))
    for award in awards:
        award.words = words.get(award.code, "")
    return {
        "schemes": [{"lines": scheme_words(item), "note": item.get("note", "")} for item in data["schemes"]],
        "gates": _once(Gate.objects.filter(scheme__version=version)),
        "awards": awards,
    }


MONTH = re.compile(r"(?:(20\d\d)[-年/.]?)?(1[0-2]|0?[1-9])月?(?:考核|得分|排名)?")


def find_months(user: User, words: str, limit: int) -> Hits:
    """Months by name: 2026-10, 2026年10月, 10月; nothing is asked for other words."""
    named = MONTH.fullmatch(words.replace(" ", ""))
    if not named or (not named[1] and "月" not in words):
        return Hits()
    rows = AssessmentMonth.objects.visible_to(user).filter(month__month=int(named[2]))
    if named[1]:
        rows = rows.filter(month__year=int(named[1]))

    def shown(row: AssessmentMonth) -> Found:
        name = f"{row.month:%Y}年{row.month.month}月考核"
        return Found(name, row.get_status_display(), row.get_absolute_url())

    return hits(rows.order_by("-month", "pk"), limit, shown)


def _once(rows: Any) -> list[Any]:
    """Gates and awards stand in every scheme of their kind; a page tells them once."""
    return list({row.code: row for row in rows}.values())
