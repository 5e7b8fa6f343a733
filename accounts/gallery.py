"""Samples for the gallery: invented people and numbers that show every part in each of its states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts import words
from accounts.charts import Series, bar_chart, line_chart, waterfall_chart
from accounts.registry import Todo


@dataclass(frozen=True)
class Pill:
    """What a status enum offers the pill."""

    label: str
    tone: str
    icon: str


PILLS = {
    "问题、扣分": "草稿//doc 待确认/warn/clock 已陈述，待认定/info/chat 已确认/ok/check "
    "逾期未提异议/ok/check "
    "申诉中/info/chat 不予认定//x 申诉成立，已撤销//undo 已撤回//undo 申诉不成立/bad/warn",
    "整改": "待整改/warn/clock 待复查/info/clock 已整改/ok/check 退回重改/bad/undo",
    "投诉、差评": "待受理/warn/clock 办理中/info/clock 待回访/info/phone 已办结/ok/check 不予受理//x",
    "请假、考勤": "待审批/warn/clock 已批准/ok/check 未批准/bad/x 已销假//undo 缺卡/bad/warn",
    "通报、函件": "草稿//doc 待签发/warn/clock 已印发/ok/check 已撤回//undo",
    "暗访任务": "待领取/warn/clock 进行中/info/clock 已提交/info/doc 已采用/ok/check 未采用//x",
}
ICONS = (
    "bell book building calendar camera chart chat check clock dash doc dot down down-rank download edit eye "
    "filter fix flag home info key leave left link list lock mail mark medal moon more offline patrol people "
    "phone plus print qr right search send settings sheet star sun text trash undo up-rank upload user warn "
    "window x"
)


class SampleForm(forms.Form):
    """请假申请样例."""

    ends = forms.CharField(label="结束时间", help_text="写到分钟")
    reason = forms.CharField(label="事由", widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(
        label="种类",
        choices=[("personal", "事假"), ("sick", "病假"), ("official", "公出")],
        widget=forms.RadioSelect,
    )
    notify = forms.BooleanField(label="批准后短信通知我", required=False)

    def clean_ends(self) -> str:
        """Always wrong, so that the gallery shows an error."""
        raise forms.ValidationError("结束时间要晚于开始时间")


def samples() -> dict[str, Any]:
    """The context of the gallery."""
    now = timezone.now()
    return {
        "pills": {title: [Pill(*one.split("/")) for one in row.split()] for title, row in PILLS.items()},
        "icons": ICONS.split(),
        "form": SampleForm({"ends": "11月30日 12:00"}),
        "plain_form": SampleForm(),
        "deadlines": [now + timedelta(hours=h) for h in (-49, 5, 47, 120)],
        "steps": _steps(),
        "events": _events(now),
        "todos": _todos(now),
        "zones": _zones(),
        "photo": {"url": "#photo", "caption": "A05 11月25日 14:31:20"},
        "pairs": [("事项", "串岗聊天，扣 2 分"), ("记录人", "周敏", "#"), ("说明", "与 A06 交谈约 4 分钟")],
        "jobs": [
            {
                "title": "正在重算 10 月得分",
                "text": "68/101 人，约 20 秒。可以离开本页，好了通知你。",
                "done": 68,
                "total": 101,
                "is_running": True,
                "cancel_url": "#",
            },
            {"title": "导出问题台账", "text": "1,204 条，已完成，链接保留 7 天。", "result_url": "#"},
        ],
        "bars": [
            {"label": "无人值守", "url": "#", "value": 5},
            {"label": "串岗聊天", "url": "#", "value": 3},
        ],
        **_charts(),
    }


def _charts() -> dict[str, Any]:
    days = ["周一", "周二", "周三", "周四", "周五"]
    weeks = [f"{n}期" for n in range(40, 48)]
    months = ["6月", "7月", "8月", "9月", "10月", "11月"]
    return {
        "week_chart": bar_chart(
            "g-week",
            "本周三天共 8 个问题；上周同期 9 个，上周全周 14 个",
            days,
            [Series("上周", [4, 3, 2, 3, 2]), Series("本周", [3, 2, 3, None, None])],
        ),
        "wide_chart": bar_chart(
            "g-wide",
            "近八期问题数从 17 个降到 9 个",
            weeks,
            [Series("问题", [17, 15, 16, 12, 14, 11, 10, 9])],
            size="wide",
        ),
        "score_chart": line_chart(
            "g-score",
            "近六个月日常得分：97、99、96、101、102，11月暂为 100",
            months,
            [Series("日常得分", [9700, 9900, 9600, 10100, 10200, 10000])],
            show=words.score,
            unit="分",
        ),
        "fall_chart": waterfall_chart(
            "g-fall",
            "日常考核从基础分 100 起，扣 4 分、加 7 分，得 103 分",
            ("基础分", 10000),
            [("10.9", 500), ("10.14", -200), ("10.19", 200), ("10.22", -200)],
            "日常分",
            show=words.score,
            show_step=words.signed,
        ),
    }


def _steps() -> list[dict[str, str]]:
    return [
        {"state": "done", "title": "自我考评", "text": "10月29日", "text2": "101 人已交"},
        {"state": "now", "title": "公示", "text": "11月3日—5日", "text2": "异议 1 件", "url": "#"},
        {"state": "", "title": "光荣榜", "text": "11月6日 15:00", "text2": "表彰交流会"},
    ]


def _events(now: Any) -> list[dict[str, Any]]:
    return [
        {"text": "群众李先生表示满意，办结", "at": now, "by": "回访人 周敏"},
        {"text": "收到差评：没有一次说清材料", "at": now - timedelta(days=2), "by": "扫码", "url": "#"},
    ]


def _todos(now: Any) -> list[Todo]:
    return [
        Todo(2, "投诉办理", "TS-20261118-003「材料反复补正」等", "#", now - timedelta(hours=26)),
        Todo(2, "申诉复核", "A11 综合办税 · 赵强 · 无人值守 −5 分", "#", now + timedelta(hours=3)),
        Todo(3, "整改复查", "第47期通报 · A09 台面整理等", "#", now + timedelta(days=5)),
    ]


def _zones() -> list[dict[str, Any]]:
    states = [("ok", "已查，无问题"), ("bad", "已查，有问题"), ("now", "下一个"), ("", "未查")]
    windows = [
        {"code": f"A{n:02d}", "url": "#", "state": state, "words": said}
        for n, (state, said) in enumerate([*states[:1] * 4, *states, *states[3:] * 6], start=1)
    ]
    return [{"title": "一层 审批服务区", "windows": windows}]
