"""暗访 covert inspection: secret tasks, their score sheets, what came back, and who was told what.

Who was sent stands in no column: `inspector_sealed` opens with SECRET_KEY only, `inspector_mark` finds the
tasks of a person who is signed in. The hour of a visit is sealed too; a record carries no more than its day.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.clock import now
from accounts.links import link_to
from accounts.models import Hall
from patrols.covert_querysets import CovertRowQuerySet, CovertTaskQuerySet
from patrols.enums import CovertStatus, QuestionKind
from trail.models import StoredFile
from violations.models import Act, ConductRecord
from windows.models import Window


class CovertTask(models.Model):
    """暗访任务: one visit, asked of one volunteer, with a script and a score sheet.

    Without windows any window of the hall may be visited. `starts_on`..`ends_on` are days, `opens`..`closes`
    the hours of each of them, when only those are meant.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    number = models.CharField("编号", max_length=24)
    title = models.CharField("任务", max_length=80)
    script = models.TextField("暗访脚本", max_length=2000)
    windows = models.ManyToManyField(Window, verbose_name="窗口", blank=True, related_name="+")
    starts_on = models.DateField("开始日")
    ends_on = models.DateField("截止日")
    opens = models.TimeField("每天从", null=True, blank=True)
    closes = models.TimeField("每天到", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=CovertStatus, default=CovertStatus.OPEN)
    inspector_sealed = models.TextField("监督员（封存）", editable=False)
    inspector_mark = models.CharField("监督员印记", max_length=64, editable=False, db_index=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="派发人", related_name="+"
    )
    created_at = models.DateTimeField("派发时间", default=now)
    client_uuid = models.UUIDField("表单编号", default=uuid.uuid4, editable=False)
    soon_told_on = models.DateField("提醒过将到期", null=True, editable=False)
    late_told_on = models.DateField("提醒过已到期", null=True, editable=False)

    objects = CovertTaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "暗访任务"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="one_covert_task_per_number"),
            models.UniqueConstraint(fields=["created_by", "client_uuid"], name="one_covert_task_per_form"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="covert_task_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["hall", "status"], name="covert_task_by_status")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return link_to("patrols:covert_task", self.pk)

    @property
    def state(self) -> CovertStatus:
        """The status with its word, colour and sign."""
        return CovertStatus(self.status)

    @property
    def awaits_visit(self) -> bool:
        """Whether the inspector has to act."""
        return self.status in (CovertStatus.OPEN, CovertStatus.RETURNED)


class CovertQuestion(models.Model):
    """评分题: a line of the score sheet, and the act it stands for when it is failed."""

    task = models.ForeignKey(CovertTask, models.PROTECT, verbose_name="任务", related_name="questions")
    sort = models.PositiveSmallIntegerField("次序")
    words = models.CharField("题目", max_length=120)
    kind = models.CharField("题型", max_length=8, choices=QuestionKind)
    most = models.PositiveSmallIntegerField("满分", null=True, blank=True)
    passed_from = models.PositiveSmallIntegerField("合格分", null=True, blank=True)
    act = models.ForeignKey(
        Act, models.PROTECT, verbose_name="不合格记什么", null=True, blank=True, related_name="+"
    )

    objects = CovertRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评分题"
        ordering = ["task", "sort"]
        constraints = [
            models.UniqueConstraint(fields=["task", "sort"], name="one_question_per_place"),
            models.CheckConstraint(
                condition=Q(kind="yes_no", most=None, passed_from=None)
                | Q(kind="points", most__gte=1, passed_from__gte=1, passed_from__lte=F("most")),
                name="a_question_with_points_says_how_many",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    def is_failed_by(self, value: int | None) -> bool:
        """Whether the value is not good enough; what nobody could see fails nothing."""
        if value is None:
            return False
        return value < (self.passed_from or 1)

    def answer_words(self, value: int | None) -> str:
        """是, 否, 3 分（满分 5 分）, 没有看到."""
        if value is None:
            return "没有看到"
        if self.kind == QuestionKind.YES_NO:
            return "是" if value else "否"
        return f"{value} 分（满分 {self.most} 分）"


class CovertReport(models.Model):
    """暗访报告: what the volunteer saw, sent once; after a return another one is sent.

    `visited_sealed` is the moment of the visit; only its day stands open. `receipt` proves to the
    supervision, without a name, who sent it.
    """

    task = models.ForeignKey(CovertTask, models.PROTECT, verbose_name="任务", related_name="reports")
    client_uuid = models.UUIDField("设备端编号", editable=False)
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="+")
    visited_on = models.DateField("到访日")
    visited_sealed = models.TextField("到访时间（封存）", editable=False)
    words = models.TextField("经过", max_length=1000, blank=True)
    receipt = models.CharField("回执码", max_length=12, unique=True)

    objects = CovertRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "暗访报告"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "client_uuid"], name="one_covert_report_per_client_uuid")
        ]

    def __str__(self) -> str:
        return self.receipt


class CovertAnswer(models.Model):
    """评分: the answer to one question; `value` is empty when it could not be seen, 0 or 1 for yes and no."""

    report = models.ForeignKey(CovertReport, models.PROTECT, verbose_name="报告", related_name="answers")
    question = models.ForeignKey(CovertQuestion, models.PROTECT, verbose_name="题目", related_name="+")
    value = models.PositiveSmallIntegerField("评分", null=True, blank=True)
    words = models.CharField("看到了什么", max_length=300, blank=True)
    record = models.OneToOneField(
        ConductRecord,
        models.PROTECT,
        verbose_name="移交的记录",
        null=True,
        blank=True,
        related_name="covert_answer",
    )

    objects = CovertRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评分"
        ordering = ["report", "question__sort"]
        constraints = [models.UniqueConstraint(fields=["report", "question"], name="one_answer_per_question")]

    def __str__(self) -> str:
        return f"{self.question}：{self.value_words}"

    @property
    def is_failed(self) -> bool:
        """Whether it is not good enough."""
        return self.question.is_failed_by(self.value)

    @property
    def value_words(self) -> str:
        """The answer as it is shown."""
        return self.question.answer_words(self.value)


class CovertPhoto(models.Model):
    """暗访照片: sent with a report; the hall sees those that were handed over with its records."""

    report = models.ForeignKey(CovertReport, models.PROTECT, verbose_name="报告", related_name="photos")
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="文件", related_name="covert_photos")
    is_shown = models.BooleanField("随记录出示", default=False)

    objects = CovertRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "暗访照片"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "file"], name="one_place_per_covert_photo")]

    def __str__(self) -> str:
        return str(self.file)


class CovertStep(models.Model):
    """暗访经过: one step in a task's life; rows are added, never edited. `by` is empty for the volunteer."""

    task = models.ForeignKey(CovertTask, models.PROTECT, verbose_name="任务", related_name="steps")
    status = models.CharField("状态", max_length=10, choices=CovertStatus)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", null=True, related_name="+"
    )
    at = models.DateTimeField("时间", default=now)
    words = models.CharField("说明", max_length=500, blank=True)
    is_undo = models.BooleanField("撤销", default=False)

    objects = CovertRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "暗访经过"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.at:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("steps are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError("steps are append-only")
