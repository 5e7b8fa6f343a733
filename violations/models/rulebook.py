"""制度 rulebook: versions, clauses and counters as rows; what an act costs is looked up, never coded.

Points and amounts are whole hundredths (100 = one point, one time).
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import clock
from accounts.links import link_to
from violations.rule_enums import (
    Counted,
    CountedFor,
    Dedup,
    Measure,
    MeasureKind,
    Meter,
    Mode,
    Period,
    Ranked,
    Severity,
    Source,
    Span,
    Subject,
    Target,
    VersionStatus,
)
from violations.rule_querysets import (
    ActQuerySet,
    PhraseQuerySet,
    RulebookQuerySet,
    RuleFrozen,
    RuleQuerySet,
    VersionQuerySet,
)

ONE = 100
"""One time, one point: amounts are kept in hundredths."""


class Rulebook(models.Model):
    """制度（考核办法）: the rules of a hall, and of the halls below it that have none of their own."""

    hall = models.ForeignKey("accounts.Hall", models.PROTECT, verbose_name="大厅", related_name="rulebooks")
    code = models.SlugField("代码", max_length=40)
    name = models.CharField("名称", max_length=100)

    objects = RulebookQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度"
        ordering = ["hall", "code"]
        constraints = [models.UniqueConstraint(fields=["hall", "code"], name="one_rulebook_per_code")]

    def __str__(self) -> str:
        return self.name


class RulebookVersion(models.Model):
    """制度版本: what was in force from a day on; immutable once in force."""

    NEXT = {
        VersionStatus.DRAFT: {VersionStatus.IN_FORCE},
        VersionStatus.IN_FORCE: {VersionStatus.RETIRED},
        VersionStatus.RETIRED: set(),
    }

    rulebook = models.ForeignKey(Rulebook, models.PROTECT, verbose_name="制度", related_name="versions")
    version = models.CharField("版本", max_length=20)
    title = models.CharField("标题", max_length=120)
    basis = models.CharField("依据", max_length=200, blank=True)
    effective_on = models.DateField("施行日期")
    status = models.CharField("状态", max_length=10, choices=VersionStatus, default=VersionStatus.DRAFT)
    source_text = models.TextField("制度包原文", blank=True)
    sha256 = models.CharField("原文校验值", max_length=64, blank=True, editable=False)
    loaded_at = models.DateTimeField("载入时间", default=clock.now, editable=False)
    in_force_at = models.DateTimeField("生效操作时间", null=True, blank=True, editable=False)
    based_on = models.ForeignKey(
        "self", models.SET_NULL, verbose_name="改自", related_name="drafts", null=True, blank=True
    )
    revision = models.PositiveIntegerField("修订号", default=1)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度版本"
        ordering = ["-effective_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rulebook", "version"], name="one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.version} 版）"

    def get_absolute_url(self) -> str:
        return link_to("violations:rulebook_version", self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refused for a version that is no draft, save the one step along `NEXT`."""
        if self.source_text and not self.sha256:
            self.sha256 = hashlib.sha256(self.source_text.encode()).hexdigest()
        before = type(self).objects.filter(pk=self.pk).values_list("status", flat=True).first()
        if before not in (None, VersionStatus.DRAFT):
            self._refuse_all_but_a_step(before, kwargs.get("update_fields"))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused for a version that is no draft."""
        self.refuse_unless_draft({self.pk})
        return super().delete(*args, **kwargs)

    def _refuse_all_but_a_step(self, before: str, fields: Any) -> None:
        only_status = fields is not None and set(fields) <= {"status"}
        if not only_status or self.status not in self.NEXT[VersionStatus(before)]:
            raise RuleFrozen

    @classmethod
    def refuse_unless_draft(cls, versions: set[int]) -> None:
        """Raise RuleFrozen when one of these versions is no draft."""
        if cls.objects.filter(pk__in=versions).dated().exists():
            raise RuleFrozen

    @property
    def is_draft(self) -> bool:
        """Whether the version may still change."""
        return self.status == VersionStatus.DRAFT

    @property
    def is_coming(self) -> bool:
        """In force from a day that has not come."""
        return not self.is_draft and self.effective_on > timezone.localdate()

    @property
    def state_words(self) -> str:
        """Its state as pages say it: one in force from a day to come is not said to be 现行."""
        return "待施行" if self.is_coming else self.get_status_display()


class RuleRow(models.Model):
    """A row of one version; `VERSION` is the path to it. Frozen together with the version."""

    VERSION = "version"

    objects = RuleQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def rulebook_version(self) -> RulebookVersion:
        """The version this row belongs to."""
        row: Any = self
        for step in self.VERSION.split("__"):
            row = getattr(row, step)
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refused when the row's version, old or new, is no draft."""
        self._refuse_frozen()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused when the row's version is no draft."""
        self._refuse_frozen()
        return super().delete(*args, **kwargs)

    def _refuse_frozen(self) -> None:
        versions = {self.rulebook_version.pk}
        if self.pk:
            versions.update(type(self)._base_manager.filter(pk=self.pk).values_list(self.VERSION, flat=True))
        RulebookVersion.refuse_unless_draft(versions)


class Act(models.Model):
    """事项（行为）: what may happen at a window; lives across versions, so that a year's count runs on."""

    rulebook = models.ForeignKey(Rulebook, models.PROTECT, verbose_name="制度", related_name="acts")
    code = models.SlugField("代码", max_length=60)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=12)
    subject = models.CharField("主体", max_length=6, choices=Subject)
    is_bonus = models.BooleanField("加分事项", default=False)
    meter = models.CharField("计量单位", max_length=14, choices=Meter, default=Meter.TIME)
    asks_rectification = models.BooleanField("须整改", default=False)
    is_active = models.BooleanField("启用", default=True)
    sort = models.PositiveIntegerField("排序", default=0)

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["rulebook", "code"], name="one_act_per_code")]

    def __str__(self) -> str:
        return self.name


class ClauseCategory(RuleRow):
    """检查组（条款分类）: a group of clauses that are checked together."""

    version = models.ForeignKey(
        RulebookVersion, models.CASCADE, verbose_name="版本", related_name="categories"
    )
    code = models.SlugField("代码", max_length=40)
    name = models.CharField("名称", max_length=60)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "条款分类"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="one_category_per_code")]

    def __str__(self) -> str:
        return self.name


class Clause(RuleRow):
    """条款: a source gives an amount, a counter adds it up, steps make points of it, effects carry them.

    `points` is what one occurrence costs nominally, for pages; the steps are what counts.
    """

    version = models.ForeignKey(RulebookVersion, models.CASCADE, verbose_name="版本", related_name="clauses")
    category = models.ForeignKey(
        ClauseCategory,
        models.CASCADE,
        verbose_name="分类",
        related_name="clauses",
        null=True,
        blank=True,
    )
    code = models.CharField("编号", max_length=20)
    article = models.CharField("条文", max_length=40)
    wording = models.TextField("原文")
    note = models.CharField("说明", max_length=300, blank=True)
    needs = models.CharField("前提", max_length=100, blank=True)
    subject = models.CharField("主体", max_length=6, choices=Subject)
    source = models.CharField("来源", max_length=8, choices=Source, default=Source.RECORD)
    award_code = models.CharField("荣誉代码", max_length=40, blank=True)
    points = models.BigIntegerField("每次分值")
    per = models.CharField("计量说明", max_length=20, default="每次")
    measure = models.CharField("计数方式", max_length=8, choices=Measure, default=Measure.QUANTITY)
    span = models.CharField("累计周期", max_length=10, choices=Span, default=Span.EACH)
    days = models.PositiveIntegerField("工作日数", default=0)
    dedup = models.CharField("同一事由", max_length=8, choices=Dedup, default=Dedup.ALL)
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    mode = models.CharField("计分方式", max_length=8, choices=Mode, default=Mode.RUNGS)
    counted_for = models.CharField("计数归属", max_length=8, choices=CountedFor, default=CountedFor.SELF)
    is_anew_on_move = models.BooleanField("换窗口后重新计数", default=False)
    by_quantity = models.BooleanField("按次累计、按数量计分", default=False)
    level = models.PositiveSmallIntegerField("折算层次", default=9, editable=False)
    warnings = models.PositiveSmallIntegerField("先提醒次数", default=0)
    least = models.BigIntegerField("酌情分值下限", null=True, blank=True)
    most = models.BigIntegerField("酌情分值上限", null=True, blank=True)
    needs_verdict = models.BooleanField("须经认定", default=False)
    needs_evidence = models.BooleanField("须有佐证", default=False)
    metric = models.CharField("指标", max_length=40, blank=True)
    is_below = models.BooleanField("低于目标的差距", default=True)
    aim = models.BigIntegerField("目标值", null=True, blank=True)
    ranked = models.CharField("按指标名次", max_length=8, choices=Ranked, blank=True)
    ranked_within = models.CharField("名次范围", max_length=8, blank=True)
    of = models.CharField("所看的构成或情形", max_length=40, blank=True)
    is_plain = models.BooleanField("不需累计", default=True, editable=False)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "条款"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="one_clause_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.article}"

    def get_absolute_url(self) -> str:
        return f"{link_to('violations:rulebook_version', self.version_id)}#{self.code}"


class ClauseAct(RuleRow):
    """条款适用的事项: which acts a clause judges."""

    VERSION = "clause__version"

    clause = models.ForeignKey(Clause, models.CASCADE, verbose_name="条款", related_name="clause_acts")
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="clause_acts")

    class Meta:
        verbose_name = verbose_name_plural = "条款事项"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["clause", "act"], name="one_act_per_clause")]

    def __str__(self) -> str:
        return f"{self.clause} {self.act}"


class Step(RuleRow):
    """计分档: from the `start`th hundredth on (to `end`, if any), `points` for each full `every`.

    With a `factor` the points are that many times what the record itself costs. A rung may also produce
    another act, set or cap a grade, or call for a measure.
    How often a running amount c has passed: 0 below `start`, else (min(c, end) − start) / every + 1.
    """

    VERSION = "clause__version"

    clause = models.ForeignKey(Clause, models.CASCADE, verbose_name="条款", related_name="steps")
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="+", null=True, blank=True)
    severity = models.CharField("情节", max_length=8, choices=Severity, default=Severity.NORMAL, blank=True)
    start = models.BigIntegerField("起", default=ONE)
    end = models.BigIntegerField("止", null=True, blank=True)
    every = models.BigIntegerField("每满", default=ONE)
    points = models.BigIntegerField("分值")
    factor = models.BigIntegerField("倍数（万分之）", null=True, blank=True)
    produces = models.ForeignKey(
        Act, models.PROTECT, verbose_name="折算为", related_name="+", null=True, blank=True
    )
    produced = models.BigIntegerField("折算数量", default=ONE)
    grade = models.CharField("等次", max_length=40, blank=True)
    is_grade_cap = models.BooleanField("等次最高为", default=False)
    call = models.CharField("处理措施代码", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "计分档"
        ordering = ["clause", "start", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(every__gte=1), name="step_has_width"),
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.points}"


class Effect(RuleRow):
    """效果: whose card receives a clause's points, in which component, at which ratio (10000 = all).

    With `points` the card receives those for each time instead of a share.
    """

    VERSION = "clause__version"

    clause = models.ForeignKey(Clause, models.CASCADE, verbose_name="条款", related_name="effects")
    target = models.CharField("对象", max_length=8, choices=Target, default=Target.SELF)
    component = models.CharField("计入", max_length=40, default="own")
    ratio = models.BigIntegerField("比例（万分之）", default=10_000)
    points = models.BigIntegerField("每次分值", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "效果"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.clause} {self.get_target_display()}"


class MeasureRule(RuleRow):
    """处理措施规则: a count that, once reached, calls for a person to act (a letter, a talk)."""

    version = models.ForeignKey(RulebookVersion, models.CASCADE, verbose_name="版本", related_name="measures")
    code = models.SlugField("代码", max_length=40)
    kind = models.CharField("措施", max_length=12, choices=MeasureKind)
    article = models.CharField("条文", max_length=40)
    wording = models.TextField("原文")
    note = models.CharField("说明", max_length=300, blank=True)
    subject = models.CharField("主体", max_length=6, choices=Subject, default=Subject.STAFF)
    counted = models.CharField("计数对象", max_length=10, choices=Counted)
    span = models.CharField("累计周期", max_length=10, choices=Span, default=Span.YEAR)
    days = models.PositiveIntegerField("工作日数", default=0)
    threshold = models.PositiveIntegerField("达到", default=1)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "处理措施规则"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="one_measure_per_code")]

    def __str__(self) -> str:
        return f"{self.article} {self.get_kind_display()}"


class Price(RuleRow):
    """价目: what one act of one severity costs by one clause; worked out when a pack is loaded.

    `is_plain` acts need no counting: their points are price × amount.
    """

    version = models.ForeignKey(RulebookVersion, models.CASCADE, verbose_name="版本", related_name="prices")
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="prices")
    severity = models.CharField("情节", max_length=8, choices=Severity, default=Severity.NORMAL, blank=True)
    clause = models.ForeignKey(Clause, models.CASCADE, verbose_name="条款", related_name="prices")
    step = models.ForeignKey(Step, models.CASCADE, verbose_name="计分档", related_name="prices")
    component = models.CharField("计入", max_length=40, default="own")
    points = models.BigIntegerField("每单位分值")
    by_quantity = models.BooleanField("乘以数量", default=True)
    dedup = models.CharField("同一事由", max_length=8, choices=Dedup, default=Dedup.ALL)
    is_plain = models.BooleanField("不需累计", default=True)
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    found_by = models.CharField("限来源", max_length=12, blank=True)
    except_for = models.CharField("除外的来源", max_length=160, blank=True)
    least = models.BigIntegerField("酌情分值下限", null=True, blank=True)
    most = models.BigIntegerField("酌情分值上限", null=True, blank=True)
    needs_verdict = models.BooleanField("须经认定", default=False)
    needs_evidence = models.BooleanField("须有佐证", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "价目"
        ordering = ["clause__sort", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "act", "severity", "clause", "found_by"], name="one_price_per_clause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.points}"


class ActUse(RuleRow):
    """事项用法: whether an act of a version can be priced by itself, and how far back it must be read."""

    version = models.ForeignKey(RulebookVersion, models.CASCADE, verbose_name="版本", related_name="act_uses")
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="uses")
    is_plain = models.BooleanField("不需累计", default=True)
    reach = models.CharField("回看", max_length=10, choices=Span, default=Span.EACH)
    days = models.PositiveIntegerField("回看工作日数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "事项用法"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["version", "act"], name="one_use_per_act")]

    def __str__(self) -> str:
        return f"{self.act} {self.reach}"


class ActPhrase(models.Model):
    """常用说法: free words of paper ledgers that mean one act; `{}` stands for a number."""

    hall = models.ForeignKey("accounts.Hall", models.CASCADE, verbose_name="大厅", related_name="act_phrases")
    pattern = models.CharField("说法", max_length=120)
    key = models.CharField("归一写法", max_length=120, editable=False)
    act = models.ForeignKey(Act, models.CASCADE, verbose_name="事项", related_name="phrases")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name="修改人",
        null=True,
        blank=True,
        related_name="+",
    )
    changed_at = models.DateTimeField("修改时间", default=clock.now)

    objects = PhraseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "常用说法"
        ordering = ["act__sort", "pattern"]
        constraints = [models.UniqueConstraint(fields=["hall", "key", "act"], name="phrase_once_per_act")]

    def __str__(self) -> str:
        return self.pattern
