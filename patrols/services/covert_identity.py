"""查看身份: who went on a covert visit, told to the supervision on an appeal only, and each look is a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.errors import NotPermitted, Refused
from patrols.services.covert import inspector_of, require_overseer, tell_inspector
from trail.services import audit
from violations.models import Appeal

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from patrols.models import CovertTask

LOOKED = "covert.identity_opened"


def appeals_of(task: CovertTask) -> QuerySet[Appeal]:
    """Appeals against records that were handed over from the task."""
    rows = Appeal.objects.standing().filter(record__covert_answer__report__task=task)
    return rows.select_related("record__act", "record__staff", "record__window", "record__hall")


@transaction.atomic
def open_identity(*, task: CovertTask, appeal: int, reason: str, by: User) -> User:
    """Who went: for the supervision, on an appeal, for a reason. The row that tells of it names nobody.

    The volunteer is told that somebody looked.
    """
    require_overseer(by, task)
    reason = reason.strip()[:200]
    if not reason:
        raise Refused("请写明为什么要看身份。", code="no_reason", status=422)
    found = appeals_of(task).filter(pk=appeal).first()
    if found is None:
        raise NotPermitted("只有当事人对这次暗访的记录提出申诉后，才能查看监督员身份。")
    inspector = inspector_of(task)
    audit.record(LOOKED, target=task, by=by, after={"appeal": found.number}, reason=reason)
    if inspector is None:
        raise Refused("监督员身份打不开，请联系系统管理员核对密钥。", code="unprocessable")
    tell_inspector(task, "因申诉，纪检监察查看了你的身份")
    return inspector
