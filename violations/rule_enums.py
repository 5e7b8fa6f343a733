"""Values of the rulebook: what a clause judges, how it counts and where its points go."""

from django.db import models


class Subject(models.TextChoices):
    """主体: who is judged."""

    STAFF = "staff", "人员"
    WINDOW = "window", "窗口"
    UNIT = "unit", "派驻单位"


class VersionStatus(models.TextChoices):
    """版本状态: a draft may change; a version in force never does; a retired one rules its past days."""

    DRAFT = "draft", "草稿"
    IN_FORCE = "in_force", "现行"
    RETIRED = "retired", "已被新版替代"


class Meter(models.TextChoices):
    """计量单位: what one unit of an act is."""

    TIME = "time", "次"
    PERSON_TIME = "person_time", "人次"
    ITEM = "item", "件"
    HALF_DAY = "half_day", "半天"
    DAY = "day", "天"
    OVERDUE_DAY = "overdue_day", "逾期工作日"
    MINUTE = "minute", "分钟"
    PERCENT_POINT = "percent_point", "百分点"


class Severity(models.TextChoices):
    """情节: how grave one occurrence was."""

    NORMAL = "", "一般"
    SLIGHT = "slight", "轻微"
    MEDIUM = "medium", "较重"
    GRAVE = "grave", "严重"
    EXTREME = "extreme", "特别严重"


class Source(models.TextChoices):
    """条款来源: where the amount comes from that a clause turns into points."""

    RECORD = "record", "操行记录"
    LOST = "lost", "扣分累计"
    AWARD = "award", "获得荣誉"
    METRIC = "metric", "指标"
    RUNNING = "running", "连续各期"


class Mode(models.TextChoices):
    """计分方式: rungs of a running amount, a share of it, or the one row of a table it falls in."""

    RUNGS = "rungs", "每满一档计一次"
    LINEAR = "linear", "按比例"
    LOOKUP = "lookup", "查表"


class Ranked(models.TextChoices):
    """名次方向: which figure comes first where a clause goes by the place of a metric."""

    HIGHEST = "highest", "数大的在前"
    LOWEST = "lowest", "数小的在前"


class Measure(models.TextChoices):
    """计数方式: a record counts as one time, or with its quantity."""

    TIMES = "times", "按次"
    QUANTITY = "quantity", "按数量"


class Span(models.TextChoices):
    """累计周期: within which time the amounts of one card add up."""

    EACH = "each", "每次"
    DAY = "day", "当日累计"
    WEEK = "week", "当周累计"
    MONTH = "month", "当月累计"
    QUARTER = "quarter", "当季累计"
    HALF_YEAR = "half_year", "半年累计"
    YEAR = "year", "当年累计"
    ROLLING = "rolling", "连续若干工作日"
    RUNNING = "running", "连续各月"


class Period(models.TextChoices):
    """考核周期: what a score is reckoned for."""

    MONTH = "month", "月度"
    QUARTER = "quarter", "季度"
    HALF_YEAR = "half_year", "半年"
    YEAR = "year", "年度"

    @property
    def months(self) -> int:
        """How many months it has."""
        return {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[self.value]


class CountedFor(models.TextChoices):
    """计数归属: whose running amount a record adds to."""

    SELF = "self", "各人（各窗口、各单位）自己"
    GROUP = "group", "所在窗口（单位）合并"
    UNIT = "unit", "派驻单位合并"


class Dedup(models.TextChoices):
    """同一事由: what counts when several records tell of one incident."""

    ALL = "all", "逐条计"
    HEAVIEST = "heaviest", "只计最重一条"
    FIRST = "first", "只计最早一条"
    BEST = "best", "加分只计最高一条"


class Target(models.TextChoices):
    """计分对象: whose card receives the points."""

    SELF = "self", "本人（本窗口、本单位）"
    GROUP = "group", "所在窗口（单位）"
    MEMBERS = "members", "窗口成员"
    CHIEF = "chief", "首席代表"
    UNIT = "unit", "派驻单位"
    RECORDER = "recorder", "记录人"


class MeasureKind(models.TextChoices):
    """处理措施: what a threshold calls for; always a task for a person, never a sanction."""

    REMIND = "remind", "当场提醒"
    CRITICISM = "criticism", "批评教育"
    REMIND_TALK = "remind_talk", "提醒谈话"
    LETTER = "letter", "向派出单位发反馈函"
    TALK = "talk", "约谈"
    SELF_REVIEW = "self_review", "书面检查"
    CIRCULAR = "circular", "大会通报批评"
    REASSIGN = "reassign", "建议调换"
    RETURN = "return", "建议退回派出单位"
    TRANSFER = "transfer", "移送"


class Counted(models.TextChoices):
    """计数对象: what a measure counts."""

    BULLETINS = "bulletins", "被通报的期数"
    CLAUSE = "clause", "由条款提出"
    BY_HAND = "by_hand", "由人提出"
