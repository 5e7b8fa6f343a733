"""The days a run may look at: their weeks, months and years, and each hall's working-day numbers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

LOOK_BACK = timedelta(days=1500)
"""Further than any count reaches, also from a record that came to count years late."""


def lay_out_dates(reckoning: Reckoning) -> None:
    """Each day with its week, month, quarter, half-year and year, counted through."""
    first = reckoning.first - LOOK_BACK
    span = (reckoning.last - first).days + 1
    rows = ", ".join(_day(first + timedelta(days=number)) for number in range(span))
    reckoning.do(f"INSERT INTO sc_date VALUES {rows}")
    reckoning.params["calendar"] = first.isoformat()


def lay_out_days(reckoning: Reckoning) -> None:
    """The working-day number of each day in each hall, from the first day that is looked at.

    Days off share the number of the working day before them; the hall's own calendar entries win.
    """
    if "sc_fact" not in reckoning.filled and not reckoning.rules.has_gate("acts"):
        return
    reckoning.params["from_day"] = _first_day(reckoning)
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
            JOIN sc_date d ON d.day >= %(from_day)s
            LEFT JOIN (
                SELECT s.hall_id, c.day, c.kind, ROW_NUMBER() OVER (
                    PARTITION BY s.hall_id, c.day ORDER BY COALESCE(LENGTH(a.path), 0) DESC) AS distance
                FROM sc_hall s
                JOIN accounts_hall mine ON mine.id = s.hall_id
                JOIN windows_calendarday c ON c.day >= %(from_day)s AND c.day <= %(last)s
                LEFT JOIN accounts_hall a ON a.id = c.hall_id
                WHERE c.hall_id IS NULL OR SUBSTR(mine.path, 1, LENGTH(a.path)) = a.path
            ) e ON e.hall_id = h.hall_id AND e.day = d.day AND e.distance = 1
        ) t
        """
    )
    reckoning.analyze("sc_day")


def _first_day(reckoning: Reckoning) -> str:
    """As far back as a fact lies, or as a gate of the run looks; the end of the period if there are none."""
    gates = """
        SELECT MAX(CASE WHEN g.days > 66 THEN 2 ELSE 1 END) FROM assessments_gateact a
        JOIN assessments_gate g ON g.id = a.gate_id
        WHERE g.scheme_id IN (SELECT DISTINCT scheme_id FROM sc_card)
    """
    looks = {None: "last", 1: "since_year", 2: "far_back"}[reckoning.ask(gates)]
    earliest = reckoning.ask("SELECT MIN(day) FROM sc_fact")
    return min(str(reckoning.params[looks]), str(earliest or reckoning.params["last"]))


def _day(day: date) -> str:
    number, month, year = day.toordinal(), day.year * 12 + day.month, day.year
    quarter, half = (day.month - 1) // 3, (day.month - 1) // 6
    week = (number - 1) // 7
    numbers = (day.weekday(), number, week, month, year * 4 + quarter, year * 2 + half, year)
    return f"('{day.isoformat()}', {', '.join(map(str, numbers))})"
