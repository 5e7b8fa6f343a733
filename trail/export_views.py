"""导出: the rows of any list as a file, by the key of the list and the address's own conditions."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from trail.services import exporting, exports
from trail.tasks import start_run

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from accounts.lists import Chosen
    from accounts.models import Hall, User
    from trail.models import LongRun


@require_GET
@allow()
def export(request: HttpRequest, key: str, form: str) -> HttpResponseBase:
    """The file of the list `key`: who may open the list may have it, under the same conditions."""
    found = exports.export_of(key)
    if found is None or form not in exports.CONTENT_TYPES:
        raise Http404("没有这个导出。")
    return allow(*found.permissions)(_send)(request, found, form)


def _send(request: HttpRequest, export: exports.Export, form: str) -> HttpResponseBase:
    hall, chosen = current_hall(request), export.chosen(request)
    if chosen.left_out:
        # A page leaves out what it cannot read and says so; a file would hold more than was asked for.
        raise Refused("".join(chosen.ignored) + "没有导出。", code="bad_condition", status=400)
    rows = chosen.rows.count()
    if rows > settings.EXPORT_DIRECT_ROWS:
        return redirect(_run(request, export, form, hall))
    exports.note_export(export=export, chosen=chosen, form=form, rows=rows, hall=hall, by=request.user)
    response = _csv(export, chosen) if form == "csv" else _xlsx(export, chosen, hall, request.user)
    response["Content-Type"] = exports.CONTENT_TYPES[form]
    response["Content-Disposition"] = content_disposition_header(True, exports.file_name(export, hall, form))
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _run(request: HttpRequest, export: exports.Export, form: str, hall: Hall) -> LongRun:
    """Too many rows to wait for: a worker writes the file, the person sees how far it is."""
    query = request.GET.copy()
    query["hall"] = hall.code
    params = {"list": export.kind.key, "form": form, "query": query.urlencode()}
    title = f"导出{export.title}（{form.upper()}）"
    return start_run(exporting.EXPORT_LIST, hall=hall, by=request.user, params=params, title=title)


def _csv(export: exports.Export, chosen: Chosen) -> HttpResponseBase:
    return StreamingHttpResponse(exports.csv_stream(export, chosen.rows))


def _xlsx(export: exports.Export, chosen: Chosen, hall: Hall, by: User) -> HttpResponseBase:
    file: Any = TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    exports.write_xlsx(export, chosen.rows, file, notes=exports.notes_of(export, chosen, hall, by))
    file.seek(0)
    return FileResponse(file)
