"""What the audit calls the actions of this room."""

from attendance.services.counts import LABELS
from trail.audit_words import register_audit_words

ACTIONS = {"attendance.derived": "计算考勤", "attendance.punches_received": "接口收到打卡"}
FIELDS = {"month": "月份", "changed": "变动条数", "totals": "合计", "created": "新增", "unchanged": "未变"}
COMMANDS = {
    "derive_attendance": "计算考勤（命令）",
    "import_punches": "导入打卡（命令）",
    "import_leave": "导入请假（命令）",
}


def register() -> None:
    """Called once at start."""
    values = {"attendance.derived:totals": LABELS}
    register_audit_words("考勤", ACTIONS, fields=FIELDS, values=values, commands=COMMANDS)
