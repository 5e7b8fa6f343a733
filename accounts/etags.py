"""ETag and If-Match: the versions of `accounts.versions`, as programs speak of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter

from accounts.versions import Facts, VersionMissing, version_of

if TYPE_CHECKING:
    from django.http import HttpResponseBase

ANY = "*"
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="读到的版本（应答头 ETag）。别人已经改过时答 412，附现在的内容；写 * 表示不比较，直接覆盖。",
)
MUST_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="读到的版本（应答头 ETag），不带答 428。别人改过时答 412，附现在的内容；写 * 表示覆盖。",
)


def if_match(request: Any, *, required: bool = False) -> str:
    """The versions a program names in `If-Match`; empty for none and for `*`.

    Raises VersionMissing when it must name one: where a whole text is replaced.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header and required:
        raise VersionMissing
    if header in ("", ANY):
        return ""
    return " ".join(part.strip().removeprefix("W/").strip('"') for part in header.split(","))


def with_etag(response: HttpResponseBase, facts: Facts) -> Any:
    """The answer, with the version of what it shows as its `ETag`."""
    response.headers["ETag"] = f'"{version_of(facts)}"'
    return response
