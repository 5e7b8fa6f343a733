"""Sessions as rows with their device: idle time is checked in the one query that reads the session.

Django's own way to extend its database sessions. What the row says beside the data (whose, where from,
when seen) is kept in `row` and written with every save.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from accounts.models.sign_in import SignInSession

KEPT = ("device", "address", "is_remembered", "idle_minutes", "first_seen_at", "last_seen_at")
STRANGER = timedelta(hours=2)
"""How long the session of somebody who has not signed in is kept: an open second step, a message."""
SHARE = 30
"""The moment last seen is written at most once in this share of the idle time: 30 minutes → each minute."""
SELDOM = timedelta(minutes=5)


class SessionStore(DatabaseStore):
    """A session in `SignInSession`."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.uid = uuid.uuid4()
        self.row: dict[str, Any] = {}

    @classmethod
    def get_model_class(cls) -> type[SignInSession]:
        """The rows of this store."""
        return SignInSession

    def _get_session_from_db(self) -> SignInSession | None:
        found = super()._get_session_from_db()
        if found is not None:
            self.uid = found.uid
            self.row = {name: getattr(found, name) for name in KEPT}
        return found

    def create_model_instance(self, data: dict[str, Any]) -> SignInSession:
        """The row to write: the person is read from the data, the end from the moment last seen."""
        now = timezone.now()
        self.row = {"first_seen_at": now, "last_seen_at": now, **self.row}
        return SignInSession(
            session_key=self._get_or_create_session_key(),
            session_data=self.encode(data),
            expire_date=self.ends_at(signed_in=SESSION_KEY in data),
            uid=self.uid,
            user_id=int(data[SESSION_KEY]) if SESSION_KEY in data else None,
            **self.row,
        )

    def ends_at(self, *, signed_in: bool) -> Any:
        """When the session has been idle too long."""
        minutes = self.row.get("idle_minutes") or settings.IDLE_MINUTES
        return self.row["last_seen_at"] + (timedelta(minutes=minutes) if signed_in else STRANGER)

    def get_expire_at_browser_close(self) -> bool:
        """A desk's cookie goes with the browser; a remembered phone keeps its own."""
        return not self.row.get("is_remembered")

    def get_expiry_age(self, **kwargs: Any) -> int:
        """How long a remembered phone keeps its cookie, in seconds; the server's own end decides."""
        return int(self.row.get("idle_minutes") or settings.IDLE_MINUTES) * 60

    def cycle_key(self) -> None:
        """A new key, and a new name: nothing of before the sign-in names the session."""
        self.uid = uuid.uuid4()
        super().cycle_key()

    def flush(self) -> None:
        """Forget everything, the device too."""
        super().flush()
        self.uid, self.row = uuid.uuid4(), {}

    def describe(self, **facts: Any) -> None:
        """Set what the row says beside the data; written with the next save."""
        self.row |= facts
        self.modified = True

    def seen(self, *, idle_minutes: int) -> None:
        """The person did something: move the end, but write it seldom."""
        now, idle = timezone.now(), timedelta(minutes=idle_minutes)
        last = self.row.get("last_seen_at")
        is_new_limit = self.row.get("idle_minutes") != idle_minutes
        if self.session_key is None or last is None:
            return
        if not is_new_limit and now - last < min(idle / SHARE, SELDOM):
            return
        self.row |= {"last_seen_at": now, "idle_minutes": idle_minutes}
        if self.row["is_remembered"]:
            self.modified = True  # saved with a fresh cookie: the phone's seven days begin again
            return
        SignInSession.objects.filter(session_key=self.session_key).update(
            last_seen_at=now, idle_minutes=idle_minutes, expire_date=now + idle
        )
