"""What programs pull by change: rows that know when they last changed."""

from typing import Any

from django.db import models


class Changed(models.Model):
    """变更时间: stamped by every way of writing (`save`, and `update` of a `ChangedQuerySet`).

    It is the machine's time of writing, not a fact of the hall: see `accounts.since`.
    """

    changed_at = models.DateTimeField("变更时间", auto_now=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With the stamp, also when the caller names the fields."""
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        super().save(*args, **kwargs)
