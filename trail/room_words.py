"""What the audit calls the actions of this room, and of the room below, which keeps no audit itself."""

from accounts.roles import ROLE_CHOICES
from trail.audit_words import register_audit_words

ACCOUNTS = {
    "account.created": "新建账号",
    "account.password_changed": "本人修改密码",
    "account.password_reset": "重置密码",
    "account.switched": "停用或启用账号",
    "account.unlocked": "解除登录锁定",
    "role.granted": "给予角色",
    "role.changed": "修改角色期限",
    "role.ended": "结束角色",
    "token.issued": "签发接口令牌",
    "token.revoked": "停用接口令牌",
    "session.ended": "退出一处登录",
    "session.all_ended": "退出全部登录",
    "sign_in.succeeded": "登录",
    "sign_in.locked": "失败过多，锁定登录",
    "sign_in.slowed": "失败过多，放慢登录",
    "second_factor.enabled": "开启两步验证",
    "second_factor.disabled": "关闭两步验证",
    "second_factor.reset": "重置两步验证",
    "second_factor.codes_renewed": "更换备用码",
    "second_factor.recovery_used": "用备用码登录",
    "hall.created": "新建大厅",
    "hall.options": "修改期限与参数",
}
TRAIL = {
    "audit.archived": "归档操作留痕",
    "run.started": "发起任务",
    "run.done": "任务完成",
    "run.failed": "任务出错",
    "run.cancelled": "取消任务",
    "list.exported": "导出列表",
    "channel.opened": "添加外发渠道",
    "channel.changed": "修改外发渠道",
    "channel.secret_renewed": "更换推送密钥",
    "channel.tested": "发送测试消息",
    "delivery.resent": "重发外发消息",
    "mail_wish.changed": "开启或关闭邮件提醒",
    "photo.masked": "遮挡照片",
    "photo.unmasked": "撤销遮挡",
    "photo.original_opened": "查看照片原件",
    "file.released": "文件通过病毒检查",
    "file.infected": "文件发现病毒",
}
FIELDS = {
    "role": "角色",
    "hall": "大厅",
    "username": "登录名",
    "starts_on": "开始日期",
    "ends_on": "结束日期",
    "scopes": "范围",
    "is_active": "启用",
    "sha256": "指纹",
    "from": "起",
    "to": "止",
    "file": "文件",
    "rows": "条数",
    "regions": "遮挡处",
    "style": "方式",
    "conditions": "条件",
    "list": "列表",
    "form": "格式",
    "format": "格式",
    "virus": "病毒",
    "kind": "种类",
    "device": "设备",
    "known": "用过的设备",
    "remembered": "记住这台手机",
    "steps": "两步验证",
    "address": "地址",
}
COMMANDS = {
    "demo": "装入演示数据",
    "benchmark": "性能测试",
    "setup": "首次设置",
    "sign_in": "登录保护",
    "virus_scan": "病毒检查",
    "archive_audit": "归档操作留痕（命令）",
}
PARAMS = {
    "month": "月份",
    "months": "月份",
    "version": "制度版本",
    "revision": "稿次",
    "token": "文件",
    "dry_run": "只检查",
    "all_or_nothing": "有错行就都不写",
    "options": "其他选项",
    "list": "列表",
    "form": "格式",
    "query": "条件",
}
"""What a long run was asked."""
VALUES = {"role": {str(code): str(label) for code, label in ROLE_CHOICES}}


def register() -> None:
    """Called once at start."""
    register_audit_words("账号与设置", ACCOUNTS, fields=FIELDS, values=VALUES, commands=COMMANDS)
    register_audit_words(
        "留痕与文件", TRAIL, fields={"params": "要求"}, values={"run.started:params": PARAMS}
    )
