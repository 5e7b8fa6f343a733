"""问题详情 problem details (RFC 9457): the one shape in which the API says no.

`code` is stable and meant for programs; `title` says the same for people, `detail` what happened here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import JsonResponse
from structlog.contextvars import get_contextvars

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"
WHOLE = "non_field_errors"
"""The key of errors that belong to no single field."""

BY_STATUS = {
    400: "bad_request",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "refused",
    412: "changed_meanwhile",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    428: "version_required",
    429: "throttled",
    500: "server_error",
    503: "unavailable",
}
"""The code of an answer that says nothing more precise."""

FRAME = {
    "bad_request": (400, "请求不合规范"),
    "invalid": (400, "提交的内容有误"),
    "parse_error": (400, "请求体读不懂"),
    "bad_cursor": (400, "游标无效"),
    "not_authenticated": (401, "没有登录或没有令牌"),
    "authentication_failed": (401, "令牌无效、已过期或已停用"),
    "permission_denied": (403, "没有权限"),
    "not_permitted": (403, "这一步不能由你来做"),
    "csrf_failed": (403, "跨站请求校验未通过"),
    "no_role": (403, "账号今天没有任何角色"),
    "password_change_required": (403, "须先修改密码"),
    "recent_sign_in_required": (403, "须先确认是本人"),
    "second_factor_required": (403, "须先设置两步验证"),
    "not_found": (404, "没有这个地址或这一条"),
    "method_not_allowed": (405, "这个地址不支持这种方法"),
    "not_acceptable": (406, "没有你要的格式"),
    "refused": (409, "现在不能这样做"),
    "transition_not_allowed": (409, "当前状态不能走这一步"),
    "in_progress": (409, "同一个请求正在处理"),
    "changed_meanwhile": (412, "打开以后有人改过"),
    "too_large": (413, "请求太大"),
    "unsupported_media_type": (415, "不支持这种内容格式"),
    "unprocessable": (422, "内容不能接受"),
    "idempotency_key_reused": (422, "幂等键用在了不同的请求上"),
    "idempotency_key_bad": (422, "幂等键不合规范"),
    "version_required": (428, "没有说明读到的版本"),
    "throttled": (429, "请求太频繁"),
    "password_too_soon": (429, "密码刚刚改过"),
    "sign_in_blocked": (429, "连续输错，暂时锁定"),
    "server_error": (500, "服务器出错"),
    "unavailable": (503, "服务暂不可用"),
}
"""Codes every address may answer with: usual status and title."""

REFUSALS = {
    "act_inactive": "事项已停用",
    "active_content": "文件带有可执行内容",
    "already_proposed": "已经提出过",
    "appealed_before": "已经申诉过",
    "attendance_no_taken": "考勤号已被占用",
    "audit_broken": "留痕链不完整",
    "audit_too_young": "留痕未满保存期限",
    "bad_choice": "取值不在可选范围",
    "bad_code": "代码不合规范",
    "bad_condition": "筛选条件看不懂",
    "bad_expiry": "到期时间不合规定",
    "bad_file": "文件不合规定",
    "bad_hours": "服务时间不合规定",
    "bad_kind": "类别不合规定",
    "bad_month": "月份不合规范",
    "bad_notice": "放假安排读不懂",
    "bad_number": "数值不合规定",
    "bad_photo": "照片不合规定",
    "bad_punch": "打卡记录不能接受",
    "bad_region": "遮盖的地方不合规定",
    "bad_scope": "令牌范围不合规定",
    "bad_setup_token": "设置口令不对",
    "bad_span": "起止日期不合规定",
    "bad_style": "遮盖方式不合规定",
    "bad_time": "时间不合规范",
    "bad_url": "地址不合规定",
    "bad_week": "周次不合规范",
    "bulletin_frozen": "通报已签发，不能再改",
    "changed_since": "之后又有变化，不能撤销",
    "code_taken": "代码已被占用",
    "day_decided": "这一天已有别的安排",
    "day_off": "那天大厅不上班",
    "day_passed": "日子已经过去",
    "decided_before": "已经裁定过",
    "draft_gone": "草稿已被删除",
    "earlier_month_open": "前面的月份还没有发布",
    "erratum_stands": "更正说明必须刊登",
    "extension_asked": "已经申请延期，还没有答复",
    "extensions_used": "不能再申请延期",
    "file_too_large": "文件太大",
    "future": "时间在将来",
    "future_month": "月份还没有到",
    "gate_failed": "不符合评选条件",
    "heic_photo": "照片是 HEIC 格式",
    "letter_frozen": "函件已签发，不能再改",
    "mask_lifted": "遮盖已经撤销",
    "name_taken": "名称已被占用",
    "no_act": "没有选要办的事",
    "no_anomaly": "没有异常",
    "no_extension": "没有等答复的延期申请",
    "no_hours": "大厅没有服务时间",
    "no_items": "没有选择条目",
    "no_pack_text": "没有制度包原文",
    "no_reason": "没有写明理由",
    "no_region": "没有选要遮盖的地方",
    "no_rulebook": "没有生效的制度",
    "month_published": "这一期已经发布",
    "no_such_group": "没有这组投票人",
    "no_such_item": "制度里没有这一项",
    "no_taken": "工号已被占用",
    "not_a_candidate": "不是这一评选的候选",
    "not_a_double": "不是同一件事的重复登记",
    "not_published": "还没有发布",
    "not_won": "没有评上",
    "not_issued": "通报还没有签发",
    "not_masked": "照片没有遮盖",
    "other_day": "不是同一天",
    "other_hall": "不属于这个大厅",
    "out_of_bounds": "数值超出范围",
    "outcome_missing": "没有处理结果",
    "pack_refused": "改了以后制度不成立",
    "packed_too_tight": "文件压缩得太紧",
    "password_used": "密码最近用过",
    "photo_too_large": "照片太大",
    "phrase_empty": "说法为空",
    "phrase_gone": "说法已被删除",
    "phrase_taken": "说法已经有了",
    "posting_changed": "当时坐在窗口的人已变",
    "quantity": "数量不合规定",
    "quarantined": "文件在隔离中",
    "reason_missing": "没有写理由",
    "revoked_before": "已经撤销过",
    "rows_wrong": "有的行不对，一行也没有录入",
    "day_over": "日期已经过去",
    "day_too_far": "日期太远",
    "duty_logged": "值班日志已经写了",
    "log_closed": "不在写日志的时间",
    "no_random_round": "没有要走的随机轮",
    "nobody_chosen": "没有选人",
    "not_on_duty_here": "不能排这种值班",
    "nothing_to_copy": "没有可以复制的内容",
    "round_finished": "这一轮已经结束",
    "round_open": "还有一轮没有结束",
    "rulebook_frozen": "制度已生效，不能再改",
    "scanner_unreachable": "杀毒服务连不上",
    "second_factor_needed": "角色必须使用两步验证",
    "second_factor_off": "没有启用两步验证",
    "second_factor_on": "两步验证已启用",
    "setup_closed": "系统已经设置过",
    "stale": "数据已变，须重新计算",
    "swap_closed": "换班已经办结",
    "swap_impossible": "这一天不能换",
    "swap_open": "已经请人换班",
    "swap_stale": "值班表已经变了",
    "too_early": "还没有到时间",
    "too_few": "次数不够",
    "too_late": "已过期限",
    "too_long": "文字太长",
    "too_many": "数量太多",
    "too_many_items": "一次的条目太多",
    "too_many_photos": "照片太多",
    "too_many_regions": "遮盖的地方太多",
    "too_many_runs": "同时进行的作业太多",
    "undo_expired": "超过十秒，不能撤销",
    "undone": "已经撤销",
    "undone_before": "已经撤销",
    "unknown_event": "没有这种事件",
    "unknown_hall": "没有这个大厅",
    "unknown_kind": "没有这个类别",
    "unknown_role": "没有这个角色",
    "unknown_section": "没有这一段",
    "unreadable_file": "文件读不懂",
    "upload_gone": "上传的文件已经清理",
    "username_taken": "账号已被占用",
    "uuid_reused": "客户端编号用在了不同的内容上",
    "virus_found": "文件带病毒",
    "weak_password": "密码不合规定",
    "week_off": "这一周没有工作日",
    "who_missing": "没有写明对象",
    "window_missing": "没有写明窗口",
    "words_missing": "没有写说明",
    "wrong_code": "验证码不对",
}
"""Codes with which the services of the rooms refuse (409 or 422)."""


def catalogue() -> list[dict[str, Any]]:
    """Every code with its title and the statuses it comes with."""
    frame = [{"code": code, "status": [status], "title": title} for code, (status, title) in FRAME.items()]
    rooms = [{"code": code, "status": [409, 422], "title": title} for code, title in REFUSALS.items()]
    return frame + rooms


def title_of(code: str, status: int) -> str:
    """The title of a code; one that is not in the tables takes the title of its status."""
    if code in FRAME:
        return FRAME[code][1]
    return REFUSALS.get(code) or FRAME[BY_STATUS.get(status, "bad_request")][1]


def problem(
    status: int, *, code: str = "", detail: str = "", path: str = "", errors: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body of an answer that says no."""
    code = code or BY_STATUS.get(status, "bad_request" if status < 500 else "server_error")
    title = title_of(code, status)
    body: dict[str, Any] = {
        "type": f"/api/v1/problems/#{code}",
        "title": title,
        "status": status,
        "detail": detail or f"{title}。",
        "code": code,
        "instance": path,
    }
    if errors is not None:
        body["errors"] = flat(errors)
    if request_id := get_contextvars().get("request_id"):
        body["request_id"] = str(request_id)
    return body


class ProblemResponse(JsonResponse):
    """An answer that says no; `data` is its body, as on the answers of the frame."""

    def __init__(self, data: dict[str, Any], *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(
            data,
            status=data["status"],
            content_type=MEDIA_TYPE,
            headers=dict(headers or {}),
            json_dumps_params={"ensure_ascii": False},
        )
        self.data = data


def flat(errors: Any, path: str = "") -> dict[str, list[str]]:
    """Errors of any depth as {"items.0.staff": ["没有这个工号。"]}."""
    if isinstance(errors, dict):
        found: dict[str, list[str]] = {}
        for name, inner in errors.items():
            step = WHOLE if name == "__all__" else str(name)
            found.update(flat(inner, f"{path}.{step}" if path else step))
        return found
    rows = errors if isinstance(errors, list | tuple) else [errors]
    if any(isinstance(row, dict | list) for row in rows):
        return flat({str(n): row for n, row in enumerate(rows) if row}, path)
    return {path or WHOLE: [str(row) for row in rows]}
