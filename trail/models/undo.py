"""撤销: how rows were before an act, for as long as it may be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Hall
from trail.querysets import UndoQuerySet

WORDS = {
    "window.edited": "修改窗口",
    "window.closed": "停用窗口",
    "window.reopened": "启用窗口",
    "window.head_set": "设负责人",
    "window.backup_set": "设 AB 岗",
    "department.edited": "修改单位",
    "staff.edited": "修改人员",
    "staff.stay": "登记派驻或离开",
    "hours.set": "改服务时间",
    "calendar.imported": "导入放假安排",
    "calendar.local_set": "本地安排",
    "calendar.local_dropped": "撤销本地安排",
    "hall.options": "改期限与参数",
    "role.granted": "授权",
    "role.ended": "停止角色",
    "account.switched": "启用、停用账号",
    "token.revoked": "停用令牌",
    "phrase.added": "添加说法",
    "phrase.changed": "修改说法",
    "phrase.removed": "删除说法",
    "rulebook.draft_made": "另建制度草稿",
    "rulebook.draft_edited": "修改制度草稿",
    "rulebook.draft_discarded": "删除制度草稿",
    "figures.entered": "录入指标",
    "votes.entered": "录入投票",
    "bulletin.edited": "编写通报",
    "bulletin.item_held": "暂不刊登",
    "bulletin.item_listed": "恢复刊登",
    "bulletin.submitted": "通报送签",
    "letter.written": "反馈函正文",
    "letter.submitted": "反馈函送签",
    "duty.drafted": "生成值班表",
    "duty.copied": "值班表复制到下月",
    "duty.day_set": "改一天的值班",
    "duty.logged": "写值班日志",
    "duty.swap_asked": "请人换班",
    "duty.swap_answered": "答复换班",
    "duty.swap_withdrawn": "撤回换班",
    "duty.period_added": "添加重点时段",
    "duty.period_changed": "改重点时段",
    "duty.period_removed": "删除重点时段",
}

MAY = {
    # what an act is about → who may do such an act, and so take it back: any of these in the hall
    "window": ("windows.edit",),
    "department": ("windows.edit",),
    "staff": ("people.edit",),
    "hours": ("calendar.edit",),
    "calendar": ("calendar.edit",),
    "hall": ("hall.settings",),
    "role": ("accounts.edit",),
    "account": ("accounts.edit",),
    "token": ("tokens.edit", "bulletin.read"),
    "phrase": ("phrases.edit", "rules.edit"),
    "rulebook": ("rules.edit",),
    "figures": ("assess.score",),
    "votes": ("assess.score",),
    "bulletin": ("bulletin.draft",),
    "letter": ("letter.draft",),
    "duty": ("duty.edit", "duty.swap", "duty.read_unit"),
}


class UndoStep(models.Model):
    """可撤销的一步: an act of a person with the rows it changed, before and after; undone at most once.

    `changes` is a list of [model, key, before, after]: only the fields that differ of a changed row, all
    fields of one that was made (no before) or removed (no after).
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="谁", related_name="+")
    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    action = models.CharField("动作", max_length=60)
    target_kind = models.CharField("对象类型", max_length=60)
    target_id = models.CharField("对象编号", max_length=40)
    target_label = models.CharField("对象", max_length=200)
    notice_key = models.CharField("消息", max_length=120, blank=True)
    changes = models.JSONField("改动", default=list)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    reason = models.CharField("撤销理由", max_length=300, blank=True)

    objects = UndoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "可撤销的一步"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"

    @property
    def words(self) -> str:
        """What was done, in the words of the page."""
        return WORDS.get(self.action, "改动")

    @property
    def permissions(self) -> tuple[str, ...]:
        """Any of these is needed in the hall, as for the act itself."""
        return MAY.get(self.action.partition(".")[0], ())

    @property
    def rooms(self) -> set[str]:
        """The rooms whose rows go back."""
        return {label.partition(".")[0] for label, *_ in self.changes}

    def get_absolute_url(self) -> str:
        return reverse("trail:undo", args=[self.pk])
