"""反馈函: what the hall writes to a person's home unit, and the unit's answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.links import link_to
from accounts.models import Changed, Hall
from bulletins.enums import LETTERS_SENT, LetterStatus, ReplyOutcome
from bulletins.models.bulletin import Bulletin
from bulletins.querysets import LetterFrozen, LetterQuerySet
from trail.models import StoredFile
from windows.models import Department, Staff

AFTER_SIGNING = frozenset(
    {"status", "opened_at", "outcome", "reply_words", "reply_file", "replied_by", "replied_at"}
)
"""What still happens to a letter that is out: it is opened and answered."""


class Letter(Changed):
    """反馈函: a suggestion to the home unit; the unit decides, the hall imposes nothing.

    Raised as a task once per person, year and threshold. `number` (〔2026〕N号) is drawn at signing.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="letters")
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name="派出单位", related_name="letters"
    )
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", related_name="letters")
    year = models.PositiveIntegerField("年度")
    threshold = models.PositiveIntegerField("达到期数")
    article = models.CharField("依据", max_length=120, blank=True)
    bulletins = models.ManyToManyField(Bulletin, verbose_name="所依据的通报", related_name="letters")
    status = models.CharField("状态", max_length=10, choices=LetterStatus, default=LetterStatus.TASK)
    raised_at = models.DateTimeField("提出时间", default=timezone.now)
    words = models.TextField("正文", max_length=3000, blank=True)
    drafted_at = models.DateTimeField("起草时间", null=True, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="起草人", null=True, related_name="+"
    )
    submitted_at = models.DateTimeField("送签时间", null=True, blank=True)
    number_year = models.PositiveIntegerField("编号年份", null=True, blank=True)
    number = models.PositiveIntegerField("编号", null=True, blank=True)
    content = models.JSONField("签发内容", null=True, blank=True)
    sha256 = models.CharField("指纹", max_length=64, blank=True)
    signed_at = models.DateTimeField("签发时间", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="签发人", null=True, related_name="+"
    )
    reply_due_at = models.DateTimeField("回函期限", null=True, blank=True)
    opened_at = models.DateTimeField("单位首次打开", null=True, blank=True)
    outcome = models.CharField("回函结果", max_length=10, choices=ReplyOutcome, blank=True)
    reply_words = models.TextField("回函内容", max_length=2000, blank=True)
    reply_file = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="回函附件", null=True, blank=True, related_name="+"
    )
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="回函登记人", null=True, related_name="+"
    )
    replied_at = models.DateTimeField("回函时间", null=True, blank=True)
    returned_reason = models.CharField("退回、撤回理由", max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "反馈函"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hall", "staff", "year", "threshold"],
                condition=~Q(status="withdrawn"),
                name="one_letter_per_threshold",
            ),
            models.UniqueConstraint(fields=["hall", "number_year", "number"], name="one_letter_per_number"),
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "replied"])
                | Q(number__isnull=False, signed_by__isnull=False, content__isnull=False) & ~Q(sha256=""),
                name="signed_letter_is_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "status"], name="letter_by_status"),
            models.Index(fields=["hall", "changed_at"], name="letter_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.reference or '反馈函'} {self.staff}（{self.department}）"

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Letter:
        """Remember the stored state: a signed letter takes only its reading and its answer."""
        row = super().from_db(db, field_names, values)
        row._stored_status = row.__dict__.get("status", "")
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refused for the text of a signed letter."""
        fields = kwargs.get("update_fields")
        if getattr(self, "_stored_status", "") in LETTERS_SENT and (
            fields is None or not AFTER_SIGNING.issuperset(fields)
        ):
            raise LetterFrozen
        super().save(*args, **kwargs)
        self._stored_status = self.status

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: a letter is withdrawn, never deleted."""
        raise LetterFrozen

    def get_absolute_url(self) -> str:
        return link_to("bulletins:letter", self.pk)

    @property
    def state(self) -> LetterStatus:
        """The status with its word and colour."""
        return LetterStatus(self.status)

    @property
    def reference(self) -> str:
        """〔2026〕17号, as printed under the red head; empty before signing."""
        return f"〔{self.number_year}〕{self.number}号" if self.number else ""

    @property
    def is_sent(self) -> bool:
        """Signed and so unchangeable."""
        return self.status in LETTERS_SENT
