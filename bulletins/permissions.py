"""Who may write, sign, read and answer documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.errors import NotPermitted
from accounts.roles import holders_of
from trail.actors import Robot

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from bulletins.models import Letter


def require(by: User | Robot, permission: str, hall: Hall) -> None:
    """Refuse a person who does not hold `permission` in this very hall; jobs pass.

    Raises NotPermitted, which names the roles that may.
    """
    if isinstance(by, Robot) or by.can(permission, hall):
        return
    roles = "、".join(role.name for role in holders_of(permission))
    raise NotPermitted(f"在{hall}，这件事由{roles}做。")


def is_contact(user: User, letter: Letter) -> bool:
    """The contact of the department a letter was sent to."""
    if not letter.is_sent or not user.can("letter.read_unit", letter.hall):
        return False
    return user.contact_of.filter(pk=letter.department_id).exists()


def may_reply(user: User, letter: Letter) -> bool:
    """The unit's contact answers; the office enters an answer that came on paper."""
    if user.can("letter.draft", letter.hall):
        return True
    return user.can("letter.reply", letter.hall) and is_contact(user, letter)
