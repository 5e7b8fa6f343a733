from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "config"
    verbose_name = "整体"

    def ready(self) -> None:
        """Tell /metrics what the house itself has to show."""
        import config.registration  # noqa: PLC0415, F401
