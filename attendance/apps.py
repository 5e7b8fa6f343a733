from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = "考勤"
    default_auto_field = "django.db.models.BigAutoField"
