from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "组织与账号"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the frame what this room shows, and listen to sign-ins."""
        import accounts.receivers  # noqa: PLC0415
        import accounts.registration  # noqa: PLC0415, F401
