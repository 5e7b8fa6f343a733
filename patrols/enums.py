"""Values of the patrols room."""

from django.db import models


class RoundKind(models.TextChoices):
    """轮次: which walk of the day a round is."""

    MORNING = "morning", "上午轮"
    AFTERNOON = "afternoon", "下午轮"
    LEADER = "leader", "带班巡查"
    RANDOM = "random", "随机轮"


class VisitResult(models.TextChoices):
    """查看结果: what came of standing before a window."""

    OK = "ok", "无问题"
    FINDING = "finding", "有问题"
    SKIPPED = "skipped", "未查"


class DutyKind(models.TextChoices):
    """值班种类: who keeps watch over the hall that day."""

    MANAGE = "manage", "管理值班"
    LEAD = "lead", "领导带班"
    UNIT = "unit", "单位值班"


class SwapStatus(models.TextChoices):
    """换班状态: what became of asking somebody to change days."""

    ASKED = "asked", "等对方答复"
    ACCEPTED = "accepted", "已换"
    REFUSED = "refused", "对方不换"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return {"asked": "warn", "accepted": "ok"}.get(self.value, "")

    @property
    def icon(self) -> str:
        """The sign of the state."""
        return {"asked": "clock", "accepted": "check"}.get(self.value, "dash")


VISIT_TONES = {
    VisitResult.OK: ("ok", "check"),
    VisitResult.FINDING: ("bad", "warn"),
    VisitResult.SKIPPED: ("", "dash"),
}


class CovertStatus(models.TextChoices):
    """暗访任务状态: from giving out to the supervision's decision."""

    OPEN = "open", "待暗访"
    REPORTED = "reported", "待审阅"
    RETURNED = "returned", "退回补充"
    ADOPTED = "adopted", "已采用"
    DISMISSED = "dismissed", "未采用"
    WITHDRAWN = "withdrawn", "已收回"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return COVERT_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return COVERT_TONES[self][1]


C = CovertStatus
COVERT_NEXT: dict[str, tuple[str, ...]] = {
    C.OPEN: (C.REPORTED, C.WITHDRAWN),
    C.REPORTED: (C.ADOPTED, C.RETURNED, C.DISMISSED),
    C.RETURNED: (C.REPORTED, C.WITHDRAWN),
    C.ADOPTED: (),
    C.DISMISSED: (),
    C.WITHDRAWN: (),
}
"""Which state may follow which; undo within ten seconds goes one step back and is no entry here."""
COVERT_TONES = {
    C.OPEN: ("warn", "clock"),
    C.REPORTED: ("info", "doc"),
    C.RETURNED: ("bad", "undo"),
    C.ADOPTED: ("ok", "check"),
    C.DISMISSED: ("", "x"),
    C.WITHDRAWN: ("", "undo"),
}


class QuestionKind(models.TextChoices):
    """题型: how a question of a score sheet is answered."""

    YES_NO = "yes_no", "是或否"
    POINTS = "points", "打分"


class NoteState(models.TextChoices):
    """走访随记: what became of a note."""

    WAITING = "waiting", "待处理"
    RECORDED = "recorded", "已记入台账"
    CLOSED = "closed", "已了结"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return NOTE_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return NOTE_TONES[self][1]


NOTE_TONES = {
    NoteState.WAITING: ("warn", "clock"),
    NoteState.RECORDED: ("info", "check"),
    NoteState.CLOSED: ("", "dash"),
}
