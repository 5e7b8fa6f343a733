"""Refusals: what a service says no to, in words for the person who asked."""

from typing import Any


class Refused(Exception):
    """The request is understood and not allowed; `message` is Chinese and says what to do.

    `status` is the HTTP status of the answer, `code` a stable word for programs, `extra` what a program
    needs besides the words.
    """

    status = 409
    code = "refused"
    extra: dict[str, Any] = {}

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status


class TransitionNotAllowed(Refused):
    """The record is not in a state from which this step may be taken."""

    code = "transition_not_allowed"


class NotPermitted(Refused):
    """This person may not do this to this record (recusal, role or hall)."""

    status = 403
    code = "not_permitted"
