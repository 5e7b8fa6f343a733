"""Values of the attendance room."""

from django.db import models


class PunchSource(models.TextChoices):
    """打卡来源: by which way a punch came in."""

    FILE = "file", "考勤机文件"
    DEVICE = "device", "考勤机"


class Half(models.TextChoices):
    """半天: the half days a day is counted in."""

    AM = "am", "上午"
    PM = "pm", "下午"


class LeaveKind(models.TextChoices):
    """请假种类: why somebody needs no punch; an outing on duty is no leave."""

    PERSONAL = "personal", "事假"
    SICK = "sick", "病假"
    ANNUAL = "annual", "年休假"
    OFFICIAL = "official", "公假"
    MARRIAGE = "marriage", "婚假"
    MATERNITY = "maternity", "产假"
    PATERNITY = "paternity", "陪产假"
    BEREAVEMENT = "bereavement", "丧假"
    FAMILY_VISIT = "family_visit", "探亲假"
    IN_LIEU = "in_lieu", "补休"
    OUTING = "outing", "因公外出"


class Outcome(models.TextChoices):
    """考勤结果: what a half day was, the weightiest first when several apply."""

    LEAVE = "leave", "请假"
    OUTING = "outing", "因公外出"
    ABSENCE = "absence", "旷工"
    MISSED = "missed", "缺卡"
    LATE = "late", "迟到"
    EARLY = "early", "早退"
    PRESENT = "present", "正常"
    REST = "rest", "休息"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return OUTCOME_LOOK[self][0]

    @property
    def icon(self) -> str:
        """The sign in its pill."""
        return OUTCOME_LOOK[self][1]

    @property
    def mark(self) -> str:
        """One character for a cell of the calendar."""
        return OUTCOME_LOOK[self][2]


OUTCOME_LOOK = {
    Outcome.LEAVE: ("info", "leave", "假"),
    Outcome.OUTING: ("info", "right", "外"),
    Outcome.ABSENCE: ("bad", "x", "旷"),
    Outcome.MISSED: ("warn", "warn", "缺"),
    Outcome.LATE: ("warn", "clock", "迟"),
    Outcome.EARLY: ("warn", "clock", "早"),
    Outcome.PRESENT: ("ok", "check", "到"),
    Outcome.REST: ("", "dash", "休"),
}
ANOMALIES = (Outcome.ABSENCE, Outcome.MISSED, Outcome.LATE, Outcome.EARLY)
"""Outcomes that somebody has to look at."""


class Tier(models.TextChoices):
    """迟到早退档次: how late or early; the minutes that part them are settings of the hall."""

    NONE = "", "无"
    SMALL = "small", "轻微"
    MIDDLE = "middle", "较重"
    HALF_DAY = "half_day", "按旷工半天"


class Presence(models.TextChoices):
    """到岗情况: where somebody stands at this moment."""

    PRESENT = "present", "到岗"
    AWAY = "away", "请假、外出"
    NO_PUNCH = "no_punch", "未打卡"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return {"present": "ok", "away": "info", "no_punch": "warn"}[self.value]

    @property
    def icon(self) -> str:
        """The sign in its pill."""
        return {"present": "check", "away": "leave", "no_punch": "clock"}[self.value]
