"""What the audit calls the actions of this room."""

from trail.audit_words import register_audit_words

ACTIONS = {
    "round.started": "开始巡查",
    "round.finished": "结束巡查",
    "round.imported": "导入纸面巡查",
    "visit.noted": "查看窗口",
    "visit.undone": "撤销一处查看",
    "finding.photo_added": "补拍照片",
    "duty.drafted": "生成值班表",
    "duty.copied": "值班表复制到下月",
    "duty.day_set": "改一天的值班",
    "duty.logged": "写值班日志",
    "duty.reminded": "提醒值班",
    "duty.swap_asked": "请人换班",
    "duty.swap_answered": "答复换班",
    "duty.swap_withdrawn": "撤回换班",
    "duty.period_added": "添加重点时段",
    "duty.period_changed": "改重点时段",
    "duty.period_removed": "删除重点时段",
    "random_round.called": "通知随机巡查",
    "patrol_day.closed": "巡查日结",
    "note.left": "记走访随记",
    "note.recorded": "走访随记记入台账",
    "note.closed": "了结走访随记",
}
FIELDS = {
    "skipped": "未到窗口数",
    "device_at": "手机时间",
    "file": "文件编号",
    "result": "结果",
    "record": "记录",
    "off_rota": "不在当天值班表",
    "taker": "对方",
    "manage": "管理值班",
    "lead": "领导带班",
    "units": "单位值班",
    "present_name": "到场领导",
    "seen": "看到的情况",
    "done": "当场处理",
    "days": "天数",
    "rounds": "每天轮次",
    "due_until": "最迟开始",
    "due": "应巡",
    "missed": "未巡",
    "state": "状态",
    "window": "窗口",
}
COMMANDS = {"import_patrols": "导入巡查台账（命令）"}


def register() -> None:
    """Called once at start."""
    register_audit_words("巡查", ACTIONS, fields=FIELDS, commands=COMMANDS)
