"""Values of the assessment room."""

from django.db import models


class Part(models.TextChoices):
    """得分组成: own events only, or what comes back from a window's honours. Windows read only *own*."""

    OWN = "own", "本体"
    DERIVED = "derived", "联动"


class MonthStatus(models.TextChoices):
    """考核月状态: open, scored as a draft that may be scored again, published and frozen."""

    OPEN = "open", "未计算"
    SCORED = "scored", "已计算，待发布"
    PUBLISHED = "published", "已发布"


NEXT = {
    MonthStatus.OPEN: {MonthStatus.SCORED},
    MonthStatus.SCORED: {MonthStatus.SCORED, MonthStatus.PUBLISHED},
    MonthStatus.PUBLISHED: set(),
}
"""Which state of a month may follow which."""


class LineKind(models.TextChoices):
    """得分项类别: where a line of a score sheet comes from."""

    RECORD = "record", "本月记录"
    LATE = "late", "往月补计"
    ERRATUM = "erratum", "更正"
    TRANSFER = "transfer", "连带扣分"
    EFFECT = "effect", "连带计分"
    AWARD = "award", "荣誉加分"
    METRIC = "metric", "指标"


class Grouping(models.TextChoices):
    """评选范围: within which group seats are given."""

    HALL = "hall", "全大厅"
    CATEGORY = "category", "各类窗口分别"
    FLOOR = "floor", "各楼层分别"
    SIZE = "size", "大小窗口分别"
    UNIT = "unit", "各单位分别"
    SCHEME = "scheme", "各考核方案分别"
    WINDOW = "window", "各窗口分别"


class QuotaKind(models.TextChoices):
    """名额方式: how many may win."""

    NUMBER = "number", "固定名额"
    PERCENT = "percent", "按比例"
    ALL = "all", "达标即评"


class Rounding(models.TextChoices):
    """名额取整: what becomes of a part of a seat."""

    DOWN = "down", "舍去"
    UP = "up", "进一"
    HALF_UP = "half_up", "四舍五入"


class Order(models.TextChoices):
    """名单方向: an honour goes to the highest; a list of the lowest (末位, 黑榜) is no honour."""

    HIGHEST = "highest", "总分高的在前"
    LOWEST = "lowest", "总分低的在前"


class RankedBy(models.TextChoices):
    """评选依据: what candidates are put in order by."""

    TOTAL = "total", "总分"
    FIGURE = "figure", "指标"
    BALLOT = "ballot", "得票分"


class TiePolicy(models.TextChoices):
    """末位同分: what happens when the last seats are shared by more cards than there are seats."""

    ALL = "all", "同分的都评上"
    NONE = "none", "同分的都不评"
    HAND = "hand", "同分的由管理员定"
    NUMBER = "number", "同分的按编号先后"

    def words(self, is_honour: bool) -> str:
        """On a list of the lowest nobody is chosen, he is put down."""
        return (
            str(self.label)
            if is_honour
            else str(self.label).replace("评上", "列入").replace("都不评", "都不列入")
        )


class SortKey(models.TextChoices):
    """同分比较: what is compared next when totals are the same."""

    LOST = "lost", "扣分少的在前"
    GAINED = "gained", "加分多的在前"
    MEMBERS = "members", "成员平均分高的在前"
    WINS = "wins", "本年获评次数少的在前"
    FIGURE = "figure", "指标高的在前"
    BALLOT = "ballot", "得票分高的在前"
    SENIOR = "senior", "进驻早的在前"


LOWEST_FIRST = {
    SortKey.LOST: "扣分多的在前",
    SortKey.GAINED: "加分少的在前",
    SortKey.MEMBERS: "成员平均分低的在前",
    SortKey.WINS: "本年列入次数多的在前",
    SortKey.FIGURE: "指标低的在前",
    SortKey.BALLOT: "得票分低的在前",
    SortKey.SENIOR: "进驻晚的在前",
}
"""What the keys mean on a list of the lowest."""


class Outcome(models.TextChoices):
    """评选结果: what came of a candidate that reached a seat."""

    WON = "won", "拟评"
    PENDING = "pending", "待定"


class Combine(models.TextChoices):
    """合成方式: how the children of a component become its value."""

    SUM = "sum", "相加"
    WEIGHTED = "weighted", "加权平均"
    MEAN = "mean", "平均"


class Origin(models.TextChoices):
    """得分来源: where a component's value comes from."""

    CLAUSES = "clauses", "本期条款"
    METRIC = "metric", "指标"
    SELF = "self", "自评"
    PANEL = "panel", "评审打分"
    BALLOT = "ballot", "投票"
    MEMBERS = "members", "成员平均分"
    GROUP = "group", "所在窗口（单位）得分"
    PERIODS = "periods", "各期得分汇总"


class How(models.TextChoices):
    """汇总方式: what several periods or members become."""

    MEAN = "mean", "平均"
    SUM = "sum", "合计"
    WORST = "worst", "最低"
    BEST = "best", "最高"
    WINS = "wins", "获评次数"
    LASTS = "lasts", "末位次数"


class Missing(models.TextChoices):
    """缺数处理: what a component is worth when its figure is missing."""

    FULL = "full", "记满分"
    ZERO = "zero", "记零分"
    LEFT_OUT = "left_out", "不计入"


class GateSource(models.TextChoices):
    """门槛所看的: what a gate measures."""

    ACTS = "acts", "事项"
    TOTAL = "total", "总分"
    COMPONENT = "component", "构成得分"
    METRIC = "metric", "指标"
    RANK = "rank", "名次"
    GRADE = "grade", "等次"
    LOST = "lost", "本期扣分"
    DAYS = "days", "在岗天数"
    AWARD = "award", "曾获评选"
    LASTS = "lasts", "末位次数"
    GRADED = "graded", "评为等次的次数"
    ABSENT = "absent", "缺岗天数"


FIGURES = (Origin.METRIC, Origin.SELF, Origin.PANEL)
"""Origins whose values stand in the table of figures."""
