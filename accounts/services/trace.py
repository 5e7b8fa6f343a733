"""The audit of the lowest room: `trail` stands above, so it registers here how a trace is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_write: list[Callable[..., Any]] = []


def register_trace(write: Callable[..., Any]) -> None:
    """Tell how an audit row is written; called once by the trail room at start."""
    _write[:] = [write]


def record(action: str, **facts: Any) -> None:
    """Write an audit row; raises RuntimeError when no room keeps the audit."""
    if not _write:
        raise RuntimeError("the trail room has not registered the audit")
    _write[0](action, **facts)
