"""考核方案 scheme: components, gates and awards of a rulebook version; frozen together with it.

Points are whole hundredths, shares whole ten-thousandths.
"""

from django.db import models

from assessments.enums import (
    LOWEST_FIRST,
    Combine,
    GateSource,
    Grouping,
    How,
    Missing,
    Order,
    Origin,
    Part,
    QuotaKind,
    RankedBy,
    Rounding,
    SortKey,
    TiePolicy,
)
from violations.models import Act, RulebookVersion, RuleRow
from violations.rule_enums import Measure, Period, Span, Subject


class Scheme(RuleRow):
    """考核方案: how one kind of subject is scored by a version; ties share a rank.

    The first scheme of a kind and period, in the order of the pack, whose conditions a subject meets is
    its scheme. `categories`, `politics` and `genders` are ",a,b," or empty for all; `chief` 1 chiefs
    only, 2 others only.
    """

    version = models.ForeignKey(RulebookVersion, models.CASCADE, verbose_name="版本", related_name="schemes")
    kind = models.CharField("主体", max_length=6, choices=Subject)
    floor = models.BigIntegerField("总分下限", null=True, blank=True)
    cap = models.BigIntegerField("总分上限", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    code = models.CharField("代码", max_length=40, default="main")
    name = models.CharField("名称", max_length=60, blank=True)
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    categories = models.CharField("适用类别", max_length=200, blank=True)
    chief = models.PositiveSmallIntegerField("首席代表", default=0)
    least_members = models.PositiveIntegerField("成员数不少于", default=0)
    most_members = models.PositiveIntegerField("成员数不多于", default=1_000_000)
    politics = models.CharField("政治面貌", max_length=300, blank=True)
    genders = models.CharField("性别", max_length=300, blank=True)
    own_share = models.BigIntegerField("本体分系数（万分之）", default=10_000)
    round_to = models.PositiveIntegerField("总分取整单位（百分之一）", default=1)
    rounding = models.CharField("取整", max_length=8, choices=Rounding, default=Rounding.HALF_UP)
    ranking = models.CharField("排名范围", max_length=8, choices=Grouping, default=Grouping.HALL)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "考核方案"
        ordering = ["version", "sort", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "code"], name="one_scheme_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.name or self.get_kind_display()}"


class Grade(RuleRow):
    """等次: which totals earn it, both ends included; `level` 1 is the best."""

    VERSION = "scheme__version"

    scheme = models.ForeignKey(Scheme, models.CASCADE, verbose_name="方案", related_name="grades")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=20)
    level = models.PositiveSmallIntegerField("级", default=1)
    start = models.BigIntegerField("起", default=-1_000_000_000)
    end = models.BigIntegerField("止", default=1_000_000_000)

    class Meta:
        verbose_name = verbose_name_plural = "等次"
        ordering = ["scheme", "level"]
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="one_grade_per_code")]

    def __str__(self) -> str:
        return self.name


class Component(RuleRow):
    """得分构成: a node of the score; base plus its lines and its children, between floor and cap.

    `num0` and `den0` are the weighted sum and the weights of its children untouched,
    `sum0` what the node comes to when nothing touches it, `value0` the same within floor and cap: all
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
    weight = models.BigIntegerField("权重（万分之）", default=0)
    combine = models.CharField("合成方式", max_length=8, choices=Combine, default=Combine.SUM)
    origin = models.CharField("得分来源", max_length=8, choices=Origin, default=Origin.CLAUSES)
    of = models.CharField("来源代码", max_length=40, blank=True)
    how = models.CharField("汇总方式", max_length=8, choices=How, default=How.MEAN)
    factor = models.BigIntegerField("系数（万分之）", default=10_000)
    reads = models.CharField("所汇总的周期", max_length=10, choices=Period, default=Period.MONTH)
    missing = models.CharField("缺数处理", max_length=8, choices=Missing, default=Missing.ZERO)
    num0 = models.BigIntegerField("无事项时的加权和", default=0, editable=False)
    den0 = models.BigIntegerField("无事项时的权重和", default=0, editable=False)
    is_in0 = models.BooleanField("无事项时计入", default=True, editable=False)
    sort = models.PositiveIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "得分构成"
        ordering = ["scheme", "depth", "sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="one_component_per_code")]

    def __str__(self) -> str:
        return self.name


class Award(RuleRow):
    """评选: a list of the period, its quota and its stated tie rule: an honour, or a list of the lowest."""

    VERSION = "scheme__version"

    scheme = models.ForeignKey(Scheme, models.CASCADE, verbose_name="方案", related_name="awards")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=40)
    article = models.CharField("依据", max_length=100, blank=True)
    grouping = models.CharField("评选范围", max_length=8, choices=Grouping, default=Grouping.HALL)
    quota_kind = models.CharField("名额方式", max_length=8, choices=QuotaKind)
    quota = models.BigIntegerField("名额或比例（万分之）", default=0)
    rounding = models.CharField("取整", max_length=8, choices=Rounding, default=Rounding.DOWN)
    least_seats = models.PositiveIntegerField("至少几个名额", default=0)
    of_eligible = models.BooleanField("比例按符合条件的人数计", default=False)
    by = models.CharField("依据", max_length=8, choices=RankedBy, default=RankedBy.TOTAL)
    order = models.CharField("方向", max_length=8, choices=Order, default=Order.HIGHEST)
    least = models.BigIntegerField("总分不低于", null=True, blank=True)
    most = models.BigIntegerField("总分不高于", null=True, blank=True)
    key1 = models.CharField("同分先比", max_length=8, choices=SortKey, blank=True)
    key2 = models.CharField("再比", max_length=8, choices=SortKey, blank=True)
    key3 = models.CharField("再比（二）", max_length=8, choices=SortKey, blank=True)
    tie = models.CharField("仍同分", max_length=8, choices=TiePolicy, default=TiePolicy.HAND)
    key_of = models.CharField("比较的指标或投票", max_length=40, blank=True)
    categories = models.CharField("候选类别", max_length=200, blank=True)
    chief = models.PositiveSmallIntegerField("首席代表", default=0)
    least_members = models.PositiveIntegerField("成员数不少于", default=0)
    most_members = models.PositiveIntegerField("成员数不多于", default=1_000_000)
    politics = models.CharField("政治面貌", max_length=300, blank=True)
    genders = models.CharField("性别", max_length=300, blank=True)
    big_from = models.PositiveIntegerField("大窗口人数起", default=0)
    least_days = models.PositiveIntegerField("在岗天数不少于", default=0)
    limit = models.PositiveIntegerField("每窗口最多", default=0)
    winners_of = models.CharField("候选人须获", max_length=40, blank=True)
    follows = models.CharField("随窗口获评", max_length=40, blank=True)
    round_no = models.PositiveSmallIntegerField("轮次", default=1, editable=False)
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
        keys = [SortKey(key) for key in (self.key1, self.key2, self.key3) if key]
        words = [key.label if self.is_honour else LOWEST_FIRST[key] for key in keys]
        by = RankedBy(self.by).label
        first = f"{by}高的在前" if self.is_honour else f"{by}低的在前"
        return "，".join([first, *words, TiePolicy(self.tie).words(self.is_honour)])

    @property
    def is_honour(self) -> bool:
        """Whether it is something to be proud of: shown on the honour board, barred by gates for all."""
        return self.order == Order.HIGHEST


class Gate(RuleRow):
    """门槛（一票否决）: more than `most` of its acts within `span` bars from an award while `valid` lasts.

    `lasts` n: also in the n periods after the one in which it was reached. Other sources bar whose value
    is below `least` or above `most`; titles are counted in the `span` the period lies in (the year, where
    none is stated), or with `lasts` n in the n periods before it.
    """

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
    span = models.CharField("累计周期", max_length=10, choices=Span, default=Span.EACH)
    days = models.PositiveIntegerField("工作日数", default=0)
    most = models.BigIntegerField("不超过", default=0)
    valid = models.CharField("有效期", max_length=10, choices=Span, default=Span.MONTH)
    lasts = models.PositiveSmallIntegerField("管几期", default=0)
    source = models.CharField("所看的", max_length=10, choices=GateSource, default=GateSource.ACTS)
    of = models.CharField("所看的代码", max_length=40, blank=True)
    least = models.BigIntegerField("不低于", null=True, blank=True)
    is_missing_ok = models.BooleanField("没有数也算通过", default=False)
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


class BallotGroup(RuleRow):
    """投票人组: whose marks count in a ballot, with which weight; `trim` highest and lowest are left out.

    With fewer votes than `quorum` in the group, or `ballot_quorum` in all, the ballot counts as missing.
    """

    version = models.ForeignKey(
        RulebookVersion, models.CASCADE, verbose_name="版本", related_name="ballot_groups"
    )
    ballot = models.CharField("投票代码", max_length=40)
    name = models.CharField("投票名称", max_length=60)
    code = models.CharField("组代码", max_length=40)
    label = models.CharField("组名称", max_length=60)
    weight = models.BigIntegerField("权重（万分之）", default=10_000)
    trim = models.PositiveSmallIntegerField("去掉最高最低各", default=0)
    quorum = models.PositiveIntegerField("本组至少几票", default=0)
    ballot_quorum = models.PositiveIntegerField("各组合计至少几票", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "投票人组"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "ballot", "code"], name="one_group_per_ballot")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.label}"
