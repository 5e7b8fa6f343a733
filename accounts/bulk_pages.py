"""批量办理 on a list page: boxes, a bar of acts, and a page that names each row with 成功 or the reason.

The page gives its list a `BulkBar` as `bulk`; the bar posts `pk` (several), `act` and `words`. Each row goes
through the single act's service (`accounts.bulk`). Works without script: the boxes are those of a form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.bulk import MOST_ITEMS, BulkResult, rows_by_key, run_each
from accounts.errors import Refused
from accounts.toasts import toast

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class BulkAct:
    """One button: `do(row, words)` is the single act, a refusal is its refusal."""

    key: str
    label: str
    do: Callable[[Any, str], Any]
    is_main: bool = False


@dataclass(frozen=True)
class BulkBar:
    """The bar under a list: where it posts, its buttons, and what the words beside them are called."""

    url: str
    acts: Sequence[BulkAct]
    words: str = ""


def bulk_bar(url: str, acts: Sequence[BulkAct], *, words: str = "") -> BulkBar | None:
    """The bar, or nothing for a person who may do none of it."""
    return BulkBar(url, acts, words) if acts else None


def answer_bulk(
    request: HttpRequest, rows: QuerySet[Any], acts: Sequence[BulkAct], *, back: str, undo: str = ""
) -> HttpResponse:
    """Do the chosen act to the chosen rows and show what became of each; 撤销 posts to `undo`."""
    act = {one.key: one for one in acts}.get(request.POST.get("act", ""))
    if act is None:
        raise Refused("请选择要做什么。", code="no_act", status=422)
    words = request.POST.get("words", "").strip()
    result = _run(request.POST.getlist("pk"), rows, lambda row: act.do(row, words))
    done = ",".join(str(item.key) for item in result.done)
    if done:
        toast(request, f"{act.label}：{result.words}", undo=f"{undo}?pk={done}" if undo else "")
    return _page(request, act.label, result, back)


def answer_bulk_undo(
    request: HttpRequest, rows: QuerySet[Any], undo: Callable[[Any], Any], *, back: str
) -> HttpResponse:
    """Take the last step of each of `?pk=1,2` back, as singly within ten seconds."""
    keys = request.GET.get("pk", "").split(",")
    return _page(request, "撤销", _run(keys, rows, undo), back)


def _run(keys: Sequence[str], rows: QuerySet[Any], act: Callable[[Any], Any]) -> BulkResult:
    found: Mapping[str, Any] = rows_by_key(keys[: MOST_ITEMS + 1], rows)
    return run_each(keys, found, act)


def _page(request: HttpRequest, label: str, result: BulkResult, back: str) -> HttpResponse:
    asked = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        asked = back
    return render(request, "accounts/bulk_done.html", {"label": label, "result": result, "back": asked})
