"""没有交上去的内容: what somebody typed into a form that could not be taken, or has not been sent yet."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.querysets import KeptFormQuerySet


def new_token() -> str:
    """By what the browser of the person finds it again, also before anybody has signed in."""
    return secrets.token_urlsafe(24)


class KeptForm(models.Model):
    """草稿: the fields of one form of one page, for the person who typed them and nobody else.

    Sent with a session or a check code that had ended: `user` is empty until somebody signs in in that
    browser. Saved while writing: one row per person and page.
    """

    token = models.CharField("取回码", max_length=40, unique=True, default=new_token, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="谁的", null=True, related_name="+"
    )
    page = models.CharField("页面", max_length=500)
    action = models.CharField("交到哪里", max_length=500)
    fields = models.JSONField("内容", default=list)
    files = models.JSONField("要重新选择的文件", default=list)
    is_autosave = models.BooleanField("边写边存", default=False)
    kept_at = models.DateTimeField("时间", default=timezone.now, db_index=True)

    objects = KeptFormQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "草稿"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=models.Q(is_autosave=True),
                name="one_autosave_per_person_and_page",
            )
        ]

    is_in_form = False
    """Whether the page shows it in its own form."""

    def __str__(self) -> str:
        return f"{self.page} {self.kept_at:%Y-%m-%d %H:%M}"

    @property
    def shown(self) -> list[str]:
        """What a person would want to read again."""
        return [value for name, value in self.fields if value and name != "opened"]

    def as_sent(self) -> list[tuple[str, Any]]:
        """The fields as pairs."""
        return [(name, value) for name, value in self.fields]
