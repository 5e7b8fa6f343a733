from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "bulletins"
    verbose_name = "通报与文书"
    default_auto_field = "django.db.models.BigAutoField"
