"""Secrets that a development machine makes for itself and keeps between starts."""

import os
import secrets
from pathlib import Path


def keep(path: Path, secret: str) -> None:
    """Write a secret that only this account can read, over an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret)


def kept(path: Path) -> str:
    """The secret, or "" when none is kept."""
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def kept_or_new(path: Path, *, length: int) -> str:
    """The kept secret; made up and kept on the first call."""
    if not kept(path):
        keep(path, secrets.token_urlsafe(length))
    return kept(path)
