"""窗口工作人员 and 派驻: who sits where, from which day to which day."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts import clock
from accounts.links import link_to
from accounts.models import Changed, Hall
from trail.models import StoredFile
from windows.enums import StaffEventKind
from windows.models.places import Department, Window
from windows.querysets import PostingQuerySet, SpanQuerySet, StaffEventQuerySet, StaffQuerySet


class Staff(Changed):
    """窗口工作人员: a person sent to the hall by a department; may or may not have a login."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="staff")
    department = models.ForeignKey(Department, models.PROTECT, verbose_name="派驻单位", related_name="staff")
    no = models.CharField("工号", max_length=30)
    name = models.CharField("姓名", max_length=40)
    attendance_no = models.CharField("考勤号", max_length=30, blank=True)
    gender = models.CharField("性别", max_length=4, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    political_status = models.CharField("政治面貌", max_length=20, blank=True)
    post = models.CharField("岗位", max_length=30, blank=True)
    joined_on = models.DateField("进驻时间", null=True, blank=True)
    left_on = models.DateField("离开时间（最后一天）", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name="账号",
        null=True,
        blank=True,
        related_name="staff",
    )
    photo = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="工作照", null=True, blank=True, related_name="+"
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "窗口工作人员"
        ordering = ["hall", "no"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "no"], name="one_person_per_number"),
            models.UniqueConstraint(
                fields=["hall", "attendance_no"],
                condition=~Q(attendance_no=""),
                name="one_person_per_attendance_number",
            ),
        ]
        indexes = [models.Index(fields=["hall", "changed_at"], name="staff_by_change")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return link_to("windows:staff", self.pk)


class Posting(Changed):
    """派驻: a person at a window from a day to a day, both inclusive; open while `ends_on` is empty.

    The one source of "who sat at 101 on that day" for patrols, scores and the public roster.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="postings")
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", related_name="postings")
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="postings")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止", null=True, blank=True)
    is_chief = models.BooleanField("首席代表", default=False)
    is_head = models.BooleanField("窗口负责人", default=False)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "派驻"
        ordering = ["window", "-is_chief", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="posting_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["staff"], condition=Q(ends_on__isnull=True), name="one_open_posting_per_person"
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "starts_on"], name="posting_by_hall"),
            models.Index(fields=["hall", "changed_at"], name="posting_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.window}"


class StaffEvent(models.Model):
    """人员变动记录: joining, moving, leaving, being sent back; dated, with reason, never edited."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", related_name="events")
    kind = models.CharField("变动", max_length=12, choices=StaffEventKind)
    day = models.DateField("生效日")
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", null=True, related_name="+")
    reason = models.CharField("事由", max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", null=True, related_name="+"
    )
    at = models.DateTimeField("登记时间", default=clock.now)

    objects = StaffEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员变动"
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.staff} {self.get_kind_display()} {self.day}"


class BackupPair(models.Model):
    """AB岗: the backup who sits in for the primary at a window."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="backup_pairs")
    primary = models.ForeignKey(Staff, models.PROTECT, verbose_name="A岗", related_name="backed_by")
    backup = models.ForeignKey(Staff, models.PROTECT, verbose_name="B岗", related_name="backs_up")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止", null=True, blank=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "AB岗"
        ordering = ["window", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(primary=F("backup")), name="backup_is_someone_else"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="backup_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.primary} / {self.backup}"
