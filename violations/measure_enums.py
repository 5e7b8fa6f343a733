"""Words of measures: their states, and what happened to them."""

from django.db import models


class MeasureStatus(models.TextChoices):
    """措施状态: from the proposal to the end."""

    PROPOSED = "proposed", "待决定"
    DECIDED = "decided", "已决定"
    HANDED_IN = "handed_in", "待审阅"
    CLOSED = "closed", "已办结"
    DECLINED = "declined", "不采取"
    WITHDRAWN = "withdrawn", "已撤销"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return TONES[self][1]


class MeasureEvent(models.TextChoices):
    """措施过程: what was done, as the page tells it."""

    PROPOSED = "proposed", "提出了这项措施"
    SAID = "said", "作了陈述"
    DECIDED = "decided", "决定采取这项措施"
    HANDED_IN = "handed_in", "提交了书面检查"
    RETURNED = "returned", "退回了书面检查"
    CLOSED = "closed", "办结了这项措施"
    DECLINED = "declined", "决定不采取"
    WITHDRAWN = "withdrawn", "所依据的记录不再够数，提议撤销"


S = MeasureStatus
MEASURE_NEXT: dict[str, tuple[str, ...]] = {
    S.PROPOSED: (S.DECIDED, S.DECLINED, S.WITHDRAWN),
    S.DECIDED: (S.HANDED_IN, S.CLOSED),
    S.HANDED_IN: (S.DECIDED, S.CLOSED),
    S.CLOSED: (),
    S.DECLINED: (),
    S.WITHDRAWN: (),
}
UNFINISHED = (S.PROPOSED, S.DECIDED, S.HANDED_IN)
TONES = {
    S.PROPOSED: ("warn", "clock"),
    S.DECIDED: ("info", "clock"),
    S.HANDED_IN: ("info", "clock"),
    S.CLOSED: ("ok", "check"),
    S.DECLINED: ("", "check"),
    S.WITHDRAWN: ("", "undo"),
}
