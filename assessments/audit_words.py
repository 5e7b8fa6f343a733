"""What the audit calls the actions of this room."""

from trail.audit_words import register_audit_words

ACTIONS = {
    "assessment.scored": "计算月度得分",
    "assessment.published": "发布月度考核",
    "assessment.award_decided": "裁定评优",
    "award.revoked": "撤销荣誉",
    "figures.entered": "录入指标",
    "votes.entered": "录入投票",
    "rulebook.draft_made": "另建制度草稿",
    "rulebook.draft_edited": "修改制度草稿",
    "rulebook.draft_discarded": "删除制度草稿",
}
FIELDS = {
    "run": "计算批次",
    "in": "入选",
    "base": "改自",
    "figure": "指标或投票",
    "month": "期间",
    "rows": "数量",
    "group": "投票人组",
    "titles": "荣誉",
    "effective_on": "施行日期",
}
COMMANDS = {"run_assessment": "计算考核（命令）", "load_rulebook": "载入考核办法（命令）"}


def register() -> None:
    """Called once at start."""
    register_audit_words("月度考核", ACTIONS, fields=FIELDS, commands=COMMANDS)
