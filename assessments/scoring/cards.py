"""Which halls and rules a run has, and the scratch cards of all its subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.scratch import FIRST_CARD

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning


def read_rules(reckoning: Reckoning) -> None:
    """Halls of the run, and which rulebook version rules each of them from which day to which.

    Only the earliest unpublished month of a hall takes what became countable late, and errata.
    """
    reckoning.do(
        """
        INSERT INTO sc_hall (hall_id, takes_late)
        SELECT m.hall_id, CASE WHEN EXISTS (
            SELECT 1 FROM assessments_assessmentmonth e
            WHERE e.hall_id = m.hall_id AND e.month < %(first)s AND e.status <> 'published'
        ) THEN 0 ELSE 1 END
        FROM assessments_assessmentmonth m WHERE m.run_id = %(run)s
        """
    )
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


SCHEME = """
    JOIN sc_reign g ON g.hall_id = {hall} AND g.first_day <= %(last)s AND g.next_day > %(last)s
    JOIN assessments_scheme s ON s.version_id = g.version_id AND s.kind = '{kind}'
"""
COLUMNS = (
    "id, kind, subject_id, hall_id, staff_id, window_id, department_id, category, group_id,"
    " is_chief, scheme_id"
)


def open_scorecards(reckoning: Reckoning) -> None:
    """One scratch card a unit, window and person of the month, by the scheme in force on its last day.

    A person who moved has one card; its group is the window of the last day in the month.
    """
    _open_units(reckoning)
    _open_windows(reckoning)
    _open_staff(reckoning)
    reckoning.analyze("sc_card")


def _open_units(reckoning: Reckoning) -> None:
    reckoning.do(
        f"""
        INSERT INTO sc_card ({COLUMNS})
        SELECT %(base)s + {FIRST_CARD["unit"]} + ROW_NUMBER() OVER (ORDER BY d.hall_id, d.id),
            'unit', d.id, d.hall_id, NULL, NULL, d.id, d.category, NULL, FALSE, s.id
        FROM windows_department d
        JOIN sc_hall h ON h.hall_id = d.hall_id {SCHEME.format(hall="d.hall_id", kind="unit")}
        WHERE d.is_active
        """
    )


def _open_windows(reckoning: Reckoning) -> None:
    reckoning.do(
        f"""
        INSERT INTO sc_card ({COLUMNS})
        SELECT %(base)s + {FIRST_CARD["window"]} + ROW_NUMBER() OVER (ORDER BY w.hall_id, w.id),
            'window', w.id, w.hall_id, NULL, w.id, w.department_id, w.category, u.id, FALSE, s.id
        FROM windows_window w
        JOIN sc_hall h ON h.hall_id = w.hall_id {SCHEME.format(hall="w.hall_id", kind="window")}
        LEFT JOIN sc_card u ON u.kind = 'unit' AND u.subject_id = w.department_id
        WHERE (w.opened_on IS NULL OR w.opened_on <= %(last)s)
            AND (w.closed_on IS NULL OR w.closed_on >= %(first)s)
        """
    )


def _open_staff(reckoning: Reckoning) -> None:
    reckoning.do(
        f"""
        INSERT INTO sc_card ({COLUMNS})
        SELECT %(base)s + {FIRST_CARD["staff"]} + ROW_NUMBER() OVER (ORDER BY p.hall_id, p.staff_id),
            'staff', p.staff_id, p.hall_id, p.staff_id, p.window_id, f.department_id, w.category, c.id,
            p.is_chief, s.id
        FROM (
            SELECT q.*, ROW_NUMBER() OVER (
                PARTITION BY q.staff_id
                ORDER BY COALESCE(q.ends_on, %(far)s) DESC, q.starts_on DESC, q.id DESC
            ) AS latest
            FROM windows_posting q JOIN sc_hall h ON h.hall_id = q.hall_id
            WHERE q.starts_on <= %(last)s AND (q.ends_on IS NULL OR q.ends_on >= %(first)s)
        ) p
        JOIN windows_staff f ON f.id = p.staff_id
        JOIN windows_window w ON w.id = p.window_id {SCHEME.format(hall="p.hall_id", kind="staff")}
        LEFT JOIN sc_card c ON c.kind = 'window' AND c.subject_id = p.window_id
        WHERE p.latest = 1
        """
    )
