from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "trail"
    verbose_name = "留痕"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the frame what this room shows."""
        import trail.registration  # noqa: PLC0415, F401
