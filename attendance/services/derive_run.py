"""重新计算考勤 as a long run."""

from __future__ import annotations

from attendance.services.deriving import derive_month
from attendance.services.months import month_of
from trail.services.runs import Outcome, RunKind, Work

NAME = "derive_attendance"


def do(work: Work) -> Outcome:
    """Derive the month named by `params["month"]`, "2026-10", from the facts that are there now."""
    month = month_of(work.params["month"])
    derived = derive_month(hall=work.hall, month=month, by=work.by, progress=work.progress)
    return Outcome(
        f"已重新计算 {len(derived.by_staff)} 人，有 {derived.changed} 个半天的结果有变动。",
        url=f"/attendance/months/{month:%Y-%m}/?hall={work.hall.code}",
        detail={"changed": derived.changed, "totals": derived.totals},
    )


KIND = RunKind(NAME, "重新计算考勤", ("attendance.verify",), do, unit="人")
