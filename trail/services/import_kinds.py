"""导入种类 import kinds: which paper files a person may bring in; each is a long run.

A room registers a kind; the page `/settings/import/` and `POST /api/v1/imports/` offer it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from trail.services.imports import ImportResult, RowsRefused, run_import
from trail.services.runs import Outcome, RunKind, RunRefused, Work, register_run
from trail.services.uploads import kept_upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from accounts.models import Hall, User

CHECK_PAGE = "/settings/import/check/"


@dataclass(frozen=True)
class ImportOrder:
    """What a person asked for: the file, the hall, the month (its first day), and further switches."""

    path: Path
    hall: Hall
    month: date | None
    by: User
    switches: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class ImportKind:
    """A kind of paper file. `begin(order)` gives what `run_import` does; `page` shows what came in.

    `switches` are further yes-or-no choices: (name, words, what it means).
    """

    name: str
    title: str
    order: int
    begin: Callable[[ImportOrder], Callable[[ImportResult], None]]
    page: str
    hint: str
    noun: str = "条"
    permissions: tuple[str, ...] = ("imports.run",)
    switches: tuple[tuple[str, str, str], ...] = ()

    @property
    def run_name(self) -> str:
        """The kind of its long run."""
        return f"import_{self.name}"


_kinds: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    """Make a kind known, and the long run that brings it in."""
    _kinds[kind.name] = kind
    register_run(
        RunKind(kind.run_name, f"导入{kind.title}", kind.permissions, lambda work: _bring_in(kind, work))
    )


def import_kinds(user: User, hall: Hall) -> list[ImportKind]:
    """The kinds this person may bring into the hall, in order."""
    kinds = sorted(_kinds.values(), key=lambda kind: kind.order)
    return [kind for kind in kinds if user.can_any(kind.permissions, hall)]


def find_import_kind(name: str) -> ImportKind:
    """The registered kind; raises KeyError for an unknown name."""
    return _kinds[name]


def _bring_in(kind: ImportKind, work: Work) -> Outcome:
    """`params`: token (of the kept upload), month, all_or_nothing, dry_run, switches."""
    params = work.params
    month = date.fromisoformat(params["month"]) if params.get("month") else None
    path = kept_upload(params["token"], by=work.by)
    order = ImportOrder(path, work.hall, month, work.by, frozenset(params.get("switches", ())))
    dry_run = bool(params.get("dry_run"))
    try:
        result = run_import(
            kind.name,
            kind.begin(order),
            hall=work.hall,
            path=path,
            by=work.by,
            dry_run=dry_run,
            all_or_nothing=bool(params.get("all_or_nothing")) and not dry_run,
            progress=work.progress,
        )
    except RowsRefused as refused:
        raise RunRefused(
            f"{refused}，按“有一行错就全部不导入”没有导入。", detail=_detail(refused.result)
        ) from refused
    url = f"{CHECK_PAGE}{work.run.pk}/" if dry_run else f"{kind.page}?hall={work.hall.code}"
    return Outcome(_words(kind, result, dry_run), url=url, detail=_detail(result))


def _words(kind: ImportKind, result: ImportResult, dry_run: bool) -> str:
    counts = (
        f"新增 {result.created} {kind.noun}，更新 {result.updated} {kind.noun}，"
        f"未变 {result.unchanged} {kind.noun}，退回 {len(result.rejected)} 行。"
    )
    return f"检查完了，还没有保存：{counts}" if dry_run else f"已导入：{counts}"


def _detail(result: ImportResult) -> dict[str, Any]:
    return {**result.as_json(), "notes": result.notes}
