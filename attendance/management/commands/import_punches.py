"""`manage.py import_punches FILE --hall CODE`: punches from a device's file or a table."""

from collections.abc import Callable

from attendance.services.punches import import_punches
from trail.services.imports import ImportResult
from windows.management.import_command import ImportCommand, ImportRequest


class Command(ImportCommand):
    help = "导入打卡记录：考勤机的 attlog.dat，或有考勤号和时间两列的 .xlsx、.csv。重复导入不会重复记。"
    kind = "punches"

    def work(self, request: ImportRequest) -> Callable[[ImportResult], None]:
        """Into the hall's punch ledger."""
        return lambda result: import_punches(
            result, hall=request.hall, path=request.path, month=request.month
        )
