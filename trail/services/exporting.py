"""An export of many rows as a long run: the same rows and cells, written by a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import QueryDict

from accounts.errors import NotPermitted, Refused
from accounts.roles import ROLES
from trail.services import exports
from trail.services.runs import Outcome, RunKind

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.lists import Chosen
    from accounts.models import User
    from trail.services.runs import Work

EXPORT_LIST = "export_list"
ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))


@dataclass
class Asking:
    """Who asks a list for what, away from a request: all that conditions and scope look at."""

    user: User
    GET: QueryDict


def export_list(work: Work) -> Outcome:
    """Write the file of `params`: list, form, and the query of the page with its hall.

    The person's roles are asked again: they may have ended since.
    """
    export = exports.export_of(work.params["list"])
    if export is None:
        raise Refused("这个列表现在不能导出。")
    if export.permissions and not work.by.can_any(export.permissions):
        raise NotPermitted("你现在没有权限打开这个列表。")
    form, chosen = work.params["form"], export.chosen(Asking(work.by, QueryDict(work.params["query"])))
    rows = chosen.rows.count()
    exports.note_export(export=export, chosen=chosen, form=form, rows=rows, hall=work.hall, by=work.by)
    work.progress.expect(rows, "正在写文件")
    with work.scratch(f".{form}") as path:
        _write(work, export, chosen, path)
        name = exports.file_name(export, work.hall, form)
        kept = work.keep(path, name=name, content_type=exports.CONTENT_TYPES[form])
    return Outcome(f"共 {rows:,} 条。", file=kept)


def _write(work: Work, export: exports.Export, chosen: Chosen, path: Path) -> None:
    with path.open("wb") as file:
        if work.params["form"] == "csv":
            for piece in exports.csv_stream(export, chosen.rows, noted=work.progress.advance):
                file.write(piece)
        else:
            notes = exports.notes_of(export, chosen, work.hall, work.by)
            exports.write_xlsx(export, chosen.rows, file, notes=notes, noted=work.progress.advance)


KIND = RunKind(EXPORT_LIST, "导出列表", ANYONE, export_list, unit="条", is_reading=True)
