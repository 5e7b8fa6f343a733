"""值班日志: who was on duty says what was seen and done; with it the day counts as attended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.versions import Facts, facts_of, require_unchanged
from patrols.duty_permissions import may_log
from patrols.models import DutyDay
from patrols.services.brief import LOG_DAYS
from trail.services import audit

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

FIELDS = ("present_name", "seen", "done")


def log_facts(duty: DutyDay) -> Facts:
    """What the form of the log edits."""
    return facts_of(duty, FIELDS)


def log_rows(duty: DutyDay) -> list[QuerySet[Any]]:
    """The row a log is written on, for 撤销."""
    return [DutyDay.objects.filter(pk=duty.pk)]


def log_objection(user: User, duty: DutyDay) -> str:
    """Why this person may not write the log now; empty when he may."""
    if not may_log(user, duty):
        return "值班日志由值班人自己写，单位值班由本单位联系人写，大厅管理员可以代为登记。"
    today = timezone.localdate()
    if duty.day > today:
        return "还没有到这一天，值班当天再写。"
    days = duty.hall.option(LOG_DAYS)
    if (today - duty.day).days > days:
        return f"已经过了 {days} 天，不能再补写值班日志。"
    return ""


@transaction.atomic
def write_log(
    *, duty: DutyDay, seen_words: str, done: str, present_name: str = "", by: User, seen: str = ""
) -> DutyDay:
    """Write the log of a day, or write it anew. Raises ChangedMeanwhile when it is not what `seen` says."""
    rows = DutyDay.objects.select_related("hall", "department", "user").select_for_update(of=("self",))
    duty = rows.get(pk=duty.pk)
    objection = log_objection(by, duty)
    if objection:
        raise NotPermitted(objection) if not may_log(by, duty) else Refused(objection, code="log_closed")
    if not seen_words.strip():
        raise Refused("请写看到的情况；一切正常就写“正常”。", code="words_missing", status=422)
    if duty.is_unit and not present_name.strip():
        raise Refused("请写是哪位领导到场值班。", code="words_missing", status=422)
    before = log_facts(duty)
    require_unchanged(before, seen)
    duty.present_name = present_name.strip() if duty.is_unit else ""
    duty.seen, duty.done = seen_words.strip(), done.strip()
    duty.logged_by, duty.logged_at = by, duty.logged_at or timezone.now()
    duty.save(update_fields=[*FIELDS, "logged_by", "logged_at"])
    after = log_facts(duty)
    if after != before:
        audit.record("duty.logged", target=duty, by=by, before=before, after=after)
    return duty
