from django.apps import AppConfig


class WindowsConfig(AppConfig):
    name = "windows"
    verbose_name = "窗口与人员"
    default_auto_field = "django.db.models.BigAutoField"
