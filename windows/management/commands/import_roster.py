"""花名册导入: departments, windows, people and postings from a hall's paper roster."""

from __future__ import annotations

from collections.abc import Callable

from trail.services.imports import ImportResult
from windows.management.import_command import ImportCommand, ImportRequest
from windows.services.roster_import import roster_work


class Command(ImportCommand):
    """`manage.py import_roster FILE --hall CODE`."""

    help = "导入花名册：单位、窗口、人员、派驻；再次导入同一文件不改变任何内容"
    kind = "roster"
    noun = "人"

    def work(self, request: ImportRequest) -> Callable[[ImportResult], None]:
        """As the upload page does it."""
        return roster_work(path=request.path, hall=request.hall, by=request.by, month=request.month)
