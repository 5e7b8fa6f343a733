from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class WindowsConfig(AppConfig):
    name = "windows"
    verbose_name = "窗口与人员"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the frame what this room shows; keep the shipped calendar years in every database."""
        import windows.registration  # noqa: PLC0415, F401

        post_migrate.connect(_load_shipped_calendar, sender=self)


def _load_shipped_calendar(using: str, **kwargs: Any) -> None:
    from windows.services.calendar import ensure_calendar  # noqa: PLC0415  models are not ready above

    if "windows_calendaryear" in connections[using].introspection.table_names():
        ensure_calendar(using)
