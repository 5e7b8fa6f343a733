"""What a person is told when a backup or a restore does not happen."""


class BackupRefused(Exception):
    """Nothing was touched; the words say why."""
