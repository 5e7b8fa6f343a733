"""`manage.py import_leave FILE --hall CODE`: the hall's paper register of leaves and outings."""

from collections.abc import Callable

from attendance.services.leaves import import_leave
from trail.services.imports import ImportResult
from windows.management.import_command import ImportCommand, ImportRequest


class Command(ImportCommand):
    help = "导入请假外出台账（日期、时段、工号、姓名、类别、批准人）。同一人同一半天只记一条。"
    kind = "leave"

    def work(self, request: ImportRequest) -> Callable[[ImportResult], None]:
        """Into the hall's leaves."""
        return lambda result: import_leave(result, hall=request.hall, path=request.path, month=request.month)
