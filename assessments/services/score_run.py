"""重算 as a long run: a person orders a month to be scored and need not wait."""

from __future__ import annotations

from accounts.words import month_words
from assessments.services.changes import changes_of, run_before
from assessments.services.months import as_json, month_of_words, score_month
from trail.services.runs import Outcome, RunKind, Work

NAME = "score_month"


def do(work: Work) -> Outcome:
    """Score the month named by `params["month"]`, "2026-10"."""
    month = month_of_words(work.params["month"])
    row = score_month(hall=work.hall, month=month, by=work.by, progress=work.progress)
    counts = as_json(row)
    again = run_before(row) is not None
    changed = f"与上次计算相比 {len(changes_of(row))} 个有变化。" if again else ""
    size = f"{counts['staff']} 人，{counts['windows']} 个窗口"
    return Outcome(
        f"{month_words(row.month)}已计算：{size}。{changed}核对后发布。",
        url=f"{row.get_absolute_url()}{'changes/' if again else ''}?hall={work.hall.code}",
        detail=counts,
    )


KIND = RunKind(NAME, "计算月度考核", ("assess.score",), do, unit="步")
