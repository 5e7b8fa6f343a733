from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "bulletins"
    verbose_name = "通报与文书"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the frame what this room shows, and listen to the ledger."""
        import bulletins.receivers  # noqa: PLC0415
        import bulletins.registration  # noqa: PLC0415, F401
