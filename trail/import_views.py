"""导入数据: upload a paper file, look at what would happen, then keep it; both are long runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.models import Hall
from trail.enums import LongRunStatus
from trail.import_forms import ImportForm
from trail.models import ImportRun, LongRun
from trail.services.import_kinds import ImportKind, find_import_kind, import_kinds
from trail.services.uploads import keep_upload
from trail.tasks import start_run

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

IMPORT = "imports.run"
SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@allow(IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """The upload of one kind of file; it is checked first and nothing is kept."""
    hall = get_object_or_404(Hall.objects.where(request.user, IMPORT), pk=current_hall(request).pk)
    kinds = import_kinds(request.user, hall)
    kind = _chosen(kinds, request.GET.get("kind", ""))
    form = ImportForm(request.POST or None, request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        token = keep_upload(form.cleaned_data["file"], by=request.user)
        return redirect(_start(request, hall, kind, form.params(token, dry_run=True)))
    runs = ImportRun.objects.visible_to(request.user).filter(hall=hall, kind=kind.name).select_related("by")
    context = {"form": form, "kind": kind, "kinds": kinds, "hall": hall, "runs": runs[:SHOWN]}
    return render(request, "trail/import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(IMPORT)
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What a checked file would do; confirming brings it in."""
    checks = LongRun.objects.visible_to(request.user).select_related("hall")
    run = get_object_or_404(checks, pk=pk, status=LongRunStatus.DONE, params__dry_run=True)
    kind = find_import_kind(run.kind.removeprefix("import_"))
    if request.method == "POST":
        return redirect(_start(request, run.hall, kind, {**run.params, "dry_run": False}))
    result = run.detail
    context = {
        "run": run,
        "kind": kind,
        "hall": run.hall,
        "result": result,
        "refused": bool(run.params["all_or_nothing"] and result["rejected"]),
    }
    return render(request, "trail/import_check.html", context)


def _start(request: HttpRequest, hall: Hall, kind: ImportKind, params: dict[str, Any]) -> LongRun:
    title = f"{'检查' if params['dry_run'] else '导入'}{kind.title}"
    return start_run(kind.run_name, hall=hall, by=request.user, params=params, title=title)


def _chosen(kinds: list[ImportKind], name: str) -> ImportKind:
    for kind in kinds:
        if name in ("", kind.name):
            return kind
    raise Http404("没有这种导入，或者你无权导入。")
