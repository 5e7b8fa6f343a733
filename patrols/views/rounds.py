"""Pages of the patrols room."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow, public
from accounts.halls import current_hall
from accounts.toasts import toast, undo_of
from patrols.duty_cards import off_rota_names
from patrols.enums import RoundKind, VisitResult
from patrols.forms import FinishForm, VisitForm
from patrols.lists import ROUNDS, round_rows
from patrols.models import Round, Visit
from patrols.permissions import may_finish, may_lead_round, may_note, may_walk
from patrols.presenters import RoundPage, hall_zones
from patrols.services.coverage import week_coverage
from patrols.services.rounds import day_plan, finish_round, start_round
from patrols.services.visits import Seen, Tap, note_finding, note_no_problem, undo_visit
from violations.forms import RecheckForm
from windows.models import Window

if TYPE_CHECKING:
    from django.http import HttpRequest

    from violations.models import Rectification

WORKER_FILE = settings.BASE_DIR / "static" / "js" / "patrol-sw.js"


@require_safe
@allow("patrol.read")
def rounds(request: HttpRequest) -> HttpResponse:
    """今天的轮次、本周覆盖、全部轮次."""
    hall = current_hall(request)
    plan = day_plan(hall, timezone.localdate())
    listing = ROUNDS.page(request, round_rows(request))
    context = {
        "listing": listing,
        "hall": hall,
        "plan": plan,
        "mine": plan.open_of(request.user),
        "startable": startable(request.user, hall, plan),
        "coverage": week_coverage(hall, plan.day),
        "window_code": request.GET.get("w", ""),
        "on_duty": off_rota_names(request.user, hall, plan.day),
    }
    return render(request, "patrols/rounds.html", context)


def startable(user: Any, hall: Any, plan: Any) -> list[RoundKind]:
    """The rounds this person may start now; what is due first, for a leader the own round."""
    if not may_walk(user, hall) or plan.open_of(user):
        return []
    kinds = [RoundKind(kind) for kind in plan.missing]
    kinds += [kind for kind in (RoundKind.MORNING, RoundKind.AFTERNOON) if kind not in kinds]
    if not may_lead_round(user, hall):
        return kinds
    return [RoundKind.LEADER, *kinds] if user.has_role("leader") else [*kinds, RoundKind.LEADER]


@require_POST
@allow("patrol.walk")
def start(request: HttpRequest) -> HttpResponse:
    """Start a round and go to its first window."""
    hall, kind = current_hall(request), request.POST.get("kind", "")
    round_ = start_round(hall=hall, kind=kind, by=request.user)
    if round_.off_rota:
        names = "、".join(off_rota_names(request.user, hall, round_.day, kind))
        messages.warning(request, f"今天不是你值班（值班：{names}），这一轮照常记录并注明。")
    return redirect(round_at(round_, request.POST.get("w", "")))


@require_http_methods(["GET", "HEAD", "POST"])
@allow("patrol.read")
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One screen per window; whoever does not walk this round sees its summary."""
    round_ = round_of(request, pk)
    if not round_.is_open or not may_note(request.user, round_):
        return redirect("patrols:done", pk=round_.pk)
    if request.method == "POST":
        return _note(request, round_)
    return phone_page(request, round_, request.GET.get("w", ""))


def phone_page(
    request: HttpRequest,
    round_: Round,
    code: str,
    form: VisitForm | None = None,
    recheck_form: tuple[int, RecheckForm] | None = None,
) -> HttpResponse:
    """The screen of one window; a form that was sent with something wrong in it comes back as it was."""
    page = RoundPage(round_, request.user, code, with_people=True)
    if page.current is None:
        messages.info(request, "这个大厅还没有启用的窗口，先录入窗口再巡查。")
        return redirect("patrols:done", pk=round_.pk)
    before, after = page.neighbours
    context = {
        "page": page,
        "round": round_,
        "stop": page.current,
        "following": page.after(page.current.window.code),
        "before": before,
        "after": after,
        "form": form,
        "wrong": form or (recheck_form[1] if recheck_form else None),
        "rechecks": recheck_forms(page, recheck_form),
        "show_all": "all" in request.GET or bool(form),
        "chosen_who": form.data.get("who", "") if form else _only(page),
        "chosen_act": form.data.get("act", "") if form else "",
        "client_uuid": form.data.get("client_uuid", "") if form else uuid.uuid4(),
        **_toasts(request),
    }
    return render(request, "patrols/round.html", context, status=422 if form or recheck_form else 200)


def recheck_forms(
    page: RoundPage, sent: tuple[int, RecheckForm] | None = None
) -> list[tuple[Rectification, RecheckForm]]:
    """回头看 of all windows, each with its form; the script shows those of the window it is at."""
    forms = dict([sent] if sent else [])
    return [
        (order, forms.get(order.pk) or RecheckForm(auto_id=f"recheck-{order.pk}-%s"))
        for order in page.rechecks
    ]


def _toasts(request: HttpRequest) -> dict[str, Any]:
    """Messages above the buttons instead of over them; the last 撤销 posts by a form of its own."""
    toasts = [{"message": m.message, "undo": undo_of(m.extra_tags)} for m in messages.get_messages(request)]
    undo_url = next((toast["undo"] for toast in reversed(toasts) if toast["undo"]), "")
    return {"toasts": toasts, "toasts_undo": undo_url, "messages": []}


def _only(page: RoundPage) -> str:
    person = page.current.only_person if page.current else None
    return str(person.pk) if person else ""


def _note(request: HttpRequest, round_: Round) -> HttpResponse:
    """One tap by the plain form: note it, say so with 撤销, and show the next window."""
    form = VisitForm(request.POST, round_=round_)
    if not form.is_valid():
        window = form.cleaned_data.get("window")
        return phone_page(request, round_, window.code if window else "", form)
    data = form.cleaned_data
    tap = Tap(data["window"], data["client_uuid"], timezone.now())
    if data["result"] == VisitResult.OK:
        visit = note_no_problem(round_=round_, tap=tap, by=request.user)
        words = "无问题"
    else:
        seen = Seen(data["act"], data["who"], data["words"])
        uploads = request.FILES.getlist("photos")
        visit = note_finding(round_=round_, tap=tap, seen=seen, by=request.user, uploads=uploads)
        words = f"已记下{seen.act.short_name}"
    toast(request, f"{tap.window.code}：{words}", undo=reverse("patrols:undo", args=[visit.pk]))
    following = RoundPage(round_, request.user).after(tap.window.code)
    return redirect(
        round_at(round_, following.window.code) if following else reverse("patrols:done", args=[round_.pk])
    )


@require_POST
@allow("patrol.walk")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销 within ten seconds, and back to that window."""
    visits = Visit.objects.visible_to(request.user).select_related("round", "window")
    visit = get_object_or_404(visits, pk=pk)
    undo_visit(visit=visit, by=request.user)
    messages.success(request, f"已撤销 {visit.window.code} 的记录")
    return redirect(round_at(visit.round, visit.window.code))


@require_http_methods(["GET", "HEAD", "POST"])
@allow("patrol.read")
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """本轮小结: what was found, what was missed and why; 结束本轮."""
    round_ = round_of(request, pk)
    page = RoundPage(round_, request.user)
    closes = round_.is_open and may_finish(request.user, round_)
    windows = [stop.window for stop in page.missed] if closes else []
    form = FinishForm(_sent(request), windows=windows) if closes else None
    if request.method == "POST" and (form is None or form.is_valid()):
        finish_round(round_=round_, by=request.user, reasons=form.reasons if form else None)
        messages.success(request, f"{round_.get_kind_display()}已结束")
        return redirect("patrols:done", pk=round_.pk)
    context = {
        "page": page,
        "round": round_,
        "form": form,
        "walks": round_.is_open and may_note(request.user, round_),
        "reasons": [(stop, form[f"reason_{stop.window.pk}"]) for stop in page.missed] if form else [],
        "zones": hall_zones(page.stops, reverse("patrols:round", args=[round_.pk])),
        "found_words": f"{len(page.findings)} 个" if page.findings else "",
        "skipped": [stop for stop in page.stops if stop.state == VisitResult.SKIPPED],
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "patrols/done.html", context, status=status)


@require_safe
@allow("patrol.walk")
def window_code(request: HttpRequest, token: str) -> HttpResponse:
    """The code on the window opens it in the running round, else offers to start one there."""
    window = get_object_or_404(Window.objects.visible_to(request.user), qr_token=token)
    running = Round.objects.visible_to(request.user).open().filter(officer=request.user, hall=window.hall_id)
    round_ = running.first()
    if round_ is None:
        messages.info(request, f"先开始一轮巡查，再记 {window.code}。")
        return redirect(f"{reverse('patrols:rounds')}?w={window.code}&hall={window.hall.code}")
    return redirect(round_at(round_, window.code))


@public
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the round's page readable without a network; its scope is /patrol/."""
    response = HttpResponse(WORKER_FILE.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/patrol/"
    response["Cache-Control"] = "no-cache"
    return response


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def round_of(request: HttpRequest, pk: int) -> Round:
    """The round of the address."""
    rows = Round.objects.visible_to(request.user).select_related("hall", "officer")
    return get_object_or_404(rows, pk=pk)


def round_at(round_: Round, code: str) -> str:
    """The round at a window."""
    url = reverse("patrols:round", args=[round_.pk])
    return f"{url}?w={code}" if code else url
