"""A measure's page: what it is about, what was done, and what this person may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from violations.measure_enums import MeasureStatus
from violations.measure_forms import CloseForm, DecideForm, DeclineForm, HandInForm, ReturnForm, SayForm
from violations.measure_permissions import handle_objection, is_about
from violations.models import ConductRecord
from violations.rule_enums import MeasureKind

if TYPE_CHECKING:
    from django.forms import Form

    from accounts.models import User
    from violations.models import Measure

ACTS: dict[str, tuple[str, type[Form]]] = {
    "say": ("陈述", SayForm),
    "hand_in": ("提交书面检查", HandInForm),
    "decide": ("决定采取", DecideForm),
    "decline": ("不采取", DeclineForm),
    "return": ("退回书面检查", ReturnForm),
    "close": ("办结", CloseForm),
}


def acts_open_to(measure: Measure, user: User) -> list[str]:
    """What this person may do now."""
    state, review = measure.status, measure.kind == MeasureKind.SELF_REVIEW
    names = []
    if is_about(user, measure):
        if state == MeasureStatus.PROPOSED and timezone.localdate() <= measure.heard_until:
            names.append("say")
        if state == MeasureStatus.DECIDED and review:
            names.append("hand_in")
    if handle_objection(user, measure):
        return names
    if state == MeasureStatus.PROPOSED:
        names += ["decide", "decline"]
    if state == MeasureStatus.HANDED_IN:
        names += ["close", "return"]
    if state == MeasureStatus.DECIDED and not review:
        names.append("close")
    return names


def measure_page(measure: Measure, user: User, wrong: dict[str, Form]) -> dict[str, Any]:
    """The context of the page; `wrong` is a form that was sent and has errors."""
    records = ConductRecord.objects.visible_to(user).filter(measures=measure).for_list()
    names = [*acts_open_to(measure, user)]
    names += [name for name in wrong if name not in names]
    return {
        "measure": measure,
        "records": records.order_by("at", "pk"),
        "steps": [
            {
                "text": f"{step.by.name if step.by else '系统'}{step.get_event_display()}",
                "at": step.at,
                "note": step.words,
            }
            for step in measure.steps.select_related("by").order_by("-pk")
        ],
        "acts": [
            {
                "name": name,
                "title": ACTS[name][0],
                "url": f"{measure.get_absolute_url()}{name.replace('_', '-')}/",
                "form": wrong.get(name) or ACTS[name][1](prefix=None, auto_id=f"id_{name}_%s"),
            }
            for name in names
        ],
        "form": next(iter(wrong.values()), None),
    }
