"""考核月 assessment month: open, scored, published; and the decisions people take about its honours."""

from django.conf import settings
from django.db import models

from accounts import clock
from accounts.links import link_to
from accounts.models import Changed, Hall
from assessments.enums import MonthStatus
from assessments.models.results import Run, period_slug
from assessments.querysets import DecisionQuerySet, MonthQuerySet
from violations.models import RulebookVersion
from violations.rule_enums import Period, Subject


class AssessmentMonth(Changed):
    """考核月（季、半年、年）: one period of one hall, named by its first day.

    `run` is the reckoning that counts; its cards are the result.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="assessment_months")
    month = models.DateField("月份")
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    status = models.CharField("状态", max_length=10, choices=MonthStatus, default=MonthStatus.OPEN)
    run = models.ForeignKey(
        Run, models.PROTECT, verbose_name="计算", related_name="months", null=True, blank=True
    )
    version = models.ForeignKey(
        RulebookVersion, models.PROTECT, verbose_name="制度版本", related_name="+", null=True, blank=True
    )
    scored_at = models.DateTimeField("计算时间", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="发布人",
        null=True,
        blank=True,
        related_name="+",
    )
    sha256 = models.CharField("校验值", max_length=64, blank=True, editable=False)

    objects = MonthQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核月"
        ordering = ["-month", "hall"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "month", "period"], name="one_assessment_per_period")
        ]
        indexes = [models.Index(fields=["hall", "changed_at"], name="month_by_change")]

    def __str__(self) -> str:
        return f"{self.hall} {self.month.year}年{self.month.month}月考核"

    def get_absolute_url(self) -> str:
        return link_to("assessments:month", self.slug)

    @property
    def slug(self) -> str:
        """The period as it stands in addresses, "2026-10"."""
        return period_slug(self.month, self.period)

    @property
    def is_published(self) -> bool:
        """Whether the result is final."""
        return self.status == MonthStatus.PUBLISHED


class AwardDecision(models.Model):
    """评选人工决定: a person puts a candidate in or out before publication, with a reason; never edited."""

    month = models.ForeignKey(
        AssessmentMonth, models.PROTECT, verbose_name="考核月", related_name="award_decisions"
    )
    award_code = models.CharField("评选", max_length=40)
    kind = models.CharField("主体", max_length=6, choices=Subject)
    subject_id = models.BigIntegerField("对象")
    is_in = models.BooleanField("评上")
    reason = models.CharField("理由", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="决定人", related_name="+")
    at = models.DateTimeField("时间", default=clock.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评选人工决定"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.award_code} {self.reason}"
