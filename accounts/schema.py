"""What the OpenAPI schema says of every address: the errors it may answer with, and safe repeats."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from accounts.pagination import SINCE, RowCursor
from accounts.problems import MEDIA_TYPE
from accounts.roles import ROLES
from accounts.serializers import ProblemSerializer
from accounts.services.tokens import ROOMS

CHINESE = re.compile("[\u4e00-\u9fff]")
ALWAYS = {
    "400": "请求不合规范或提交的内容有误",
    "401": "没有登录，或令牌无效",
    "403": "没有权限，或令牌没有这个范围",
    "404": "没有这一条，或者你无权查看",
    "406": "没有你要的格式",
    "429": "请求太频繁：按 Retry-After 给的秒数再试",
}
WRITING = {
    "409": "当前状态不能这样做",
    "412": "打开以后有人改过",
    "413": "请求太大",
    "415": "不支持这种内容格式",
    "422": "内容读得懂，但不能接受",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 120, "pattern": "^[ -~]*$"},
    OpenApiParameter.HEADER,
    description="幂等键：同一个键的同一个请求只办一次，重复发送得到第一次的应答。",
)
SINCE_PLACE = OpenApiParameter(
    SINCE,
    str,
    description=(
        "按变更取：上一次应答里的 next_since，第一次用空值。按变更先后给出之后变过的行，"
        "撤销、作废的也在内；可能重复，不会遗漏，同一个 id 以后收到的为准。带它时不看 cursor 和排序。"
    ),
    allow_blank=True,
)
RETRY_AFTER = {"description": "多少秒后再试", "schema": {"type": "integer", "minimum": 1}, "required": True}


class ProblemAutoSchema(AutoSchema):
    """The frame's schema with problem details, in Chinese, on each address."""

    def get_tags(self) -> list[str]:
        """By room, as in the scopes of tokens."""
        return [ROOMS.get(getattr(self.view, "room", "") or "", "通用")]

    def get_description(self) -> str:
        """What a token needs and which roles may; docstrings are for our own engineers."""
        room, needed = getattr(self.view, "room", ""), getattr(self.view, "permissions_by_action", {})
        if not room:
            return "任何有效的登录或令牌。"
        asked = needed.get(self.view.action or "", needed.get("*", ()))
        names = [role.name for role in ROLES.values() if set(_tuple(asked)) & set(role.permissions)]
        scope = f"{room}:{'read' if self.method == 'GET' else 'write'}"
        return f"令牌范围：`{scope}`。角色：{'、'.join(names) or '无'}。"

    def get_override_parameters(self) -> list[Any]:
        """Writes may carry an idempotency key, lists that are pulled by change a place."""
        if self.method != "GET":
            return [IDEMPOTENCY_KEY]
        is_pulled = getattr(self.view, "pulls_changes", False) and self._is_list_view()
        return [SINCE_PLACE] if is_pulled else []

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        told = ALWAYS if self.method == "GET" else {**ALWAYS, **WRITING}
        return {**bodies, **{code: self._problem(code, words) for code, words in sorted(told.items())}}

    def _problem(self, code: str, words: str) -> dict[str, Any]:
        reference = self.resolve_serializer(ProblemSerializer, "response").ref
        body: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": reference}}, "description": words}
        if code == "429":
            body["headers"] = {"Retry-After": RETRY_AFTER}
        return body


def _tuple(asked: str | tuple[str, ...]) -> tuple[str, ...]:
    return (asked,) if isinstance(asked, str) else asked


def chinese_and_exact(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """The finished schema: words in Chinese only, and conditions as `accounts.filtering` takes them."""
    for shape in result["components"]["schemas"].values():
        _keep_chinese(shape)
    for operations in result["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    _exact(parameter)
    return result


def _exact(parameter: dict[str, Any]) -> None:
    """Whole numbers, an empty value for no condition, and the sizes a page may have."""
    parameter["allowEmptyValue"] = True
    shape = parameter["schema"]
    if shape.get("type") == "number":
        shape["type"] = "integer"
    if parameter["name"] == "page_size":
        shape |= {"minimum": 1, "maximum": RowCursor.max_page_size}


def _keep_chinese(shape: dict[str, Any]) -> None:
    """Docstrings open with the Chinese term; the English that follows is for our own engineers."""
    words = shape.get("description", "")
    if "* `" in words or not words:
        return
    term = re.split(r"[:：,，.]| (?=[a-zA-Z])", words, maxsplit=1)[0].strip()
    if CHINESE.search(term):
        shape["description"] = term
    else:
        del shape["description"]
