"""What the audit calls the actions of this room."""

from trail.audit_words import register_audit_words

ACTIONS = {
    "record.found": "登记问题",
    "record.notified": "核实，请当事人答复",
    "record.stated": "当事人陈述",
    "record.confirmed": "确认记录",
    "record.judged": "酌情定分",
    "record.lapsed": "逾期未提异议",
    "record.dismissed": "不予认定",
    "record.appealed": "进入申诉",
    "record.appeal_rejected": "申诉不成立",
    "record.appeal_allowed": "申诉成立，撤销记录",
    "record.withdrawn": "撤回记录",
    "record.undone": "撤销上一步",
    "appeal.filed": "提出申诉",
    "appeal.decided": "复核申诉",
    "appeal.undone": "撤销申诉复核",
    "rectification.ordered": "下达整改",
    "rectification.submitted": "提交整改",
    "rectification.done": "复查通过",
    "rectification.returned": "退回重改",
    "rectification.withdrawn": "撤回整改",
    "rectification.plan": "写整改计划",
    "rectification.asked": "申请延期整改",
    "rectification.granted": "同意延期整改",
    "rectification.refused": "不同意延期整改",
    "rectification.recheck": "安排回头看",
    "rectification.undone": "撤销整改上一步",
    "record.reminded": "提醒逾期未办",
    "record.raised": "逾期未办，升级",
    "measure.proposed": "提出措施",
    "measure.said": "当事人对措施陈述",
    "measure.decided": "决定采取措施",
    "measure.declined": "决定不采取措施",
    "measure.handed_in": "提交书面检查",
    "measure.returned": "退回书面检查",
    "measure.closed": "办结措施",
    "measure.withdrawn": "措施提议撤销",
    "rulebook.stored": "存入考核细则",
    "rulebook.in_force": "考核细则生效",
    "phrase.added": "新增用语",
    "phrase.changed": "修改用语",
    "phrase.removed": "删除用语",
}
FIELDS = {
    "act": "事项",
    "allowed": "成立",
    "due_on": "期限",
    "from": "起",
    "plan": "计划",
    "sha256": "指纹",
    "step": "哪一步",
    "told": "告知",
    "pattern": "用语",
}


def register() -> None:
    """Called once at start."""
    register_audit_words("问题与申诉", ACTIONS, fields=FIELDS)
