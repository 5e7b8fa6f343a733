"""Is the house in order? One query, one look at the broker."""

import os
from datetime import timedelta
from pathlib import Path

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Q
from django.utils import timezone

from trail.enums import RunStatus
from trail.models import JobRun

log = structlog.get_logger(__name__)
RECENT = timedelta(days=1)
STUCK_AFTER = timedelta(hours=1)
UNFETCHED_AFTER = timedelta(minutes=30)


def database_and_jobs() -> tuple[str, str]:
    """Both answers from one statement: job history is read from the database in question."""
    now = timezone.now()
    try:
        runs = JobRun.objects.filter(claimed_at__gt=now - RECENT).aggregate(
            failed=Count("pk", filter=Q(status=RunStatus.FAILED)),
            stuck=Count("pk", filter=Q(status=RunStatus.RUNNING, claimed_at__lt=now - STUCK_AFTER)),
        )
    except DatabaseError as error:
        log.warning("healthz", exc_info=error)
        return "down", "unknown"
    return "ok", "failing" if runs["failed"] or runs["stuck"] else "ok"


def size_of_database() -> int:
    """Bytes the database takes on its disk."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    file = Path(connection.settings_dict["NAME"])
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def messages_waiting() -> int:
    """Messages that no worker has fetched yet."""
    if not settings.REDIS_URL:
        return sum(1 for _ in (settings.BROKER_DIR / "queue").glob("*.msg"))
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        return int(client.llen("celery"))
    finally:
        client.close()


def broker() -> str:
    return _redis() if settings.REDIS_URL else _message_files(settings.BROKER_DIR / "queue")


def _redis() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        client.ping()
    except redis.RedisError as error:
        log.warning("healthz", exc_info=error)
        return "down"
    finally:
        client.close()
    return "ok"


def _message_files(folder: Path) -> str:
    """Down when messages cannot be written, or when nobody has fetched one for half an hour."""
    place = folder if folder.exists() else settings.DATA_DIR
    if not os.access(place, os.W_OK):
        return "down"
    oldest = min((message.stat().st_mtime for message in folder.glob("*.msg")), default=None)
    if oldest is None or timezone.now().timestamp() - oldest < UNFETCHED_AFTER.total_seconds():
        return "ok"
    return "down"
