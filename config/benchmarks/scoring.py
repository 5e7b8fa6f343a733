"""Scoring a month against the bare limit: one hand-written statement for totals and ranks, no lines.

The median of five interleaved rounds; both must give the same totals and ranks on plain rulebooks.
"""

import resource
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from accounts.models import Hall
from assessments.models import AssessmentMonth, Run
from assessments.scoring import score
from assessments.scoring.scratch import BLOCK, SETTINGS
from config.benchmarks.result import Result, Size
from config.benchmarks.scoring_data import MONTH, RICH, RULEBOOKS, load
from windows.models import Staff

ROUNDS = 5
RESULTS = (
    "line",
    "linecut",
    "scorecard",
    "componentscore",
    "gatefailure",
    "awardresult",
    "gradechange",
    "measurecall",
)
CARDS = 'SELECT kind, subject_id, total, "rank" FROM assessments_scorecard'
DIFFERING = """
    SELECT COUNT(*) FROM (
        SELECT * FROM (
            SELECT kind, subject_id, total, "rank" FROM assessments_scorecard
            EXCEPT SELECT kind, subject_id, total, "rank" FROM bare_cards
        ) more
        UNION ALL
        SELECT * FROM (
            SELECT kind, subject_id, total, "rank" FROM bare_cards
            EXCEPT SELECT kind, subject_id, total, "rank" FROM assessments_scorecard
        ) less
    ) differing
"""

LIMIT = """
    INSERT INTO assessments_scorecard (id, run_id, hall_id, kind, subject_id, staff_id, window_id,
        department_id, category, is_chief, members, scheme_id, own, derived, total, lost, gained, "rank",
        peers, is_last, days)
    SELECT {base} + ROW_NUMBER() OVER (ORDER BY hall_id, kind, subject_id), {run}, hall_id, kind, subject_id,
        staff_id, window_id, department_id, category, FALSE, 0, scheme_id, total, 0, total, 0, 0,
        RANK() OVER (PARTITION BY hall_id, kind, pool ORDER BY total DESC),
        COUNT(*) OVER (PARTITION BY hall_id, kind, pool), FALSE, 0
    FROM (
        SELECT c.*, m.id AS scheme_id, CASE WHEN 10000 + COALESCE(p.other, 0)
                + CASE WHEN COALESCE(p.bonus, 0) > k.cap THEN k.cap ELSE COALESCE(p.bonus, 0) END < 0 THEN 0
            ELSE 10000 + COALESCE(p.other, 0)
                + CASE WHEN COALESCE(p.bonus, 0) > k.cap THEN k.cap ELSE COALESCE(p.bonus, 0) END END AS total
        FROM (
            SELECT h.id AS hall_id, h.parent_id, 'staff' AS kind, s.id AS subject_id, s.id AS staff_id,
                q.window_id, s.department_id, w.category, '' AS pool
            FROM windows_staff s
            JOIN windows_posting q ON q.staff_id = s.id AND q.ends_on IS NULL
            JOIN windows_window w ON w.id = q.window_id
            JOIN accounts_hall h ON h.id = s.hall_id
            UNION ALL
            SELECT h.id, h.parent_id, 'window', w.id, CAST(NULL AS bigint), w.id, w.department_id, w.category,
                w.category
            FROM windows_window w JOIN accounts_hall h ON h.id = w.hall_id
            UNION ALL
            SELECT h.id, h.parent_id, 'unit', d.id, CAST(NULL AS bigint), CAST(NULL AS bigint), d.id,
                d.category, ''
            FROM windows_department d JOIN accounts_hall h ON h.id = d.hall_id
        ) c
        JOIN violations_rulebook b ON b.hall_id = c.parent_id
        JOIN violations_rulebookversion v ON v.rulebook_id = b.id
        JOIN assessments_scheme m ON m.version_id = v.id AND m.kind = c.kind
        LEFT JOIN assessments_component k ON k.scheme_id = m.id AND k.code = 'bonus'
        LEFT JOIN (
            SELECT r.subject, CASE r.subject WHEN 'staff' THEN r.staff_id WHEN 'window' THEN r.window_id
                    ELSE r.department_id END AS subject_id,
                CAST(SUM(CASE WHEN a.component = 'bonus' THEN a.points * (r.quantity / 100)
                    ELSE 0 END) AS bigint) AS bonus,
                CAST(SUM(CASE WHEN a.component = 'bonus' THEN 0
                    ELSE a.points * (r.quantity / 100) END) AS bigint) AS other
            FROM violations_conductrecord r
            JOIN violations_price a ON a.act_id = r.act_id AND a.severity = r.severity
            WHERE r.status = 'confirmed' AND r.day >= '2026-10-01' AND r.day <= '2026-10-31'
            GROUP BY 1, 2
        ) p ON p.subject = c.kind AND p.subject_id = c.subject_id
    ) t
"""


def run(size: Size, tell: Callable[[str], object]) -> Result:
    """Rounds of limit, engine and engine for a tenth of the halls; then rich rulebooks."""
    halls = list(Hall.objects.filter(code__startswith="bench-").order_by("pk"))
    if not halls:
        raise LookupError("没有测量用的大厅，请用 --staff N 填入。")
    few = halls[: max(len(halls) // 10, 1)]
    limits, engines, tenths = [], [], []
    for number in range(ROUNDS):
        limit = _timed(_limit, halls)
        _keep_cards()
        engine = _timed(_engine, halls)
        if differing := _differing_cards():
            raise LookupError(f"第 {number + 1} 轮：手写语句与计分结果不同，差 {differing} 张得分单。")
        limits.append(limit)
        engines.append(engine)
        tenths.append(_timed(_engine, few))
        tell(f"第 {number + 1} 轮：下限 {limit:.2f} 秒，计分 {engine:.2f} 秒，{engine / limit:.2f} 倍")
    rich, rich_tenth = _rich(halls, few, tell)
    times = len(halls) / len(few)
    return Result(
        seconds=median(engines),
        limit_seconds=median(limits),
        growth=median(engines) / median(tenths) / times,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        rows=Staff.objects.filter(hall__in=halls).count(),
        details={
            "database": connection.vendor,
            "halls": len(halls),
            "ratios": [round(engine / limit, 2) for engine, limit in zip(engines, limits, strict=True)],
            "median_ratio": round(median(e / b for e, b in zip(engines, limits, strict=True)), 2),
            "rich_seconds": round(rich, 3),
            "rich_ratio": round(rich / median(limits), 2),
            "rich_growth": round(rich / rich_tenth / times, 3),
        },
    )


def _rich(halls: list[Hall], few: list[Hall], tell: Callable[[str], object]) -> tuple[float, float]:
    for number in range(RULEBOOKS):
        load(Hall.objects.get(code=f"root-{number}"), RICH, number)
    pairs = [(_timed(_engine, halls), _timed(_engine, few)) for _ in range(3)]
    whole, tenths = zip(*pairs, strict=True)
    tell(f"多规则：{'、'.join(f'{seconds:.2f}' for seconds in whole)} 秒")
    return median(whole), median(tenths)


def _timed(work: Callable[[Run], Any], halls: list[Hall]) -> float:
    """Seconds of one run in one transaction, commit included."""
    AssessmentMonth.objects.all().delete()
    _empty()
    this = Run.objects.create(month=MONTH, by="benchmark")
    AssessmentMonth.objects.bulk_create(
        AssessmentMonth(hall=hall, month=MONTH, run=this, status="scored") for hall in halls
    )
    begun = perf_counter()
    with transaction.atomic():
        work(this)
    return perf_counter() - begun


def _keep_cards() -> None:
    """Totals and ranks of the limit, put aside in the database: the two are compared there."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare_cards")
        cursor.execute(f"CREATE TEMP TABLE bare_cards AS {CARDS}")


def _differing_cards() -> int:
    """Cards that only one of the two has, or has otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING)
        return int(cursor.fetchone()[0])


def _limit(this: Run) -> None:
    """With the same settings as the engine has for its transaction, so that they are no head start."""
    with connection.cursor() as cursor:
        for setting in SETTINGS if connection.vendor == "postgresql" else ():
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute(LIMIT.format(run=this.pk, base=this.pk * BLOCK))


def _engine(this: Run) -> None:
    score(this)


def _empty() -> None:
    with connection.cursor() as cursor:
        for name in RESULTS:
            verb = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
            cursor.execute(f"{verb} assessments_{name}")  # our own table names
        cursor.execute("ANALYZE")
