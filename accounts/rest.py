"""The ground every API view stands on: role and token scope per action, and writes safe to repeat."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework import permissions, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.errors import Refused
from accounts.models import ApiToken, IdempotencyKey
from accounts.problems import ProblemResponse

if TYPE_CHECKING:
    from django.forms import Form
    from rest_framework.request import Request

    from accounts.lists import ListKind

READING = ("GET", "HEAD", "OPTIONS")
ABANDONED_AFTER = timedelta(minutes=5)
HEADER = "Idempotency-Key"


class RoleAndScope(permissions.BasePermission):
    """The role must hold the action's permission; a token must also carry `<room>:read` or `:write`."""

    message = "没有权限做这件事。"

    def has_permission(self, request: Request, view: Any) -> bool:
        """Asks the view's `permissions_by_action` and `room`."""
        if not request.user or not request.user.is_authenticated:
            return False
        if isinstance(request.auth, ApiToken):
            scope = f"{view.room}:{'read' if request.method in READING else 'write'}"
            if not request.auth.allows(scope):
                self.message = f"这个令牌没有 {scope} 范围。"
                return False
        needed = view.permissions_by_action.get(view.action or "", view.permissions_by_action.get("*", ()))
        return bool(needed) and request.user.can_any((needed,) if isinstance(needed, str) else needed)


class ScopedViewSet(viewsets.GenericViewSet[Any]):
    """Base of all API views.

    Subclasses set `room`, `permissions_by_action` ({"list": "record.read_own", "*": (...)}: one
    permission or any of several), and `get_queryset()` starting from `visible_to(self.request.user)`.
    """

    room = ""
    permissions_by_action: dict[str, str | tuple[str, ...]] = {}
    permission_classes = [RoleAndScope]
    kinds: tuple[ListKind, ...] = ()
    """The lists of pages this one is the twin of: their conditions and orders are here too."""
    pulls_changes = False
    """Whether `?since=` works: the queryset's rows have `changed_at`."""
    shown_once: tuple[str, ...] = ()
    """Fields of an answer that are secret: a repeat does not show them again, and they are not kept."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A write with an Idempotency-Key is done once; a repeat gets the first answer."""
        self._idempotency: IdempotencyKey | None = None
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After authentication and permission: claim the key, or answer from memory."""
        super().initial(request, *args, **kwargs)
        if request.method not in READING and (self.lookup_url_kwarg or self.lookup_field) in self.kwargs:
            self.get_object()  # what is out of sight is not found, however bad the request is
        if request.method in READING:
            return
        if not isinstance(request.data, Mapping):
            raise ValidationError("请发送一个 JSON 对象。")
        if key := request.headers.get(HEADER, ""):
            self._idempotency = _claim(request, key)

    def handle_exception(self, exc: Exception) -> Any:
        """A remembered answer travels as an exception out of `initial`."""
        if isinstance(exc, _AnsweredBefore):
            answer = ProblemResponse(exc.body) if exc.answer_status >= 400 else Response(exc.body)
            answer.status_code = exc.answer_status
            answer["Idempotency-Replayed"] = "true"
            return answer
        try:
            return super().handle_exception(exc)
        except Exception:  # a failure of ours, which goes on: the repeat must be free to try again
            if self._idempotency is not None:
                self._idempotency.delete()
            raise

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Remember what was answered; a failure of ours is forgotten so that it can be tried again."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._idempotency is not None:
            _remember(self._idempotency, response, self.shown_once)
        return response


def checked_form(form: Form) -> dict[str, Any]:
    """The clean values of the form a page uses; raises the API's error of bad input.

    A form expects the texts a browser sends. JSON can put a number or true there, which is told as text,
    and a list or an object, which is refused: the fields would trip over them.
    """
    if not hasattr(form.data, "getlist"):
        told = {n: str(v) if isinstance(v, int | float) else v for n, v in form.data.items()}
        form.data = told
    nested = {
        name: ["请给一个值。"]
        for name, field in form.fields.items()
        if isinstance(form.data.get(form.add_prefix(name)), list | dict)
        and not getattr(field.widget, "allow_multiple_selected", False)
        and not field.widget.needs_multipart_form
    }
    if nested:
        raise ValidationError(nested)
    if not form.is_valid():
        raise ValidationError(form.errors)
    return form.cleaned_data


class _AnsweredBefore(Exception):
    def __init__(self, record: IdempotencyKey) -> None:
        super().__init__(record.key)
        self.answer_status, self.body = record.status, record.body


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    files = sorted((name, upload.size) for name, upload in getattr(request, "FILES", {}).items())
    data = sorted((key, str(request.data[key])) for key in request.data if key not in dict(files))
    digest.update(repr((data, files)).encode())
    return digest.hexdigest()


def _claim(request: Request, key: str) -> IdempotencyKey:
    """The key for this request alone; raises the first answer, or Refused for a clash."""
    if len(key) > 120 or not key.isprintable() or not key.isascii():
        raise Refused(
            "Idempotency-Key 最长 120 个字符，只用可见的 ASCII 字符。", code="idempotency_key_bad", status=422
        )
    print_ = _fingerprint(request)
    old = IdempotencyKey.objects.filter(user=request.user, key=key)
    old.filter(status=None, created_at__lt=timezone.now() - ABANDONED_AFTER).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=request.user, key=key, fingerprint=print_)
    except IntegrityError:
        record = old.get()
    if record.fingerprint != print_:
        raise Refused(
            "同一个 Idempotency-Key 用在了不同的请求上。", code="idempotency_key_reused", status=422
        )
    if record.status is None:
        raise Refused("同一个请求正在处理，请稍后再查。", code="in_progress")
    raise _AnsweredBefore(record)


def _remember(record: IdempotencyKey, response: Any, shown_once: tuple[str, ...]) -> None:
    if response.status_code >= 500:
        record.delete()
        return
    record.status = response.status_code
    body = _plain(getattr(response, "data", None))
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in shown_once}
    record.body = body
    record.save(update_fields=["status", "body"])


def _plain(data: Any) -> Any:
    """What the renderer would send, as plain JSON values."""
    return json.loads(json.dumps(data, cls=JSONEncoder))
