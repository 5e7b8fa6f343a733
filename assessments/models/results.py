"""Results of a reckoning: written once by `assessments/scoring`, never changed.

Foreign keys carry no database constraint (checking each row tripled the time of a run); a test looks
for orphans instead. Points are whole hundredths.
"""

from django.db import models
from django.urls import reverse

from accounts import clock
from accounts.models import Hall
from assessments.enums import LineKind, Outcome
from assessments.models.scheme import Award, Component, Gate, Scheme
from assessments.querysets import CardQuerySet, HonourQuerySet, ResultQuerySet
from violations.models import Clause, ConductRecord, Step
from violations.rule_enums import Subject
from windows.models import Department, Staff, Window


class Run(models.Model):
    """计算: one reckoning of a month for one or many halls."""

    month = models.DateField("月份")
    started_at = models.DateTimeField("开始", default=clock.now)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    by = models.CharField("由谁", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "计算"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} #{self.pk}"


def link(to, name: str, related: str = "+", **options):
    """A foreign key of a result row: followed by pages, not checked by the database."""
    options.setdefault("db_index", False)
    return models.ForeignKey(
        to, models.DO_NOTHING, verbose_name=name, related_name=related, db_constraint=False, **options
    )


class Scorecard(models.Model):
    """得分单: the score of one person, window or unit in one run, with the group it had that month."""

    run = link(Run, "计算", "scorecards", db_index=True)
    hall = link(Hall, "大厅")
    kind = models.CharField("主体", max_length=6, choices=Subject)
    subject_id = models.BigIntegerField("对象")
    staff = link(Staff, "人员", null=True)
    window = link(Window, "窗口", null=True)
    department = link(Department, "单位", null=True)
    category = models.CharField("类别", max_length=20, blank=True)
    group = link("self", "所在窗口（单位）得分单", null=True)
    is_chief = models.BooleanField("首席代表", default=False)
    members = models.PositiveIntegerField("成员数", default=0)
    scheme = link(Scheme, "方案")
    own = models.BigIntegerField("本体分")
    derived = models.BigIntegerField("联动分")
    total = models.BigIntegerField("总分")
    lost = models.BigIntegerField("扣分", default=0)
    gained = models.BigIntegerField("加分", default=0)
    rank = models.PositiveIntegerField("名次")
    peers = models.PositiveIntegerField("同组数")

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "得分单"
        ordering = ["kind", "rank", "pk"]
        indexes = [models.Index(fields=["kind", "subject_id"], name="card_of_subject")]

    def __str__(self) -> str:
        return f"{self.subject} {self.total}"

    @property
    def subject(self) -> Staff | Window | Department:
        """Whose card this is."""
        return {"staff": self.staff, "window": self.window, "unit": self.department}[self.kind]

    def get_absolute_url(self) -> str:
        slug = f"{self.run.month:%Y-%m}"
        if self.kind == Subject.STAFF:
            return reverse("assessments:person_sheet", args=[slug, self.subject_id])
        if self.kind == Subject.UNIT:
            return reverse("assessments:unit_sheet", args=[slug, self.subject_id])
        return reverse("assessments:window_sheet", args=[slug, self.window.code])


class Line(models.Model):
    """得分项: one reason for points on a card, with the record, card or award it comes from."""

    run = link(Run, "计算", "lines")
    card = link(Scorecard, "得分单", "lines", db_index=True)
    component = link(Component, "计入")
    clause = link(Clause, "条款")
    step = link(Step, "计分档")
    kind = models.CharField("类别", max_length=8, choices=LineKind)
    record = link(ConductRecord, "操行记录", "score_lines", null=True, db_index=True)
    at_card = link(Scorecard, "发生窗口的得分单", null=True)
    source_card = link(Scorecard, "来自", "lines_given", null=True)
    award = link(Award, "荣誉", null=True)
    reverses = link("self", "更正的得分项", "reversals", null=True, db_index=True)
    day = models.DateField("日期")
    quantity = models.BigIntegerField("数量")
    hits = models.BigIntegerField("计分次数")
    points = models.BigIntegerField("分值")

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "得分项"
        ordering = ["day", "pk"]

    def __str__(self) -> str:
        return f"{self.clause_id} {self.points}"


class ComponentScore(models.Model):
    """构成得分: a node whose sum went beyond its floor or cap; all others are read off the lines."""

    card = link(Scorecard, "得分单", "component_scores", db_index=True)
    component = link(Component, "构成")
    raw = models.BigIntegerField("限制前")
    value = models.BigIntegerField("限制后")

    class Meta:
        verbose_name = verbose_name_plural = "构成得分"

    def __str__(self) -> str:
        return f"{self.raw} → {self.value}"


class GateFailure(models.Model):
    """不参评原因: the gate a card failed, the value seen, and the record that made it so."""

    card = link(Scorecard, "得分单", "gate_failures", db_index=True)
    gate = link(Gate, "门槛")
    record = link(ConductRecord, "操行记录")
    observed = models.BigIntegerField("达到")

    class Meta:
        verbose_name = verbose_name_plural = "不参评原因"
        ordering = ["gate__sort", "pk"]

    def __str__(self) -> str:
        return f"{self.gate_id} {self.observed}"


class AwardResult(models.Model):
    """评选结果: who reached a seat of an award, or shares the last one."""

    card = link(Scorecard, "得分单", "award_results", db_index=True)
    award = link(Award, "评选")
    outcome = models.CharField("结果", max_length=8, choices=Outcome)
    place = models.PositiveIntegerField("位次")
    seats = models.PositiveIntegerField("名额")
    is_by_number = models.BooleanField("同分按编号", default=False)
    is_by_hand = models.BooleanField("人工决定", default=False)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评选结果"
        ordering = ["award__sort", "place", "pk"]

    def __str__(self) -> str:
        return f"{self.award_id} {self.place}"
