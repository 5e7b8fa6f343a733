"""Words of a long run for its card and its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from accounts import words
from trail.enums import LongRunStatus
from trail.services.runs import find_run_kind

if TYPE_CHECKING:
    from datetime import timedelta

    from trail.models import LongRun

WAITING = "正在排队，马上开始。可以离开本页，好了通知你。"
STOPPING = "正在停下，已做的会全部撤回。"


@dataclass(frozen=True)
class RunCard:
    """What `components/job.html` shows of a run."""

    title: str
    text: str
    done: int
    total: int | None
    is_running: bool
    cancel_url: str = ""
    result_url: str = ""


def run_card(run: LongRun) -> RunCard:
    """The run as a card: 1,204/5,000 行，约 20 秒."""
    return RunCard(
        title=run.title,
        text=run_words(run),
        done=run.done,
        total=run.total,
        is_running=not run.is_over,
        cancel_url="" if run.is_over or run.cancel_asked_at else reverse("trail:run_cancel", args=[run.pk]),
        result_url=reverse("trail:run_file", args=[run.pk]) if run.result_id else "",
    )


def run_words(run: LongRun) -> str:
    """One line on how far it is, or what came of it."""
    if run.is_over:
        return run.words + _kept_words(run)
    if run.cancel_asked_at:
        return STOPPING
    if run.status == LongRunStatus.WAITING:
        return WAITING
    parts = [run.step or "正在进行", _count_words(run), _left_words(run.time_left())]
    return "，".join(part for part in parts if part) + "。可以离开本页，好了通知你。"


def _kept_words(run: LongRun) -> str:
    if run.result_id and run.expires_at:
        return f"文件保留到 {words.day_words(run.expires_at)}。"
    return "文件已过期删除，请重新做一次。" if run.expires_at else ""


def _count_words(run: LongRun) -> str:
    try:
        unit = find_run_kind(run.kind).unit
    except KeyError:
        unit = "行"
    if run.total:
        return f"{min(run.done, run.total):,}/{run.total:,} {unit}"
    return f"已处理 {run.done:,} {unit}" if run.done else ""


def _left_words(left: timedelta | None) -> str:
    if left is None:
        return ""
    seconds = left.total_seconds()
    if seconds < 60:
        return f"约 {max(5, -(-int(seconds) // 5) * 5)} 秒"
    return f"约 {words.span_words(left)}"
