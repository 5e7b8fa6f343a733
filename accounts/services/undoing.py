"""撤销 undoing: the lowest room says what may be taken back; `trail` keeps it and takes it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from accounts.models import Hall, User

Rows = Callable[[], "list[QuerySet[Any]]"]


@dataclass
class Offer:
    """What a toast offers after the act; empty when nothing has changed."""

    url: str = ""


_keep: list[Callable[..., AbstractContextManager[Offer]]] = []


def register_undoing(keep: Callable[..., AbstractContextManager[Offer]]) -> None:
    """Tell what keeps the way back; called once by the trail room at start."""
    _keep[:] = [keep]


@contextmanager
def undoable(
    action: str, *, target: Model, by: User, hall: Hall, rows: Rows, notice_key: str = ""
) -> Iterator[Offer]:
    """Do the block in one transaction and keep how `rows` were before it, so that it can be taken back.

    `rows` names every row the block may change, make or remove. `notice_key` names the notices it leaves.
    """
    with _keep[0](action, target=target, by=by, hall=hall, rows=rows, notice_key=notice_key) as offer:
        yield offer
