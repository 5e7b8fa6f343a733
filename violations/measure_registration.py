"""What measures show of themselves elsewhere: menu, to-do, cards, settings, job, file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.memo import remember
from accounts.options import Option, register_option
from accounts.registry import Card, MenuEntry, Todo, TodoSource, register_card, register_menu, register_todo
from trail.services.exports import register_export
from trail.services.jobs import register_job
from violations.lists import READERS
from violations.measure_lists import EXPORT
from violations.measure_permissions import DECIDE, DECIDE_GRAVE
from violations.models import Measure
from violations.services import measure_rules
from violations.services.measures import DUE_DAYS, HEARING_DAYS
from violations.todos import list_url, measures_to_handle, papers_to_write

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from accounts.models import Hall, User

GROUP = "问题与申诉"
CARD = "violations/_card_measures.html"
MOST = 10
WINDOW = "record.read_window"


def to_write(user: User, hall: Hall, now: datetime) -> Todo | None:
    """书面检查 to write; read together with the card of the same page, or with the orders of one's window."""
    if user.can(WINDOW, hall):
        count = papers_to_write(user, hall, now)
    else:
        count = sum(row.awaits_paper for row in own_measures(user, hall))
    if not count:
        return None
    url = list_url("measures", user, hall, status="write")
    return Todo(count, "书面检查", "在措施页里写好提交", url, key="measures_write")


def own_measures(user: User, hall: Hall) -> list[Measure]:
    """What is open about the person, the window or the unit's people; read once a page."""

    def find() -> list[Measure]:
        rows = Measure.objects.visible_to(user).filter(hall=hall).unfinished().for_list()
        return list(rows.with_paper(user).order_by("-pk")[:MOST])

    return remember(("own measures", user.pk, hall.pk), find)


def card(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """措施: what is open."""
    rows = own_measures(request.user, hall)
    if not rows:
        return None
    return {"measures": rows, "measures_url": list_url("measures", request.user, hall, status="open_all")}


def own_card(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """As `card`; who heads a window finds his own among those of the window, on its page."""
    return None if request.user.can(WINDOW, hall) else card(request, hall)


def register() -> None:
    """Called once at start."""
    register_option(
        Option(HEARING_DAYS, "措施陈述期限", 2, group=GROUP, unit="工作日", minimum=1, maximum=30)
    )
    register_option(Option(DUE_DAYS, "措施办结期限", 5, group=GROUP, unit="工作日", minimum=1, maximum=60))
    register_menu(
        MenuEntry(
            "measures",
            "措施",
            "/measures/",
            "flag",
            "督办",
            44,
            READERS,
            todos=("measures_handle", "measures_write"),
        )
    )
    register_todo(TodoSource("measures_handle", (DECIDE, DECIDE_GRAVE), measures_to_handle))
    register_todo(TodoSource("measures_write", ("record.read_own",), to_write))
    register_card(Card("me", "measures", 45, CARD, own_card, ("record.read_own",)))
    for page, allowed in (("window", WINDOW), ("unit", "record.read_unit")):
        register_card(Card(page, "measures", 45, CARD, card, (allowed,)))
    register_job(measure_rules.JOB)
    register_export(EXPORT)
