"""走访随记 walk-by notes: what a leader saw in passing, and what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.clock import now
from accounts.links import link_to
from accounts.models import Hall
from patrols.enums import NoteState
from patrols.note_querysets import WalkNoteQuerySet
from trail.models import StoredFile
from violations.models import ConductRecord
from windows.models import Staff, Window


class WalkNote(models.Model):
    """走访随记: seen in passing at a window; becomes a record, or is closed with a word."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="记的人", related_name="+"
    )
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="+")
    staff = models.ForeignKey(
        Staff, models.PROTECT, verbose_name="人员", null=True, blank=True, related_name="+"
    )
    words = models.CharField("看到什么", max_length=500, blank=True)
    at = models.DateTimeField("时间", default=now)
    photos = models.ManyToManyField(StoredFile, verbose_name="照片", blank=True, related_name="+")
    client_uuid = models.UUIDField("设备端编号", default=uuid.uuid4, editable=False)
    state = models.CharField("状态", max_length=10, choices=NoteState, default=NoteState.WAITING)
    record = models.OneToOneField(
        ConductRecord, models.PROTECT, verbose_name="操行记录", null=True, related_name="walk_note"
    )
    answer = models.CharField("处理说明", max_length=500, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="处理人", null=True, related_name="+"
    )
    settled_at = models.DateTimeField("处理时间", null=True)

    objects = WalkNoteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访随记"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["writer", "client_uuid"], name="one_note_per_client_uuid"),
            models.CheckConstraint(
                condition=Q(state="recorded", record__isnull=False)
                | (~Q(state="recorded") & Q(record__isnull=True)),
                name="a_recorded_note_has_its_record",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(answer=""), name="a_closed_note_has_a_word"
            ),
        ]
        indexes = [models.Index(fields=["hall", "state", "at"], name="note_by_state")]

    def __str__(self) -> str:
        return f"走访随记 {self.pk}"

    def get_absolute_url(self) -> str:
        return link_to("patrols:note", self.pk)

    @property
    def standing(self) -> NoteState:
        """The state with its word, colour and sign."""
        return NoteState(self.state)
