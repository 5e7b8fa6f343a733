"""Facts beside the ledger: figures, ballots, honours taken back. Rows are added, never edited."""

from django.conf import settings
from django.db import models

from accounts import clock
from accounts.models import Hall
from assessments.enums import Origin
from assessments.models.results import AwardResult
from assessments.querysets import FactQuerySet
from violations.rule_enums import Period, Subject


class Figure(models.Model):
    """指标值（含自评、评审打分）: one number of one subject and period, in hundredths.

    Of several rows of one origin and code the newest counts: a correction is a further row.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="figures")
    origin = models.CharField("来源", max_length=8, choices=Origin, default=Origin.METRIC)
    code = models.CharField("代码", max_length=40)
    month = models.DateField("期初")
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    kind = models.CharField("主体", max_length=6, choices=Subject)
    subject_id = models.BigIntegerField("对象")
    value = models.BigIntegerField("数值（百分之一）")
    note = models.CharField("说明", max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="录入人",
        null=True,
        blank=True,
        related_name="+",
    )
    at = models.DateTimeField("时间", default=clock.now)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标值"
        ordering = ["pk"]
        indexes = [models.Index(fields=["hall", "month", "code"], name="figure_by_month")]

    def __str__(self) -> str:
        return f"{self.code} {self.value}"


class Vote(models.Model):
    """投票（评分表）: a mark for one subject, in hundredths, by voter group; the voter is not kept."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="votes")
    ballot = models.CharField("投票代码", max_length=40)
    group = models.CharField("投票人组", max_length=40)
    month = models.DateField("期初")
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    kind = models.CharField("主体", max_length=6, choices=Subject)
    subject_id = models.BigIntegerField("对象")
    value = models.BigIntegerField("分值（百分之一）")
    times = models.PositiveIntegerField("票数", default=1)
    at = models.DateTimeField("时间", default=clock.now)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "投票"
        ordering = ["pk"]
        indexes = [models.Index(fields=["hall", "month", "ballot"], name="vote_by_month")]

    def __str__(self) -> str:
        return f"{self.ballot} {self.value}"


class AwardRevocation(models.Model):
    """撤销荣誉（摘牌）: an honour of a published period taken back by a person; the result row stays."""

    result = models.ForeignKey(
        AwardResult, models.PROTECT, verbose_name="评选结果", related_name="revocations", db_constraint=False
    )
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="award_revocations")
    revoked_on = models.DateField("撤销日期")
    reason = models.CharField("理由", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="决定人", related_name="+")
    at = models.DateTimeField("时间", default=clock.now)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "撤销荣誉"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["result"], name="an_honour_is_taken_back_once")]

    def __str__(self) -> str:
        return f"{self.result_id} {self.reason}"
