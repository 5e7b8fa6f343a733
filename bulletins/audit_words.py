"""What the audit calls the actions of this room."""

from bulletins.enums import ReplyOutcome
from trail.audit_words import register_audit_words

ACTIONS = {
    "bulletin.drafted": "起草通报",
    "bulletin.refreshed": "更新通报草稿",
    "bulletin.edited": "修改通报文字",
    "bulletin.submitted": "通报送签",
    "bulletin.returned": "通报退回修改",
    "bulletin.withdrawn": "撤回送签",
    "bulletin.issued": "签发通报",
    "bulletin.read": "签阅通报",
    "bulletin.reminded": "催阅通报",
    "bulletin.instructed": "批示",
    "bulletin.item_held": "暂缓通报一条",
    "bulletin.item_listed": "恢复通报一条",
    "letter.raised": "拟反馈函",
    "letter.written": "修改反馈函",
    "letter.submitted": "反馈函送签",
    "letter.returned": "反馈函退回",
    "letter.signed": "签发反馈函",
    "letter.opened": "单位打开反馈函",
    "letter.replied": "单位回复",
    "letter.withdrawn": "撤回反馈函",
}
FIELDS = {
    "problem_count": "问题数",
    "praise_count": "表扬数",
    "points": "合计分（百分之一）",
    "left_out": "未列入",
    "words": "文字",
    "readers": "人数",
    "threshold": "通报次数",
    "outcome": "处理结果",
    "number": "编号",
    "title": "标题",
    "lead": "导语",
    "held": "暂缓理由",
}
VALUES = {"letter.replied:outcome": {str(code): str(label) for code, label in ReplyOutcome.choices}}
COMMANDS = {"generate_bulletin": "起草周通报（命令）"}


def register() -> None:
    """Called once at start."""
    register_audit_words("通报与函", ACTIONS, fields=FIELDS, values=VALUES, commands=COMMANDS)
