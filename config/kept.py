"""Secrets that a development machine makes for itself and keeps between starts."""

import os
import secrets
from pathlib import Path


def kept_secret(data_dir: Path, name: str, *, length: int) -> str:
    path = data_dir / name
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    secret = secrets.token_urlsafe(length)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
    return secret
