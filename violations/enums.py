"""Values of the conduct ledger: the life of a record and of a rectification."""

from django.db import models


class RecordStatus(models.TextChoices):
    """记录状态: the life of a conduct record; the words are the same on every page and document."""

    DRAFT = "draft", "草稿"
    NOTIFIED = "notified", "待确认"
    STATED = "stated", "已陈述，待认定"
    CONFIRMED = "confirmed", "已确认"
    LAPSED = "lapsed", "逾期未提异议"
    DISMISSED = "dismissed", "不予认定"
    APPEALED = "appealed", "申诉中"
    APPEAL_REJECTED = "appeal_rejected", "申诉不成立"
    APPEAL_ALLOWED = "appeal_allowed", "申诉成立，已撤销"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return RECORD_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return RECORD_TONES[self][1]


S = RecordStatus
COUNTING = (S.CONFIRMED, S.LAPSED, S.APPEAL_REJECTED)
"""States in which a record counts in scores and bulletins."""
OPEN = (S.DRAFT, S.NOTIFIED, S.STATED, S.APPEALED)
"""States in which somebody still has to act."""
VOID = (S.DISMISSED, S.APPEAL_ALLOWED, S.WITHDRAWN)
"""States in which nothing is held against (or for) anybody."""
NEXT: dict[str, tuple[str, ...]] = {
    S.DRAFT: (S.NOTIFIED, S.CONFIRMED, S.DISMISSED, S.WITHDRAWN),
    S.NOTIFIED: (S.STATED, S.CONFIRMED, S.LAPSED, S.DISMISSED, S.WITHDRAWN),
    S.STATED: (S.CONFIRMED, S.DISMISSED, S.WITHDRAWN),
    S.CONFIRMED: (S.APPEALED, S.WITHDRAWN),
    S.LAPSED: (S.APPEALED, S.WITHDRAWN),
    S.APPEALED: (S.APPEAL_ALLOWED, S.APPEAL_REJECTED),
    S.APPEAL_REJECTED: (S.WITHDRAWN,),
    S.DISMISSED: (),
    S.APPEAL_ALLOWED: (),
    S.WITHDRAWN: (),
}
"""Which state may follow which. Undo within ten seconds goes one step back and is no entry here."""
RECORD_TONES = {
    S.DRAFT: ("", "doc"),
    S.NOTIFIED: ("warn", "clock"),
    S.STATED: ("info", "chat"),
    S.CONFIRMED: ("ok", "check"),
    S.LAPSED: ("ok", "check"),
    S.DISMISSED: ("", "x"),
    S.APPEALED: ("info", "chat"),
    S.APPEAL_REJECTED: ("bad", "warn"),
    S.APPEAL_ALLOWED: ("", "undo"),
    S.WITHDRAWN: ("", "undo"),
}


class RecordSource(models.TextChoices):
    """记录来源: by which inlet a record came in."""

    PATROL = "patrol", "巡查"
    LEADER = "leader", "带班巡查"
    ATTENDANCE = "attendance", "考勤"
    COMPLAINT = "complaint", "投诉"
    RATING = "rating", "差评"
    COVERT = "covert", "暗访"
    DEVICE = "device", "电子监察"
    PRAISE = "praise", "表扬"
    IMPORT = "import", "导入"
    MANUAL = "manual", "登记"


class StatementReason(models.TextChoices):
    """陈述理由: why the person concerned thinks otherwise."""

    AT_WORK = "at_work", "在谈工作"
    ON_LEAVE = "on_leave", "请假、公出"
    WRONG_PERSON = "wrong_person", "认错人"
    WRONG_CLAUSE = "wrong_clause", "细则用错"
    PUT_RIGHT = "put_right", "已当场改正"
    OTHER = "other", "其他"


class RectificationStatus(models.TextChoices):
    """整改状态: from the order to the recheck."""

    OPEN = "open", "待整改"
    SUBMITTED = "submitted", "待复查"
    DONE = "done", "已整改"
    RETURNED = "returned", "退回重改"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return RECTIFICATION_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return RECTIFICATION_TONES[self][1]


R = RectificationStatus
RECTIFICATION_NEXT: dict[str, tuple[str, ...]] = {
    R.OPEN: (R.SUBMITTED, R.DONE, R.WITHDRAWN),
    R.SUBMITTED: (R.DONE, R.RETURNED, R.WITHDRAWN),
    R.RETURNED: (R.SUBMITTED, R.DONE, R.WITHDRAWN),
    R.DONE: (),
    R.WITHDRAWN: (R.OPEN,),
}
"""An order is withdrawn with its record, and opens again if the record counts again."""
TO_ANSWER = (R.OPEN, R.RETURNED)
"""States in which the window has to act."""
RECTIFICATION_TONES = {
    R.OPEN: ("warn", "clock"),
    R.SUBMITTED: ("info", "clock"),
    R.DONE: ("ok", "check"),
    R.RETURNED: ("bad", "undo"),
    R.WITHDRAWN: ("", "undo"),
}


class StepKind(models.TextChoices):
    """整改过程的一步: a change of the state, or something arranged while it lasts."""

    STATUS = "status", "状态"
    PLAN = "plan", "整改计划"
    ASKED = "asked", "申请延期"
    GRANTED = "granted", "同意延期"
    REFUSED = "refused", "不同意延期"
    RECHECK = "recheck", "安排回头看"


class AppealStatus(models.TextChoices):
    """申诉结果: whether an appeal waits, and how it was decided."""

    WAITING = "waiting", "待裁定"
    ALLOWED = "allowed", "成立"
    REJECTED = "rejected", "不成立"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return APPEAL_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return APPEAL_TONES[self][1]


APPEAL_TONES = {
    AppealStatus.WAITING: ("info", "chat"),
    AppealStatus.ALLOWED: ("ok", "check"),
    AppealStatus.REJECTED: ("bad", "warn"),
}


class OverdueStep(models.TextChoices):
    """哪一步逾期: what somebody has not done in time."""

    DECIDE = "decide", "认定"
    REVIEW = "review", "申诉复核"
    RECTIFY = "rectify", "整改"
    RECHECK = "recheck", "整改复查"


class EscalationLevel(models.TextChoices):
    """告知哪一级: first who has to act, later the next above."""

    REMINDED = "reminded", "提醒"
    RAISED = "raised", "升级"
