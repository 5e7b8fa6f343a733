"""The audit of the lowest room: `trail` stands above, so it registers here how a trace is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_write: list[Callable[..., Any]] = []
_robots: list[Callable[[str], Any]] = []


def register_trace(write: Callable[..., Any], robot: Callable[[str], Any]) -> None:
    """Tell how an audit row is written and how a named job is made; the trail room does at start."""
    _write[:], _robots[:] = [write], [robot]


def record(action: str, **facts: Any) -> None:
    """Write an audit row; raises RuntimeError when no room keeps the audit."""
    if not _write:
        raise RuntimeError("the trail room has not registered the audit")
    _write[0](action, **facts)


def robot(job: str) -> Any:
    """The named job behind a write that no person did."""
    return _robots[0](job)
