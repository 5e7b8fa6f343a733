"""What the pages of a round show: the route with its states, who sits where, what may be noted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import F, FilteredRelation
from django.urls import reverse
from django.utils import timezone

from accounts.words import plain_number, time_words
from patrols.act_menu import TOP, ActChoice, act_choices
from patrols.enums import VISIT_TONES, VisitResult
from patrols.models import Round, Visit
from patrols.services.rounds import route_of
from violations.models import Rectification
from violations.repeats import NOTHING_NEAR, Nearby, nearby, nth_time, repeat_days
from windows.absences import away_at
from windows.querysets import during

if TYPE_CHECKING:
    from accounts.models import User
    from violations.models import ConductRecord
    from windows.models import Window


@dataclass
class Person:
    """Somebody posted at a window; `away` says why he cannot be chosen (请假)."""

    pk: int
    name: str
    away: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the script."""
        return {"id": self.pk, "name": self.name, "away": self.away}


@dataclass
class Stop:
    """A window on the route: who sits there and what came of it in this round."""

    window: Window
    people: list[Person] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """Kept by the walker's own unit."""
        return bool(getattr(self.window, "is_own", False))

    @property
    def found(self) -> int:
        """Findings that stand."""
        return sum(visit.result == VisitResult.FINDING for visit in self.visits)

    @cached_property
    def state(self) -> str:
        """The heaviest result: finding, ok, skipped; empty when nobody stood there."""
        results = {visit.result for visit in self.visits}
        ranked = (VisitResult.FINDING, VisitResult.OK, VisitResult.SKIPPED)
        return next((result for result in ranked if result in results), "")

    @property
    def is_done(self) -> bool:
        """Looked at."""
        return self.state in (VisitResult.OK, VisitResult.FINDING)

    @property
    def words(self) -> str:
        """The state in words, as the pill says it."""
        if self.state == VisitResult.FINDING:
            return f"{self.found} 个问题"
        if self.state:
            return str(VisitResult(self.state).label)
        return "回避" if self.is_own else "未查"

    @property
    def tone(self) -> str:
        """Colour of the pill."""
        return VISIT_TONES[VisitResult(self.state)][0] if self.state else ""

    @property
    def icon(self) -> str:
        """Sign of the pill."""
        return VISIT_TONES[VisitResult(self.state)][1] if self.state else "dash"

    @property
    def reason(self) -> str:
        """Why nobody stood there."""
        return next((visit.reason for visit in self.visits if visit.reason), "")

    @property
    def only_person(self) -> Person | None:
        """The one person present, who is chosen beforehand."""
        present = [person for person in self.people if not person.away]
        return present[0] if len(present) == 1 else None

    def as_json(self) -> dict[str, Any]:
        """For the script."""
        return {
            "id": self.window.pk,
            "code": self.window.code,
            "name": self.window.name,
            "unit": self.window.department.name,
            "own": self.is_own,
            "state": self.state,
            "found": self.found,
            "people": [person.as_json() for person in self.people],
        }


class RoundPage:
    """The phone page and the summary of one round, read in a fixed number of queries.

    With `states_only` it is no more than a map: each window with its state, without findings to open.
    """

    def __init__(
        self,
        round_: Round,
        user: User,
        code: str = "",
        *,
        with_people: bool = False,
        states_only: bool = False,
    ) -> None:
        self.round, self.user = round_, user
        self._code, self._with_people, self._states_only = code, with_people, states_only

    @cached_property
    def stops(self) -> list[Stop]:
        """All windows in walking order, for the phone with the people posted there; one query."""
        visits: dict[int, list[Visit]] = defaultdict(list)
        for visit in self.visits:
            visits[visit.window_id].append(visit)
        if self._states_only:
            plain = route_of(self.round, self.user).select_related(None).only("code", "name", "floor", "zone")
            return [Stop(row, [], visits[row.pk]) for row in plain]
        if not self._with_people:
            return [Stop(row, [], visits[row.pk]) for row in route_of(self.round, self.user)]
        away = away_at(self.round.hall, timezone.now())
        stops: dict[int, Stop] = {}
        for row in self._posted_windows():
            stop = stops.setdefault(row.pk, Stop(row, [], visits[row.pk]))
            if row.sitter:
                stop.people.append(Person(row.sitter, row.sitter_name, away.get(row.sitter, "")))
        return list(stops.values())

    def _posted_windows(self) -> Any:
        """Each window once for each person posted there that day, or once alone."""
        day = self.round.day
        posted = FilteredRelation("postings", condition=during(day, day, "postings__"))
        rows = route_of(self.round, self.user).annotate(posted=posted)
        rows = rows.annotate(sitter=F("posted__staff"), sitter_name=F("posted__staff__name"))
        return rows.order_by("floor", "sort", "code", F("posted__is_chief").desc(), "posted__staff__no")

    @cached_property
    def visits(self) -> list[Visit]:
        """The taps that stand, in order."""
        live = Visit.objects.live().filter(round=self.round)
        return list(live.for_states() if self._states_only else live.with_finding())

    @cached_property
    def findings(self) -> list[Visit]:
        """Taps with a finding, the newest first."""
        return [visit for visit in reversed(self.visits) if visit.result == VisitResult.FINDING]

    @cached_property
    def current(self) -> Stop | None:
        """The window the address names, else the first one not looked at."""
        asked = next((s for s in self.stops if s.window.code == self._code), None)
        return asked or self.next_stop or (self.stops[0] if self.stops else None)

    @cached_property
    def next_stop(self) -> Stop | None:
        """The next window not looked at: after the last one looked at, and around the end."""
        return self.after(self.visits[-1].window.code if self.visits else "")

    def after(self, code: str) -> Stop | None:
        """The next window not looked at after the one of this number."""
        codes = [stop.window.code for stop in self.stops]
        at = codes.index(code) + 1 if code in codes else 0
        ahead = self.stops[at:] + self.stops[:at]
        return next(
            (s for s in ahead if not s.state and not s.is_own and s.window.code != code),
            None,
        )

    @property
    def neighbours(self) -> tuple[Stop | None, Stop | None]:
        """The windows before and after the current one on the route."""
        if self.current is None:
            return None, None
        at = self.stops.index(self.current)
        return (
            self.stops[at - 1] if at else None,
            self.stops[at + 1] if at + 1 < len(self.stops) else None,
        )

    @cached_property
    def rechecks(self) -> list[Rectification]:
        """回头看: what windows have put right and this round is to look at."""
        rows = Rectification.objects.to_look_at(self.user, self.round.hall, self.round.day)
        return list(rows.for_list().order_by("due_on", "pk"))

    @property
    def done(self) -> int:
        """Windows looked at."""
        return sum(stop.is_done for stop in self.stops)

    @property
    def missed(self) -> list[Stop]:
        """Windows that need a reason before the round is closed."""
        return [stop for stop in self.stops if not stop.is_done and not stop.is_own]

    @cached_property
    def choices(self) -> list[ActChoice]:
        """What may be noted."""
        return act_choices(self.round.hall, self.round.day)

    @cached_property
    def top(self) -> list[ActChoice]:
        """The first screen: deductions most used in the hall."""
        return [choice for choice in self.choices if not choice.act.is_bonus][:TOP]

    @cached_property
    def more(self) -> list[dict[str, Any]]:
        """All others, by whom they concern, bonuses last."""
        rest = [choice for choice in self.choices if choice not in self.top]
        groups: dict[str, list[ActChoice]] = defaultdict(list)
        for choice in rest:
            groups["加分" if choice.act.is_bonus else choice.act.get_subject_display()].append(choice)
        order = ["人员", "窗口", "派驻单位", "加分"]
        return [{"title": title, "choices": groups[title]} for title in order if groups[title]]

    @property
    def more_count(self) -> int:
        """How many 更多 opens."""
        return sum(len(group["choices"]) for group in self.more)

    @cached_property
    def points(self) -> dict[int, ActChoice]:
        """What each act costs."""
        return {choice.act.pk: choice for choice in self.choices}

    def line(self, visit: Visit) -> dict[str, Any]:
        """A finding as the list of the round shows it."""
        finding = visit.finding
        choice = self.points.get(finding.act_id)
        return {
            "uuid": str(visit.client_uuid),
            "window": visit.window_id,
            "title": f"{visit.window.code} {finding.who} · {finding.act.short_name}",
            "text": "，".join(
                [
                    f"{time_words(visit.at)}{_cost(choice)}",
                    f"照片 {visit.photo_count}",  # type: ignore[attr-defined]
                    *self._again(finding.record),
                ]
            ),
            "url": finding.record.get_absolute_url(),
        }

    def _again(self, record: ConductRecord) -> list[str]:
        """That it happened here before, and that somebody else may have noted the same."""
        near = self._nearby.get(record.pk, NOTHING_NEAR)
        words = []
        if near.repeats:
            words.append(f"{repeat_days(self.round.hall)} 天内第 {nth_time(record, near.repeats)} 次")
        if near.doubles:
            words.append(f"可能与 {near.doubles[0].number} 重复登记")
        return words

    @cached_property
    def _nearby(self) -> dict[int, Nearby]:
        records = [visit.finding.record for visit in self.findings]
        for record in records:
            record.hall = self.round.hall
        return nearby(records, self.user)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The findings of the round, the newest first."""
        return [self.line(visit) for visit in self.findings]

    def as_json(self) -> dict[str, Any]:
        """Everything the script needs to walk the whole round without the server."""
        return {
            "round": {
                "id": self.round.pk,
                "title": self.round.get_kind_display(),
                "open": self.round.is_open,
            },
            "urls": {
                "page": reverse("patrols:round", args=[self.round.pk]),
                "done": reverse("patrols:done", args=[self.round.pk]),
                "visits": reverse("api:visit-list"),
            },
            "now": timezone.now().isoformat(),
            "windows": [stop.as_json() for stop in self.stops],
            "acts": {str(choice.act.pk): choice.as_json() for choice in self.choices},
            "log": self.log,
        }


def _cost(choice: ActChoice | None) -> str:
    if choice is None or not choice.points:
        return ""
    verb = "加" if choice.points > 0 else "扣"
    whom = "" if choice.act.subject == "staff" else choice.act.get_subject_display()
    return f"，{verb}{whom} {plain_number(abs(choice.points))} 分"


def hall_zones(stops: list[Stop], url: str, current: str = "") -> list[dict[str, Any]]:
    """The hall map: windows by floor and zone with the state of each."""
    zones: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stop in stops:
        code = stop.window.code
        state = {VisitResult.OK: "ok", VisitResult.FINDING: "bad"}.get(stop.state, "")  # type: ignore[call-overload]
        is_next = not state and code == current
        zones[" ".join(filter(None, (stop.window.floor, stop.window.zone))) or "窗口"].append(
            {
                "code": code,
                "url": f"{url}?w={code}",
                "state": "now" if is_next else state,
                "words": "下一个" if is_next else (f"已查，{stop.words}" if state else stop.words),
            }
        )
    return [{"title": title, "windows": windows} for title, windows in zones.items()]
