"""批量写入 of the API: `{"items": [...]}` in, a result per item out, on the runner the pages use.

Each item is checked and done as if it had come alone, in a transaction of its own. An item with a
`client_id` is done once: a repeat, in the same body or another, gets the first result.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.bulk import ItemResult, rows_by_key, run_each
from accounts.errors import Refused
from accounts.models import IdempotencyKey
from accounts.problems import problem
from accounts.serializers import ProblemSerializer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet
    from rest_framework.request import Request

    Item = dict[str, Any]

LONGEST_CLIENT_ID = 100


class BulkItemResultSerializer(serializers.Serializer[Any]):
    """一项的结果."""

    index = serializers.IntegerField(help_text="第几项，从 0 开始")
    client_id = serializers.CharField(required=False, help_text="发来的客户端编号")
    status = serializers.IntegerField(help_text="这一项单独发送时的状态码")
    id = serializers.IntegerField(required=False, help_text="办成的那一行的 id")
    replayed = serializers.BooleanField(required=False, help_text="以前办过或者已经有了，给的是第一次的结果")
    problem = ProblemSerializer(required=False)


class BulkAnswerSerializer(serializers.Serializer[Any]):
    """批量结果."""

    done = serializers.IntegerField(help_text="办成几项")
    refused = serializers.IntegerField(help_text="没有办成几项")
    results = BulkItemResultSerializer(many=True)


@dataclass(frozen=True)
class _Done:
    pk: int
    is_replayed: bool = False


@dataclass(frozen=True)
class Known:
    """What an act returns for an item that was there already, however it came in."""

    pk: int


def bulk_input(name: str, item: type[serializers.Serializer[Any]], **more: Any) -> Any:
    """The shape of a body: items as `item` takes them, each with an optional client_id."""
    client_id = serializers.CharField(
        required=False, max_length=LONGEST_CLIENT_ID, help_text="客户端编号：同一个编号的同一项只办一次"
    )
    one = type(f"{name}Item", (item,), {"client_id": client_id, **more, "__doc__": "一项."})
    return inline_serializer(name, {"items": one(many=True)})


def answer_each(request: Request, act: Callable[[Item], Any], *, status: int = 201) -> Response:
    """Do `act(item)`, which gives the row, for each item of the body; 200 with the results."""
    items = dict(enumerate(_items_of(request)))
    result = run_each(items, items, lambda item: _once(request, dict(item), act))
    results = [_told(one, items[one.key], request.path, status) for one in result.items]
    return Response({"done": len(result.done), "refused": len(result.refused), "results": results})


def answer_each_row(request: Request, rows: QuerySet[Any], act: Callable[[Any, Item], Any]) -> Response:
    """Do `act(row, item)` for the row named by each item's `id`, among `rows`."""
    ids = [item.get("id", "") for item in _items_of(request)]
    found: Mapping[str, Any] = {str(key): row for key, row in rows_by_key(map(str, ids), rows).items()}

    def step(item: Item) -> Any:
        row = found.get(str(item.get("id", "")))
        if row is None:
            raise Http404
        return act(row, item)

    return answer_each(request, step, status=200)


def _items_of(request: Request) -> list[Item]:
    items = request.data.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValidationError({"items": ["请发送一个列表，每一项是一个 JSON 对象。"]})
    if len(items) > settings.API_BULK_LIMIT:
        raise Refused(f"一次最多 {settings.API_BULK_LIMIT} 项。", code="too_many_items", status=422)
    return items


def _once(request: Request, item: Item, act: Callable[[Item], Any]) -> _Done:
    """Within the item's transaction: remember the client_id with the row, or give the first row again."""
    client_id = item.pop("client_id", "")
    if not client_id:
        return _done(act(item))
    if not isinstance(client_id, str) or len(client_id) > LONGEST_CLIENT_ID:
        raise ValidationError({"client_id": [f"请用最长 {LONGEST_CLIENT_ID} 个字符的文字。"]})
    sent = json.dumps([request.path, item], sort_keys=True, default=str)
    key, created = IdempotencyKey.objects.get_or_create(
        user=request.user,
        key=f"item:{client_id}",
        defaults={"fingerprint": hashlib.sha256(sent.encode()).hexdigest()},
    )
    if not created:
        return _first_result(key, sent)
    row = act(item)
    key.status, key.body = 200, row.pk
    key.save(update_fields=["status", "body"])
    return _done(row)


def _done(row: Any) -> _Done:
    return _Done(row.pk, is_replayed=isinstance(row, Known))


def _first_result(key: IdempotencyKey, sent: str) -> _Done:
    if key.fingerprint != hashlib.sha256(sent.encode()).hexdigest():
        raise Refused("同一个 client_id 用在了不同的内容上。", code="idempotency_key_reused", status=422)
    return _Done(int(key.body), is_replayed=True)


def _told(one: ItemResult, item: Item, path: str, status: int) -> dict[str, Any]:
    told: dict[str, Any] = {"index": one.key}
    if "client_id" in item:
        told["client_id"] = str(item["client_id"])
    if one.ok:
        told |= {"status": 200 if one.outcome.is_replayed else status, "id": one.outcome.pk}
        return {**told, "replayed": True} if one.outcome.is_replayed else told
    code = "server_error" if one.status >= 500 else one.code
    words = problem(one.status, code=code, detail=one.message, path=path, errors=one.fields or None)
    return {**told, "status": one.status, "problem": words}
