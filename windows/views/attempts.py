"""What the editing pages of this room share: whose rows may be edited, and a form that tries a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.shortcuts import get_object_or_404, render

from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.opened import OpenedForm, conflict_page, saved
from accounts.querysets import in_halls
from accounts.services.undoing import undoable

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse


def hall_to_edit(request: HttpRequest, permission: str) -> Hall:
    """The current hall, if the person may do `permission` there; else a 404."""
    return get_object_or_404(Hall.objects.where(request.user, permission), pk=current_hall(request).pk)


def row_to_edit(request: HttpRequest, rows: models.QuerySet[Any], permission: str, pk: int) -> Any:
    """One of the visible `rows`, if the person may do `permission` in its hall; else a 404."""
    return get_object_or_404(rows.filter(in_halls(request.user, permission)), pk=pk)


def tried(
    form: Form, act: Callable[[], Any], *, about: models.Model | None = None, actions: tuple[str, ...] = ()
) -> bool:
    """Do `act`; a refusal becomes an error of the form, so that nothing typed is lost.

    When `about` has changed since the form was opened, the form gets a conflict instead.
    """
    try:
        if about is not None and isinstance(form, OpenedForm):
            return saved(form, act, about=about, actions=actions)
        act()
    except Refused as refused:
        form.add_error(None, refused.message)
        return False
    return True


def undoable_act(form: Form, act: Callable[[], Any], **facts: Any) -> Callable[[], None]:
    """`act` in one transaction that can be taken back; the address of 撤销 is left on the form."""

    def acted() -> None:
        with undoable(**facts) as offer:
            act()
        form.undo = offer.url  # type: ignore[attr-defined]

    return acted


def form_page(
    request: HttpRequest, form: Form, template: str = "windows/form.html", **context: Any
) -> HttpResponse:
    """The page of a form; 422 when it came back with errors, 409 when somebody else was quicker."""
    if getattr(form, "conflict", None):
        return conflict_page(request, form, **context)
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
