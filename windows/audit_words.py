"""What the audit calls the actions of this room."""

from trail.audit_words import register_audit_words

ACTIONS = {
    "hall.opened": "开设大厅的窗口服务",
    "department.added": "新增派驻单位",
    "department.edited": "修改派驻单位",
    "department.contacts": "更换单位联系人",
    "window.opened": "开设窗口",
    "window.edited": "修改窗口",
    "window.closed": "关闭窗口",
    "window.reopened": "重新开放窗口",
    "window.services": "修改窗口事项",
    "window.head_set": "指定窗口负责人",
    "window.backup_set": "设定 AB 岗",
    "hours.set": "修改服务时间",
    "calendar.imported": "导入放假安排",
    "calendar.local_set": "设定本厅特殊日",
    "calendar.local_dropped": "取消本厅特殊日",
    "roster.imported": "导入花名册",
    "reminders.left": "发出到期提醒",
    "staff.joined": "人员入驻",
    "staff.edited": "修改人员资料",
    "staff.photo": "更换工作照",
    "staff.posted": "安排岗位",
    "staff.left": "人员离开",
    "staff.sent_back": "退回派出单位",
    "staff.login_made": "开通登录账号",
}
FIELDS = {
    "no": "工号",
    "window": "窗口",
    "windows": "窗口",
    "starts_on": "开始日期",
    "ends_on": "结束日期",
    "left_on": "离开日期",
    "closed_on": "关闭日期",
    "contacts": "联系人",
    "services": "事项",
    "photo": "工作照编号",
    "primary": "A 岗",
    "backup": "B 岗",
    "head": "负责人",
    "day": "日期",
    "hours": "服务时间",
    "span": "适用时段",
    "username": "登录名",
    "created": "新增",
    "updated": "更新",
    "unchanged": "未变",
    "rejected": "退回",
    "count": "条数",
}
COMMANDS = {
    "create_hall": "新建大厅（命令）",
    "import_roster": "导入花名册（命令）",
    "import_calendar": "导入放假安排（命令）",
}


def register() -> None:
    """Called once at start."""
    register_audit_words("窗口与人员", ACTIONS, fields=FIELDS, commands=COMMANDS)
