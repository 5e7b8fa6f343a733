"""操行记录 conduct ledger: what was found, what the person said, what was decided, by whom and when."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts import clock, words
from accounts.links import link_to
from accounts.models import Changed, Hall
from trail.models import StoredFile
from violations.enums import (
    COUNTING,
    VOID,
    AppealStatus,
    RecordSource,
    RecordStatus,
    StatementReason,
)
from violations.models.rulebook import Act
from violations.querysets import AppealQuerySet, AppendOnlyQuerySet, RecordQuerySet, StatementQuerySet
from violations.rule_enums import Severity, Subject
from windows.models import Department, Staff, Window


class ConductRecord(Changed):
    """操行记录: one deduction or bonus against a person, a window or a unit, with a life of its own.

    It names an act, never a clause: what the act costs is said by the rulebook version of its day
    (`violations.tariff`). `quantity` is in hundredths of the act's meter (100 = once, one half day).
    `judged` are the points a person chose where the clause leaves a range.
    `duplicate_of` is the record of the same matter into which this one was merged; it is withdrawn then.
    `countable_at` is when it entered a counting state, empty while it does not count.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="records")
    number = models.CharField("编号", max_length=24)
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="records")
    subject = models.CharField("主体", max_length=6, choices=Subject)
    staff = models.ForeignKey(
        Staff, models.PROTECT, verbose_name="人员", null=True, blank=True, related_name="records"
    )
    window = models.ForeignKey(
        Window, models.PROTECT, verbose_name="窗口", null=True, blank=True, related_name="records"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name="派驻单位", null=True, blank=True, related_name="records"
    )
    day = models.DateField("发生日")
    at = models.DateTimeField("发生时间")
    quantity = models.BigIntegerField("数量（百分之一）", default=100)
    severity = models.CharField("情节", max_length=8, choices=Severity, default="", blank=True)
    judged = models.BigIntegerField("酌情分值（百分之一）", null=True, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    source = models.CharField("来源", max_length=12, choices=RecordSource)
    source_key = models.CharField("来源编号", max_length=120, blank=True)
    incident = models.CharField("事由号", max_length=60, blank=True)
    finder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="记录人", null=True, related_name="+"
    )
    finder_name = models.CharField("记录人（纸面）", max_length=40, blank=True)
    status = models.CharField("状态", max_length=16, choices=RecordStatus)
    status_at = models.DateTimeField("状态时间", default=clock.now)
    deadline_at = models.DateTimeField("答复截止", null=True, blank=True)
    appeal_until = models.DateTimeField("申诉截止", null=True, blank=True)
    countable_at = models.DateTimeField("计入时间", null=True, blank=True)
    created_at = models.DateTimeField("登记时间", default=clock.now)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入", null=True, blank=True, related_name="duplicates"
    )
    photos = models.ManyToManyField(
        StoredFile, verbose_name="登记时的照片", blank=True, related_name="photo_of_records"
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "操行记录"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="one_record_per_number"),
            models.UniqueConstraint(
                fields=["hall", "source", "source_key"],
                condition=~Q(source_key=""),
                name="one_record_per_source",
            ),
            models.CheckConstraint(
                condition=Q(subject="staff", staff__isnull=False)
                | Q(subject="window", window__isnull=False)
                | Q(subject="unit", department__isnull=False),
                name="record_names_its_subject",
            ),
            models.CheckConstraint(
                condition=Q(status__in=COUNTING, countable_at__isnull=False)
                | (~Q(status__in=COUNTING) & Q(countable_at__isnull=True)),
                name="countable_since_exactly_while_counting",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="record_quantity_is_positive"),
        ]
        indexes = [
            models.Index(fields=["hall", "day"], name="record_by_day"),
            models.Index(fields=["hall", "countable_at"], name="record_by_countable"),
            models.Index(fields=["hall", "status", "deadline_at"], name="record_by_status"),
            models.Index(fields=["staff", "day"], name="record_by_staff"),
            models.Index(fields=["hall", "changed_at"], name="record_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.who} {self.act}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A saved record changes its verdict only through services, which name the fields."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            raise TypeError("a record is changed through violations.services.ledger")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: a record is withdrawn, never deleted."""
        raise TypeError("a record is withdrawn, never deleted")

    def get_absolute_url(self) -> str:
        return link_to("violations:finding", self.pk)

    @property
    def state(self) -> RecordStatus:
        """The status with its word, colour and sign."""
        return RecordStatus(self.status)

    @property
    def counts(self) -> bool:
        """Whether it counts in scores and bulletins now."""
        return self.status in COUNTING

    @property
    def is_day_only(self) -> bool:
        """Whether `at` is no more than the start of its day: the hour of a covert visit is not told."""
        return self.source == RecordSource.COVERT

    @property
    def when(self) -> str:
        """11月25日 14:31, or as much of it as is told."""
        if self.is_day_only:
            return words.day_words(self.at)
        return f"{words.day_words(self.at)} {words.time_words(self.at)}"

    @property
    def is_void(self) -> bool:
        """Whether nothing is held against (or for) anybody any more."""
        return self.status in VOID

    @property
    def who(self) -> str:
        """Person, window or unit, as a list shows it: "A05 王丽"."""
        if self.subject == Subject.STAFF:
            return f"{self.window.code} {self.staff.name}" if self.window else self.staff.name
        return str(self.window if self.subject == Subject.WINDOW else self.department)


class StatusChange(models.Model):
    """状态变更: one step in a record's life; rows are added, never edited. An undo is a further row."""

    record = models.ForeignKey(
        ConductRecord, models.PROTECT, verbose_name="记录", related_name="status_changes"
    )
    old_status = models.CharField("原状态", max_length=16, choices=RecordStatus, blank=True)
    status = models.CharField("状态", max_length=16, choices=RecordStatus)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", null=True, related_name="+"
    )
    job = models.CharField("作业", max_length=60, blank=True)
    at = models.DateTimeField("时间", default=clock.now)
    note = models.CharField("说明", max_length=500, blank=True)
    is_undo = models.BooleanField("撤销", default=False)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "状态变更"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("status rows are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError("status rows are append-only")


class Statement(models.Model):
    """陈述: what the person concerned says before anything is decided."""

    record = models.ForeignKey(ConductRecord, models.PROTECT, verbose_name="记录", related_name="statements")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="陈述人", related_name="+")
    at = models.DateTimeField("时间", default=clock.now)
    reason = models.CharField("理由", max_length=16, choices=StatementReason)
    words = models.TextField("说明", max_length=500)
    files = models.ManyToManyField(
        StoredFile, verbose_name="附件", blank=True, related_name="attached_to_statements"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "陈述"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.by}：{self.words[:30]}"


class Appeal(Changed):
    """申诉: asks somebody who took no part in finding or deciding to look again; never ends worse."""

    record = models.ForeignKey(ConductRecord, models.PROTECT, verbose_name="记录", related_name="appeals")
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    number = models.CharField("编号", max_length=24)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="申诉人", related_name="+")
    filed_at = models.DateTimeField("提交时间", default=clock.now)
    due_at = models.DateTimeField("答复截止")
    words = models.TextField("理由", max_length=1000)
    files = models.ManyToManyField(
        StoredFile, verbose_name="附件", blank=True, related_name="attached_to_appeals"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="复核人", null=True, related_name="+"
    )
    decided_at = models.DateTimeField("裁定时间", null=True, blank=True)
    is_allowed = models.BooleanField("成立", null=True)
    opinion = models.TextField("裁定意见", max_length=1000, blank=True)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申诉"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="one_appeal_per_number"),
            models.UniqueConstraint(
                fields=["record"], condition=Q(undone_at=None), name="one_appeal_per_record"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, is_allowed__isnull=True)
                | Q(decided_at__isnull=False, is_allowed__isnull=False, reviewer__isnull=False),
                name="a_decided_appeal_names_its_reviewer",
            ),
        ]
        indexes = [models.Index(fields=["hall", "changed_at"], name="appeal_by_change")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return link_to("violations:appeal", self.pk)

    @property
    def state(self) -> AppealStatus:
        """Whether it waits, and how it was decided."""
        if self.is_allowed is None:
            return AppealStatus.WAITING
        return AppealStatus.ALLOWED if self.is_allowed else AppealStatus.REJECTED
