"""Who does a thing when no person does: a named job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Robot:
    """系统作业: the named job behind a write, for audit rows without a person."""

    job: str

    def __str__(self) -> str:
        return f"系统（{self.job}）"


Actor = "User | Robot"


def person(by: User | Robot) -> User | None:
    """The person behind `by`, none for a job."""
    return None if isinstance(by, Robot) else by


def job_name(by: User | Robot) -> str:
    """The job behind `by`, empty for a person."""
    return by.job if isinstance(by, Robot) else ""
