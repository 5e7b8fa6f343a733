"""封存校验 seals: rooms tell how their frozen documents are checked against their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Check = Callable[[], Iterable[str]]
_checks: dict[str, Check] = {}


def register_seal(kind: str, check: Check) -> None:
    """`check()` recomputes the hashes of a kind of frozen document and yields each problem in words."""
    _checks[kind] = check


def broken_seals() -> dict[str, list[str]]:
    """Problems of every registered kind; an empty list means that all documents of the kind hold."""
    return {kind: list(check()) for kind, check in _checks.items()}
