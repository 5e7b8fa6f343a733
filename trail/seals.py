"""封存校验 seals: rooms tell how their frozen documents are checked against their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Check = Callable[[], Iterable[str]]
_checks: dict[str, Check] = {}
_titles: dict[str, str] = {}


def register_seal(kind: str, title: str, check: Check) -> None:
    """`check()` recomputes the hashes of a kind of frozen document and yields each problem in words.

    `kind` is its name for programs ("bulletins"), `title` for people (周通报).
    """
    _checks[kind], _titles[kind] = check, title


def titles() -> list[str]:
    """What is checked, in the hall's words."""
    return list(_titles.values())


def broken_seals() -> dict[str, list[str]]:
    """Problems of every registered kind; an empty list means that all documents of the kind hold."""
    return {kind: list(check()) for kind, check in _checks.items()}
