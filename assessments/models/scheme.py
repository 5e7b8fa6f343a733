"""考核方案 scheme: components, gates and awards of a rulebook version; frozen together with it.

Points are whole hundredths, shares whole ten-thousandths.
"""

from django.db import models

from assessments.enums import Grouping, Part, QuotaKind, Rounding, SortKey, TiePolicy
from violations.models import Act, RulebookVersion, RuleRow
from violations.rule_enums import Measure, Span, Subject


class Scheme(RuleRow):
    """考核方案: how one kind of subject is scored by a version; ties share a rank."""

    version = models.ForeignKey(RulebookVersion, models.CASCADE, verbose_name="版本", related_name="schemes")
    kind = models.CharField("主体", max_length=6, choices=Subject)
    floor = models.BigIntegerField("总分下限", null=True, blank=True)
    cap = models.BigIntegerField("总分上限", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考核方案"
        ordering = ["version", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "kind"], name="one_scheme_per_kind")]

    def __str__(self) -> str:
        return f"{self.version} {self.get_kind_display()}"


class Component(RuleRow):
    """得分构成: a node of the score; base plus its lines and its children, between floor and cap.

    `sum0` is that sum when nothing touches the node, `value0` the same within floor and cap: both are
    worked out when a pack is loaded, so that untouched nodes need no row in the results.
    """

    VERSION = "scheme__version"

    scheme = models.ForeignKey(Scheme, models.CASCADE, verbose_name="方案", related_name="components")
    parent = models.ForeignKey(
        "self", models.CASCADE, verbose_name="上级", related_name="children", null=True, blank=True
    )
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=40)
    part = models.CharField("组成", max_length=8, choices=Part)
    depth = models.PositiveSmallIntegerField("层", default=1)
    base = models.BigIntegerField("基础分", default=0)
    floor = models.BigIntegerField("下限", null=True, blank=True)
    cap = models.BigIntegerField("上限", null=True, blank=True)
    sum0 = models.BigIntegerField("无事项时的和", default=0, editable=False)
    value0 = models.BigIntegerField("无事项时的值", default=0, editable=False)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "得分构成"
        ordering = ["scheme", "depth", "sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="one_component_per_code")]

    def __str__(self) -> str:
        return self.name


class Award(RuleRow):
    """评选: an honour of the month, its quota and its stated tie rule."""

    VERSION = "scheme__version"

    scheme = models.ForeignKey(Scheme, models.CASCADE, verbose_name="方案", related_name="awards")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=40)
    article = models.CharField("依据", max_length=100, blank=True)
    grouping = models.CharField("评选范围", max_length=8, choices=Grouping, default=Grouping.HALL)
    quota_kind = models.CharField("名额方式", max_length=8, choices=QuotaKind)
    quota = models.BigIntegerField("名额或比例（万分之）", default=0)
    rounding = models.CharField("取整", max_length=8, choices=Rounding, default=Rounding.DOWN)
    of_eligible = models.BooleanField("比例按符合条件的人数计", default=False)
    least = models.BigIntegerField("总分不低于", null=True, blank=True)
    key1 = models.CharField("同分先比", max_length=8, choices=SortKey, blank=True)
    key2 = models.CharField("再比", max_length=8, choices=SortKey, blank=True)
    key3 = models.CharField("再比（二）", max_length=8, choices=SortKey, blank=True)
    tie = models.CharField("仍同分", max_length=8, choices=TiePolicy, default=TiePolicy.HAND)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "评选"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="one_award_per_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def tie_words(self) -> str:
        """The tie rule in words, for the page that shows a ranking."""
        keys = [SortKey(key).label for key in (self.key1, self.key2, self.key3) if key]
        return "，".join(["总分高的在前", *keys, TiePolicy(self.tie).label])


class Gate(RuleRow):
    """门槛（一票否决）: more than `most` of its acts within `span` bars from an award while `valid` lasts."""

    VERSION = "scheme__version"

    scheme = models.ForeignKey(Scheme, models.CASCADE, verbose_name="方案", related_name="gates")
    award = models.ForeignKey(
        Award, models.CASCADE, verbose_name="评选", related_name="gates", null=True, blank=True
    )
    code = models.CharField("编号", max_length=20)
    article = models.CharField("条文", max_length=40)
    wording = models.TextField("原文")
    note = models.CharField("说明", max_length=300, blank=True)
    measure = models.CharField("计数方式", max_length=8, choices=Measure, default=Measure.TIMES)
    span = models.CharField("累计周期", max_length=8, choices=Span, default=Span.EACH)
    days = models.PositiveIntegerField("工作日数", default=0)
    most = models.BigIntegerField("不超过", default=0)
    valid = models.CharField("有效期", max_length=8, choices=Span, default=Span.MONTH)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "门槛"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="one_gate_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.article}"


class GateAct(RuleRow):
    """门槛所看的事项: which acts a gate counts."""

    VERSION = "gate__scheme__version"

    gate = models.ForeignKey(Gate, models.CASCADE, verbose_name="门槛", related_name="gate_acts")
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="gate_acts")

    class Meta:
        verbose_name = verbose_name_plural = "门槛事项"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["gate", "act"], name="one_act_per_gate")]

    def __str__(self) -> str:
        return f"{self.gate} {self.act}"
