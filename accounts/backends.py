"""Who is asking: the person with what every page shows of him, in one query."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.frame_parts import person_facts
from accounts.models import User


class PersonBackend(ModelBackend):
    """Account and password; roles, not Django's permissions, say what a person may do."""

    def get_user(self, user_id: Any) -> User | None:
        """The person behind a session, with what rooms want read along with him."""
        user = User.objects.filter(pk=user_id).annotate(**person_facts()).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Never: roles are asked, not Django's permissions."""
        return False
