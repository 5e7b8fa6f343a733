"""大厅 hall: the tree of service centres, and the settings each may change."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from accounts.enums import HallLevel
from accounts.links import link_to
from accounts.options import find_option
from accounts.querysets import HallQuerySet


class Hall(models.Model):
    """大厅（中心）: a service hall; `path` is the chain of ids from the root, "/3/7/".

    `settings` holds the registered settings that differ from their defaults, by key.
    """

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    short_name = models.CharField("简称", max_length=30, blank=True)
    level = models.CharField("层级", max_length=12, choices=HallLevel, default=HallLevel.DISTRICT)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级中心", null=True, blank=True, related_name="children"
    )
    path = models.CharField("路径", max_length=200, db_index=True, editable=False, default="")
    is_active = models.BooleanField("启用", default=True)
    settings = models.JSONField("设置（只记与默认不同的）", default=dict, blank=True, editable=False)

    objects = HallQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "大厅"
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep `path` true; moving a hall with children under another parent is refused."""
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path == self.path:
            return
        if self.path and self.children.exists():
            raise ValidationError("有下级中心的大厅不能改上级。")
        self.path = path
        super().save(update_fields=["path"])

    def get_absolute_url(self) -> str:
        return link_to("windows:roster", self.code)

    def option(self, key: str) -> Any:
        """The hall's value of a registered setting, or its default."""
        return self.settings.get(key, find_option(key).default)
