"""草稿 kept forms: nothing typed is lost when a session, a check code or a state has changed meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.models import KeptForm, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponseBase

COOKIE = "kept"
LASTS = timedelta(hours=2)
AUTOSAVE_LASTS = timedelta(days=14)
LONGEST = 200_000
"""Characters of one form; a bulletin with every section full has 20,000."""
MOST_UNCLAIMED = 300
"""Forms of people who have not signed in again yet: a stranger can fill no more than this."""
SECRET = ("csrfmiddlewaretoken", "otp", "token", "old", "new", "again", "proof")
"""Fields that are never kept, and any with password or secret in its name; a room asks for no codes."""


def fields_of(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The fields that may be kept."""
    return [
        [name[:100], value]
        for name, value in pairs
        if name not in SECRET and "password" not in name and "secret" not in name
    ]


def keep_sent(request: HttpRequest, *, page: str) -> KeptForm | None:
    """Keep what this request carries, to be put back on `page`; None when there is nothing to keep."""
    if not _is_worth_keeping(request):
        return None
    pairs = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = fields_of((name, str(value)) for name, value in pairs)
    if not any(value.strip() for _, value in fields) or _size(fields) > LONGEST:
        return None
    user = request.user if isinstance(request.user, User) else None
    _make_room()
    kept: KeptForm = KeptForm.objects.create(
        user=user,
        page=page[:500],
        action=request.get_full_path()[:500],
        fields=fields,
        files=[str(upload.name)[:80] for upload in request.FILES.values() if not isinstance(upload, list)],
    )
    return kept


@transaction.atomic
def autosave(*, user: User, page: str, action: str, pairs: Iterable[tuple[str, str]]) -> KeptForm | None:
    """Keep what is being written on a page; the next time replaces it. None when it is too long."""
    fields = fields_of(pairs)
    if _size(fields) > LONGEST:
        return None
    kept, _ = KeptForm.objects.update_or_create(
        user=user,
        page=page[:500],
        is_autosave=True,
        defaults={"action": action[:500], "fields": fields, "kept_at": timezone.now()},
    )
    return kept


def find_kept(request: HttpRequest) -> KeptForm | None:
    """What this browser has kept for the page asked for; whoever signs in in it first owns it."""
    token = request.COOKIES.get(COOKIE, "")
    if not token or not isinstance(request.user, User):
        return None
    kept: KeptForm | None = KeptForm.objects.of(request.user).filter(token=token).first()
    if kept is None or kept.kept_at < timezone.now() - _life(kept):
        return None
    if kept.user_id is None:
        kept.user = request.user
        kept.save(update_fields=["user"])
    return kept


def autosaved(user: User, page: str) -> KeptForm | None:
    """What the person was writing on the page and has not sent."""
    since = timezone.now() - AUTOSAVE_LASTS
    rows = KeptForm.objects.filter(user=user, page=page[:500], is_autosave=True, kept_at__gte=since)
    found: KeptForm | None = rows.first()
    return found


def forget(kept: KeptForm) -> None:
    """It was sent, or is no longer wanted."""
    kept.delete()


def forget_autosave(*, user: User, page: str) -> None:
    """The text of the page has been saved."""
    KeptForm.objects.filter(user=user, page=page[:500], is_autosave=True).delete()


def remember(response: HttpResponseBase, kept: KeptForm | None) -> None:
    """Let the browser find it again."""
    if kept is not None:
        response.set_cookie(
            COOKIE,
            kept.token,
            max_age=int(_life(kept).total_seconds()),
            httponly=True,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )


def put_back(request: HttpRequest, kept: KeptForm) -> None:
    """Let the view of a page build its form from what was kept; it acts on a POST only, and this is none."""
    request.POST = data_of(kept)  # type: ignore[assignment]
    request._files = MultiValueDict()  # type: ignore[attr-defined]


def data_of(kept: KeptForm) -> QueryDict:
    """The fields as a form reads them."""
    data = QueryDict(mutable=True)
    for name, value in kept.as_sent():
        data.appendlist(name, value)
    return data


def _is_worth_keeping(request: HttpRequest) -> bool:
    """A form of a page; a program that asks for JSON and a view that asks for passwords keep their own."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    is_form = request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data")
    return is_form and not wants_json and not hasattr(request, "sensitive_post_parameters")


def _size(fields: list[list[str]]) -> int:
    return sum(len(name) + len(value) for name, value in fields)


def _life(kept: KeptForm) -> timedelta:
    return AUTOSAVE_LASTS if kept.is_autosave else LASTS


def _make_room() -> None:
    now = timezone.now()
    KeptForm.objects.filter(is_autosave=False, kept_at__lt=now - LASTS).delete()
    KeptForm.objects.filter(kept_at__lt=now - AUTOSAVE_LASTS).delete()
    surplus = KeptForm.objects.filter(user=None).order_by("-pk").values_list("pk", flat=True)[MOST_UNCLAIMED:]
    KeptForm.objects.filter(pk__in=list(surplus)).delete()
