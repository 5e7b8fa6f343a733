"""Which halls and rules a run has, and the scratch cards of all its subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.in_play import SCHEMES, look
from assessments.scoring.scratch import FIRST_CARD, is_person

if TYPE_CHECKING:
    from assessments.scoring.in_play import InPlay
    from assessments.scoring.scratch import Reckoning


def read_rules(reckoning: Reckoning) -> None:
    """Halls of the run, which rulebook version rules each of them from when to when, and what it asks for."""
    _read_halls(reckoning)
    _read_reigns(reckoning)
    for table in ("sc_date", "sc_hall", "sc_reign"):
        reckoning.analyze(table)
    reckoning.rules = look(reckoning)
    _read_schemes(reckoning)


def _read_schemes(reckoning: Reckoning) -> None:
    """The schemes of the run's cards, each with the roots of its two parts."""
    reckoning.do(
        f"""
        INSERT INTO sc_scheme (scheme_id, code, ranking, floor, cap, own_share, round_to, rounding, own_id,
            own0, derived_id, derived0)
        SELECT s.id, s.code, s.ranking, s.floor, s.cap, s.own_share, s.round_to, s.rounding, ko.id, ko.value0,
            kd.id, kd.value0
        FROM assessments_scheme s
        JOIN assessments_component ko ON ko.scheme_id = s.id AND ko.code = 'own'
        JOIN assessments_component kd ON kd.scheme_id = s.id AND kd.code = 'derived'
        WHERE s.id IN {SCHEMES}
        """
    )
    reckoning.analyze("sc_scheme")


def _read_halls(reckoning: Reckoning) -> None:
    """Only the earliest unpublished month of a hall takes what became countable late, and errata."""
    reckoning.do(
        """
        INSERT INTO sc_hall (hall_id, takes_late)
        SELECT m.hall_id, CASE WHEN m.period <> 'month' OR EXISTS (
            SELECT 1 FROM assessments_assessmentmonth e
            WHERE e.hall_id = m.hall_id AND e.month < %(first)s AND e.status <> 'published'
                AND e.period = 'month'
        ) THEN 0 ELSE 1 END
        FROM assessments_assessmentmonth m WHERE m.run_id = %(run)s
        """
    )


def _read_reigns(reckoning: Reckoning) -> None:
    """The versions of the nearest hall above that has a rulebook; a draft tried out reigns alone."""
    if reckoning.version is not None:
        reckoning.do(
            """
            INSERT INTO sc_reign (hall_id, version_id, first_day, next_day)
            SELECT hall_id, %(draft)s, '1900-01-01', %(far)s FROM sc_hall
            """
        )
        return
    reckoning.do(
        """
        INSERT INTO sc_reign (hall_id, version_id, first_day, next_day)
        SELECT hall_id, version_id, effective_on, COALESCE(
            LEAD(effective_on) OVER (PARTITION BY hall_id ORDER BY effective_on, version_id), %(far)s)
        FROM (
            SELECT s.hall_id, v.id AS version_id, v.effective_on,
                DENSE_RANK() OVER (PARTITION BY s.hall_id ORDER BY LENGTH(above.path) DESC) AS distance
            FROM sc_hall s
            JOIN accounts_hall h ON h.id = s.hall_id
            JOIN accounts_hall above ON SUBSTR(h.path, 1, LENGTH(above.path)) = above.path
            JOIN violations_rulebook b ON b.hall_id = above.id
            JOIN violations_rulebookversion v ON v.rulebook_id = b.id AND v.status <> 'draft'
        ) ruling
        WHERE distance = 1
        """
    )


COLUMNS = (
    "id, kind, subject_id, hall_id, staff_id, window_id, department_id, category, group_id,"
    " is_chief, scheme_id, members, days"
)


def _scheme(  # what a condition may look at
    reckoning: Reckoning, hall: str, kind: str, *, category: str, members: str = "0", chief: str = "FALSE"
) -> str:
    """The schemes whose conditions a subject meets; the first of them in the pack is taken."""
    words = f"""
        JOIN sc_reign g ON g.hall_id = {hall} AND g.first_day <= %(last)s AND g.next_day > %(last)s
        JOIN assessments_scheme s ON s.version_id = g.version_id AND s.kind = '{kind}'
            AND s.period = %(period)s"""
    if kind in reckoning.rules.conditions:
        words += f"""
            AND {members} BETWEEN s.least_members AND s.most_members
            AND (s.categories = '' OR s.categories LIKE '%%,' || {category} || ',%%')
            AND (s.chief = 0 OR (s.chief = 1 AND {chief}) OR (s.chief = 2 AND NOT {chief}))"""
        if kind == "staff":
            words += f" AND {is_person('s', 'f')}"
    return words


def _first_scheme(inner: str, kind: str, rules: InPlay) -> str:
    """Card ids in the order of halls and subjects, each with the first scheme that fits."""
    if kind in rules.choices:
        inner = f"""
            SELECT * FROM (
                SELECT t.*, ROW_NUMBER() OVER (PARTITION BY subject_id ORDER BY sort, scheme_id) AS choice
                FROM ({inner}) t
            ) chosen WHERE choice = 1
        """
    return f"""
        INSERT INTO sc_card ({COLUMNS})
        SELECT %(base)s + {FIRST_CARD[kind]} + ROW_NUMBER() OVER (ORDER BY hall_id, subject_id),
            kind, subject_id, hall_id, staff_id, window_id, department_id, category, group_id,
            is_chief, scheme_id, members, days
        FROM ({inner}) one
    """


SEATS = """
    SELECT q.window_id, COUNT(DISTINCT q.staff_id) AS people
    FROM windows_posting q JOIN sc_hall h ON h.hall_id = q.hall_id
    WHERE q.starts_on <= %(last)s AND (q.ends_on IS NULL OR q.ends_on >= %(last)s)
    GROUP BY q.window_id
"""
"""How many people sit at a window on the last day: its size, for conditions and groups."""


DAYS = """CAST(SUM(COALESCE(d2.day_no, %(last_no)s) - COALESCE(d1.day_no, %(first_no)s) + 1)
    OVER (PARTITION BY q.staff_id) AS bigint)"""
"""Calendar days of the period on which a person had a posting in the hall."""


def open_scorecards(reckoning: Reckoning) -> None:
    """One scratch card a unit, window and person of the period, by the scheme in force on its last day.

    A person who moved has one card; its group is the window of the last day in the period.
    """
    _open_units(reckoning)
    reckoning.analyze("sc_card")
    _open_windows(reckoning)
    reckoning.analyze("sc_card")
    _open_staff(reckoning)
    reckoning.index("sc_card")
    reckoning.analyze("sc_card")


def _open_units(reckoning: Reckoning) -> None:
    scheme = _scheme(reckoning, "d.hall_id", "unit", category="d.category")
    reckoning.do(
        _first_scheme(
            f"""
            SELECT 'unit' AS kind, d.id AS subject_id, d.hall_id, CAST(NULL AS bigint) AS staff_id,
                CAST(NULL AS bigint) AS window_id, d.id AS department_id, d.category,
                CAST(NULL AS bigint) AS group_id, FALSE AS is_chief, s.id AS scheme_id, s.sort,
                0 AS members, 0 AS days
            FROM windows_department d
            JOIN sc_hall h ON h.hall_id = d.hall_id {scheme}
            WHERE d.is_active
            """,
            "unit",
            reckoning.rules,
        )
    )


def _open_windows(reckoning: Reckoning) -> None:
    scheme = _scheme(reckoning, "w.hall_id", "window", category="w.category", members="COALESCE(n.people, 0)")
    reckoning.do(
        _first_scheme(
            f"""
            SELECT 'window' AS kind, w.id AS subject_id, w.hall_id, CAST(NULL AS bigint) AS staff_id,
                w.id AS window_id, w.department_id, w.category, u.id AS group_id, FALSE AS is_chief,
                s.id AS scheme_id, s.sort, COALESCE(n.people, 0) AS members, 0 AS days
            FROM windows_window w
            JOIN sc_hall h ON h.hall_id = w.hall_id
            LEFT JOIN ({SEATS}) n ON n.window_id = w.id {scheme}
            LEFT JOIN sc_card u ON u.kind = 'unit' AND u.subject_id = w.department_id
            WHERE (w.opened_on IS NULL OR w.opened_on <= %(last)s)
                AND (w.closed_on IS NULL OR w.closed_on >= %(first)s)
            """,
            "window",
            reckoning.rules,
        )
    )


def _open_staff(reckoning: Reckoning) -> None:
    scheme = _scheme(
        reckoning,
        "p.hall_id",
        "staff",
        category="w.category",
        members="COALESCE(c.members, 0)",
        chief="p.is_chief",
    )
    reckoning.do(
        _first_scheme(
            f"""
            SELECT 'staff' AS kind, p.staff_id AS subject_id, p.hall_id, p.staff_id, p.window_id,
                f.department_id, w.category, c.id AS group_id, p.is_chief, s.id AS scheme_id, s.sort,
                COALESCE(c.members, 0) AS members, p.days
            FROM (
                SELECT q.staff_id, q.hall_id, q.window_id, q.is_chief, {DAYS} AS days, ROW_NUMBER() OVER (
                    PARTITION BY q.staff_id
                    ORDER BY COALESCE(q.ends_on, %(far)s) DESC, q.starts_on DESC, q.id DESC
                ) AS latest
                FROM windows_posting q JOIN sc_hall h ON h.hall_id = q.hall_id
                LEFT JOIN sc_date d1 ON d1.day = q.starts_on AND q.starts_on > %(first)s
                LEFT JOIN sc_date d2 ON d2.day = q.ends_on AND q.ends_on < %(last)s
                WHERE q.starts_on <= %(last)s AND (q.ends_on IS NULL OR q.ends_on >= %(first)s)
            ) p
            JOIN windows_staff f ON f.id = p.staff_id
            JOIN windows_window w ON w.id = p.window_id
            LEFT JOIN sc_card c ON c.kind = 'window' AND c.subject_id = p.window_id {scheme}
            WHERE p.latest = 1
            """,
            "staff",
            reckoning.rules,
        )
    )
