"""重复登记: merge one record into the other of the same matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.decorators import allow
from accounts.toasts import toast
from violations.forms import MergeForm
from violations.models import ConductRecord
from violations.services.merging import merge_record

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
@allow("record.withdraw")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """并入: this record is withdrawn, the other one keeps what both have shown."""
    rows = ConductRecord.objects.visible_to(request.user).for_list()
    record = get_object_or_404(rows, pk=pk)
    form = MergeForm(request.POST)
    into = get_object_or_404(rows, pk=form.cleaned_data["into"] if form.is_valid() else 0)
    merge_record(record=record, into=into, by=request.user)
    toast(request, f"已并入 {into.number}", undo=reverse("violations:undo", args=[record.pk]))
    return redirect(record)
