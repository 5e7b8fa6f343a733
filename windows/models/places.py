"""派驻单位 and 窗口: who keeps a window, and where it stands."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.links import link_to
from accounts.models import Changed, Hall
from windows.enums import Category
from windows.querysets import DepartmentQuerySet, ServiceItemQuerySet, WindowQuerySet


def new_qr_token() -> str:
    """What a window's QR code says; random, so that it cannot be guessed from the number."""
    return secrets.token_urlsafe(12)


class Department(Changed):
    """派驻单位: a department that posts clerks to the hall; keeps their post, pay and discipline."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="departments")
    name = models.CharField("名称", max_length=60)
    category = models.CharField("类别", max_length=20, choices=Category)
    contacts = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name="联系人", blank=True, related_name="contact_of"
    )
    hides_photo = models.BooleanField("公示时不显示照片", default=False)
    hides_duty = models.BooleanField("公示时不显示职责", default=False)
    hides_pledge = models.BooleanField("公示时不显示承诺", default=False)
    sort = models.PositiveIntegerField("排序", default=0)
    is_active = models.BooleanField("在驻", default=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "派驻单位"
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["hall", "name"], name="one_department_per_name")]
        indexes = [models.Index(fields=["hall", "changed_at"], name="department_by_change")]

    def __str__(self) -> str:
        return self.name


class Window(Changed):
    """窗口: a counter of the hall; a closed window keeps its number and its history."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="windows")
    code = models.CharField("窗口号", max_length=12)
    name = models.CharField("名称", max_length=60)
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name="派驻单位", related_name="windows"
    )
    category = models.CharField("类别", max_length=20, choices=Category)
    floor = models.CharField("楼层", max_length=12, blank=True)
    zone = models.CharField("区域", max_length=30, blank=True)
    sort = models.PositiveIntegerField("巡查顺序", default=0)
    opened_on = models.DateField("启用", null=True, blank=True)
    closed_on = models.DateField("停用", null=True, blank=True)
    duty = models.TextField("职责", blank=True)
    pledge = models.TextField("服务承诺", blank=True)
    flow = models.TextField("办事流程", blank=True)
    qr_token = models.CharField("窗口码", max_length=24, unique=True, default=new_qr_token, editable=False)

    objects = WindowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "窗口"
        ordering = ["floor", "sort", "code"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "code"], name="one_window_per_code"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True)
                | Q(opened_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="window_closes_after_opening",
            ),
        ]
        indexes = [models.Index(fields=["hall", "changed_at"], name="window_by_change")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return link_to("windows:window", self.pk)


class ServiceItem(models.Model):
    """事项: a service that a window offers."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="service_items")
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="services")
    name = models.CharField("事项", max_length=120)
    is_active = models.BooleanField("在办", default=True)

    objects = ServiceItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "事项"
        ordering = ["window", "pk"]
        constraints = [models.UniqueConstraint(fields=["window", "name"], name="one_item_per_window")]

    def __str__(self) -> str:
        return self.name
