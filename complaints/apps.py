from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = "群众声音"
    default_auto_field = "django.db.models.BigAutoField"
