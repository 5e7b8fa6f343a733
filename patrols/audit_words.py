"""What the audit calls the actions of this room."""

from trail.audit_words import register_audit_words

ACTIONS = {
    "round.started": "开始巡查",
    "round.finished": "结束巡查",
    "round.imported": "导入纸面巡查",
    "visit.noted": "查看窗口",
    "visit.undone": "撤销一处查看",
    "finding.photo_added": "补拍照片",
}
FIELDS = {
    "skipped": "未到窗口数",
    "device_at": "手机时间",
    "file": "文件编号",
    "result": "结果",
    "record": "记录",
}
COMMANDS = {"import_patrols": "导入巡查台账（命令）"}


def register() -> None:
    """Called once at start."""
    register_audit_words("巡查", ACTIONS, fields=FIELDS, commands=COMMANDS)
