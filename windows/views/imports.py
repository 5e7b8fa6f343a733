"""导入花名册: upload, look at what would happen, then keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import allow
from trail.models import ImportRun
from trail.services.imports import RowsRefused, UnreadableFile
from trail.services.uploads import keep_upload, kept_upload
from windows.forms import RosterUploadForm
from windows.services.roster_import import import_roster
from windows.views.attempts import form_page, hall_to_edit

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall

IMPORT = "imports.run"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(IMPORT)
def roster_import(request: HttpRequest) -> HttpResponse:
    """The upload; a file that can be read leads to the table of what would happen."""
    hall = hall_to_edit(request, IMPORT)
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request, hall)
    form = RosterUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        token = keep_upload(form.cleaned_data["file"], by=request.user)
        try:
            return _preview(request, hall, token, form.cleaned_data)
        except UnreadableFile as refused:
            form.add_error("file", refused.message)
    runs = ImportRun.objects.visible_to(request.user).filter(hall=hall, kind="roster").select_related("by")
    context = {"heading": "导入花名册", "submit": "先看结果", "hall": hall, "runs": runs[:10]}
    return form_page(request, form, "windows/import.html", **context)


def _preview(request: HttpRequest, hall: Hall, token: str, data: dict[str, Any]) -> HttpResponse:
    path = kept_upload(token, by=request.user)
    result = import_roster(path=path, hall=hall, by=request.user, month=data["month"], dry_run=True)
    refused = bool(data["all_or_nothing"] and result.rejected)
    context = {
        "hall": hall,
        "result": result,
        "token": token,
        "file_name": path.name,
        "month": f"{data['month']:%Y-%m}" if data["month"] else "",
        "all_or_nothing": data["all_or_nothing"],
        "refused": refused,
    }
    return render(request, "windows/import_preview.html", context, status=422 if refused else 200)


def _confirm(request: HttpRequest, hall: Hall) -> HttpResponse:
    form = RosterUploadForm(request.POST, {"file": None})
    form.fields["file"].required = False
    form.full_clean()
    path = kept_upload(request.POST["confirm"], by=request.user)
    month, strict = form.cleaned_data.get("month"), form.cleaned_data["all_or_nothing"]
    try:
        result = import_roster(path=path, hall=hall, by=request.user, month=month, all_or_nothing=strict)
    except RowsRefused as refused:
        messages.error(request, f"{refused}，按“有一行错就全部不导入”没有导入。")
        return redirect("windows:roster_import")
    messages.success(
        request,
        f"已导入：新增 {result.created} 人，更新 {result.updated} 人，未变 {result.unchanged} 人，"
        f"退回 {len(result.rejected)} 行。",
    )
    return redirect("windows:people")
