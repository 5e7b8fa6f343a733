"""今日 today: the round of the moment, how far it is, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.registry import Found, Hits
from accounts.searching import as_number, hits
from accounts.words import time_words
from patrols.duty_cards import off_rota_names
from patrols.enums import RoundKind
from patrols.models import Round
from patrols.permissions import may_walk
from patrols.presenters import RoundPage, hall_zones
from patrols.services.rounds import day_plan

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Hall, User
    from patrols.services.rounds import DayPlan


def today_card(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """The round shown on /today/: the own open one, any open one, else the last of the day."""
    plan = day_plan(hall, timezone.localdate())
    shown = _shown(plan, request)
    walks = may_walk(request.user, hall)
    due = plan.missing[0] if plan.missing else ""
    context: dict[str, Any] = {
        "plan": plan,
        "due": RoundKind(due) if due and walks and not plan.open_of(request.user) else None,
        "steps": _steps(plan),
        "shown": shown,
        "hall": hall,
        "on_duty": off_rota_names(request.user, hall, plan.day) if walks and due else [],
    }
    if shown is not None:
        context |= _progress(shown, request)
    return context


def _shown(plan: DayPlan, request: HttpRequest) -> Round | None:
    still_open = [round_ for round_ in plan.rounds if round_.is_open]
    return plan.open_of(request.user) or next(iter(still_open), None) or next(reversed(plan.rounds), None)


def _progress(round_: Round, request: HttpRequest) -> dict[str, Any]:
    page = RoundPage(round_, request.user, states_only=True)
    is_mine = round_.is_open and round_.officer_id == request.user.pk
    following = page.next_stop if round_.is_open else None
    url = f"/patrol/{round_.pk}/" if is_mine else round_.get_absolute_url()
    found = sum(bool(stop.found) for stop in page.stops)
    return {
        "page": page,
        "is_mine": is_mine,
        "following": following,
        "zones": hall_zones(page.stops, url, following.window.code if following else ""),
        "minutes": int((timezone.now() - round_.started_at).total_seconds()) // 60,
        "found": found,
        "ok": page.done - found,
        "left": len(page.stops) - page.done,
        "findings": len(page.findings),
    }


def _steps(plan: DayPlan) -> list[dict[str, Any]]:
    """上午轮, 下午轮, 带班巡查: each as done, running or to come."""
    called = [RoundKind.RANDOM.value] if plan.waiting_call else []
    kinds = list(dict.fromkeys([*plan.due, *called, *(round_.kind for round_ in plan.rounds)]))
    kinds.sort(key=RoundKind.values.index)
    return [_step(RoundKind(kind), plan.of_kind(kind)) for kind in kinds]


def _step(kind: RoundKind, walked: list[Round]) -> dict[str, Any]:
    if not walked:
        return {"state": "", "title": kind.label, "text": "还没有人巡查"}
    last = walked[-1]
    if last.is_open:
        text, state = f"{time_words(last.started_at)} 开始", "now"
    else:
        text, state = f"{time_words(last.started_at)}–{time_words(last.finished_at)}", "done"
    found = f"{last.found} 个问题" if last.found else "没有发现问题"
    return {
        "state": state,
        "title": kind.label,
        "text": text,
        "text2": f"{last.walker}，{found}",
        "url": last.get_absolute_url(),
    }


ROUND_NUMBER = r"XC-?[\d-]*"


def find_rounds(user: User, words: str, limit: int) -> Hits:
    """Rounds by number: XC-…; nothing is asked for other words."""
    number = as_number(words)
    if not re.fullmatch(ROUND_NUMBER, number):
        return Hits()
    rows = Round.objects.visible_to(user).filter(number__icontains=number).order_by("-pk")
    return hits(rows, limit, lambda r: Found(str(r), "", r.get_absolute_url(), is_exact=r.number == number))
