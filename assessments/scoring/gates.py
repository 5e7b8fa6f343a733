"""门槛 gates: acts counted over a span; above the limit a card is no candidate while it is valid."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from assessments.scoring.scratch import COUNTS

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

LOOK_BACK = timedelta(days=400)
"""Further than the longest span: a year, or a rolling count that began the year before."""


def lay_out_days(reckoning: Reckoning) -> None:
    """The days a gate may look at, each with its month, quarter, year and the hall's working-day number.

    Days off share the number of the working day before them; the hall's own calendar entries win.
    """
    first = min(reckoning.first.replace(month=1, day=1), reckoning.last) - LOOK_BACK
    span = (reckoning.last - first).days + 1
    rows = [_day(first + timedelta(days=number)) for number in range(span)]
    reckoning.fill("INSERT INTO sc_date VALUES (%s, %s, %s, %s, %s)", rows)
    reckoning.params["since"] = first.isoformat()
    reckoning.do(
        """
        INSERT INTO sc_day (hall_id, day, wd)
        SELECT hall_id, day, CAST(SUM(works) OVER (
            PARTITION BY hall_id ORDER BY day ROWS UNBOUNDED PRECEDING) AS bigint)
        FROM (
            SELECT h.hall_id, d.day, CASE
                WHEN e.kind IS NULL THEN CASE WHEN d.weekday < 5 THEN 1 ELSE 0 END
                WHEN e.kind IN ('make_up', 'local_on') THEN 1 ELSE 0 END AS works
            FROM sc_hall h
            CROSS JOIN sc_date d
            LEFT JOIN (
                SELECT s.hall_id, c.day, c.kind, ROW_NUMBER() OVER (
                    PARTITION BY s.hall_id, c.day ORDER BY COALESCE(LENGTH(a.path), 0) DESC) AS distance
                FROM sc_hall s
                JOIN accounts_hall mine ON mine.id = s.hall_id
                JOIN windows_calendarday c ON c.day >= %(since)s AND c.day <= %(last)s
                LEFT JOIN accounts_hall a ON a.id = c.hall_id
                WHERE c.hall_id IS NULL OR SUBSTR(mine.path, 1, LENGTH(a.path)) = a.path
            ) e ON e.hall_id = h.hall_id AND e.day = d.day AND e.distance = 1
        ) t
        """
    )
    reckoning.analyze("sc_day")


def _day(day: date) -> tuple[str, int, int, int, int]:
    month = day.year * 12 + day.month
    return day.isoformat(), day.weekday(), month, day.year * 4 + (day.month - 1) // 3, day.year


def see_gate_acts(reckoning: Reckoning) -> None:
    """The records a gate may count, each on the card it is about: few, so they are taken out first."""
    reckoning.do(
        f"""
        INSERT INTO sc_seen (
            gate_id, card_id, record_id, day, wd, month_no, quarter_no, year_no, amount, in_run
        )
        SELECT g.id, c.id, r.id, r.day, d.wd, y.month_no, y.quarter_no, y.year_no,
            CASE g.measure WHEN 'times' THEN 100 ELSE r.quantity END,
            CASE WHEN f.record_id IS NULL THEN 0 ELSE 1 END
        FROM assessments_gateact a
        JOIN assessments_gate g ON g.id = a.gate_id
        CROSS JOIN violations_conductrecord r
        CROSS JOIN sc_card c
        JOIN sc_day d ON d.hall_id = c.hall_id AND d.day = r.day
        JOIN sc_date y ON y.day = r.day
        LEFT JOIN sc_fact f ON f.record_id = r.id
        WHERE r.act_id = a.act_id AND r.status IN {COUNTS} AND r.day >= %(since)s AND r.day <= %(last)s
            AND c.kind = r.subject AND c.subject_id = CASE r.subject
                WHEN 'staff' THEN r.staff_id WHEN 'window' THEN r.window_id ELSE r.department_id END
            AND c.hall_id = r.hall_id AND c.scheme_id = g.scheme_id
        """
    )
    reckoning.analyze("sc_seen")


def close_gates(reckoning: Reckoning, kind: str) -> None:
    """Which cards fail which gate, with the amount seen and the latest record that made it so.

    A rolling span of N counts the working day itself and the N − 1 before it.
    """
    reckoning.do(
        """
        INSERT INTO assessments_gatefailure (card_id, gate_id, record_id, observed)
        SELECT card_id, gate_id, record_id, reached
        FROM (
            SELECT t.*, ROW_NUMBER() OVER (
                PARTITION BY gate_id, card_id ORDER BY t.day DESC, record_id DESC) AS latest
            FROM (
                SELECT n.*, g.most, g.valid, CASE g.span WHEN 'rolling' THEN (
                    SELECT CAST(SUM(b.amount) AS bigint) FROM sc_seen b
                    WHERE b.gate_id = n.gate_id AND b.card_id = n.card_id AND b.wd > n.wd - g.days
                        AND (b.day < n.day OR (b.day = n.day AND b.record_id <= n.record_id))
                ) ELSE CAST(SUM(n.amount) OVER (
                    PARTITION BY n.gate_id, n.card_id, CASE g.span WHEN 'each' THEN n.record_id
                        WHEN 'month' THEN n.month_no WHEN 'quarter' THEN n.quarter_no ELSE n.year_no END
                    ORDER BY n.day, n.record_id ROWS UNBOUNDED PRECEDING) AS bigint) END AS reached
                FROM sc_seen n
                JOIN assessments_gate g ON g.id = n.gate_id
                JOIN sc_card c ON c.id = n.card_id AND c.kind = %(kind)s
            ) t
            CROSS JOIN sc_date now
            WHERE now.day = %(last)s AND reached > most AND (in_run = 1
                OR (valid = 'year' AND t.year_no = now.year_no)
                OR (valid = 'quarter' AND t.quarter_no = now.quarter_no))
        ) u
        WHERE latest = 1
        """,
        kind=kind,
    )
    reckoning.analyze("assessments_gatefailure")
