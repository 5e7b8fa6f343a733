"""Values of the patrols room."""

from django.db import models


class RoundKind(models.TextChoices):
    """轮次: which walk of the day a round is."""

    MORNING = "morning", "上午轮"
    AFTERNOON = "afternoon", "下午轮"
    LEADER = "leader", "带班巡查"


class VisitResult(models.TextChoices):
    """查看结果: what came of standing before a window."""

    OK = "ok", "无问题"
    FINDING = "finding", "有问题"
    SKIPPED = "skipped", "未查"


VISIT_TONES = {
    VisitResult.OK: ("ok", "check"),
    VisitResult.FINDING: ("bad", "warn"),
    VisitResult.SKIPPED: ("", "dash"),
}
