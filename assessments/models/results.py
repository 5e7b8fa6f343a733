"""Results of a reckoning: written once by `assessments/scoring`, never changed.

Foreign keys carry no database constraint (checking each row tripled the time of a run); a test looks
for orphans instead. Points are whole hundredths.
"""

from datetime import date

from django.db import models
from django.urls import reverse

from accounts import clock
from accounts.models import Hall
from assessments.enums import LineKind, Outcome
from assessments.models.scheme import Award, Component, Gate, Grade, Scheme
from assessments.querysets import CardQuerySet, HonourQuerySet, ResultQuerySet
from violations.models import Clause, ConductRecord, Step
from violations.rule_enums import Period, Subject
from windows.models import Department, Staff, Window


def period_slug(first: date, period: str) -> str:
    """A period as it stands in addresses: "2026-10", "2026-Q4", "2026-H2", "2026"."""
    words = {
        Period.MONTH: f"{first:%Y-%m}",
        Period.QUARTER: f"{first.year}-Q{(first.month + 2) // 3}",
        Period.HALF_YEAR: f"{first.year}-H{(first.month + 5) // 6}",
        Period.YEAR: f"{first.year}",
    }
    return words[Period(period)]


class Run(models.Model):
    """计算: one reckoning of a month for one or many halls."""

    month = models.DateField("月份")
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    started_at = models.DateTimeField("开始", default=clock.now)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    by = models.CharField("由谁", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "计算"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.slug} #{self.pk}"

    @property
    def slug(self) -> str:
        """The period as it stands in addresses."""
        return period_slug(self.month, self.period)


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
    grade = link(Grade, "等次", null=True)
    is_last = models.BooleanField("末位", default=False)
    days = models.PositiveIntegerField("在岗天数", default=0)

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
        slug = self.run.slug
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
    clause = link(Clause, "条款", null=True)
    step = link(Step, "计分档", null=True)
    kind = models.CharField("类别", max_length=8, choices=LineKind)
    record = link(ConductRecord, "操行记录", "score_lines", null=True, db_index=True)
    at_card = link(Scorecard, "发生窗口的得分单", null=True)
    source_card = link(Scorecard, "来自", "lines_given", null=True)
    award = link(Award, "荣誉", null=True)
    reverses = link("self", "更正的得分项", "reversals", null=True)
    day = models.DateField("日期")
    quantity = models.BigIntegerField("数量")
    hits = models.BigIntegerField("计分次数")
    nth = models.BigIntegerField("累计到", default=0)
    points = models.BigIntegerField("分值")

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "得分项"
        ordering = ["day", "pk"]
        indexes = [  # few lines correct another: an index over all would be paid for by every line
            models.Index(
                fields=["reverses"], name="line_that_corrects", condition=models.Q(reverses__isnull=False)
            )
        ]

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


class LineCut(models.Model):
    """限后分值: what a floor or cap left of a line; lines without a row keep all their points."""

    line = link(Line, "得分项", "cuts", db_index=True)
    card = link(Scorecard, "得分单", "line_cuts")
    component = link(Component, "构成")
    points = models.BigIntegerField("限后分值")

    class Meta:
        verbose_name = verbose_name_plural = "限后分值"

    def __str__(self) -> str:
        return f"{self.line_id} {self.points}"


class GradeChange(models.Model):
    """等次调整: a clause that sets the grade of a card, or caps it."""

    card = link(Scorecard, "得分单", "grade_changes", db_index=True)
    clause = link(Clause, "条款")
    step = link(Step, "计分档")
    record = link(ConductRecord, "操行记录", null=True)
    grade = models.CharField("等次代码", max_length=40)
    is_cap = models.BooleanField("最高为", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "等次调整"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.clause_id} {self.grade}"


class MeasureCall(models.Model):
    """措施提示: a count that was reached and calls for a person to act; never a sanction by itself."""

    card = link(Scorecard, "得分单", "measure_calls", db_index=True)
    clause = link(Clause, "条款")
    step = link(Step, "计分档")
    record = link(ConductRecord, "操行记录", null=True)
    call = models.CharField("处理措施代码", max_length=40)
    observed = models.BigIntegerField("达到")

    class Meta:
        verbose_name = verbose_name_plural = "措施提示"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.clause_id} {self.call}"


class GateFailure(models.Model):
    """不参评原因: the gate a card failed, the value seen, and the record that made it so."""

    card = link(Scorecard, "得分单", "gate_failures", db_index=True)
    gate = link(Gate, "门槛")
    record = link(ConductRecord, "操行记录", null=True)
    observed = models.BigIntegerField("达到", null=True)

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
