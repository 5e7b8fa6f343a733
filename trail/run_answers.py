"""What a door of any room answers with when it has started a long run, and the file at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse
from django.urls import reverse
from rest_framework.response import Response

from trail.serializers import LongRunSerializer

if TYPE_CHECKING:
    from trail.models import LongRun


def run_started(run: LongRun) -> Response:
    """202 with the run, and its address in `Location`: ask there until `finished_at` is set."""
    place = reverse("api:run-detail", args=[run.pk])
    return Response(LongRunSerializer(run).data, status=202, headers={"Location": place})


def result_response(row: LongRun) -> FileResponse:
    """The result as a download that no cache keeps; ask first whether there is one."""
    stored = row.result
    if stored is None:
        raise LookupError(row.pk)
    response = FileResponse(
        stored.blob.open("rb"), as_attachment=True, filename=stored.name, content_type=stored.content_type
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
