"""清理 tidying: rooms register here what may be thrown away once it is over; the tick calls it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)
_chores: dict[str, Callable[[], int]] = {}


def register_tidying(name: str, purge: Callable[[], int]) -> None:
    """`purge()` deletes rows that no longer mean anything and returns how many; safe at any time."""
    _chores[name] = purge


def tidy() -> dict[str, int]:
    """Call every registered purge; what each threw away, and a log line that counts and names nobody."""
    gone = {name: purge() for name, purge in _chores.items()}
    if any(gone.values()):
        log.info("tidied", **{name.replace(" ", "_").replace("-", "_"): n for name, n in gone.items() if n})
    return gone
