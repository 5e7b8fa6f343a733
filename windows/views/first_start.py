"""首次设置: the page that makes the first hall and administrator, while no account exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.decorators import public
from accounts.errors import Refused
from accounts.services import first_start, throttle
from windows.forms import SetupForm
from windows.services.halls import open_first_hall

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

FIELD_OF = {
    "bad_setup_token": "token",
    "sign_in_blocked": "token",
    "bad_code": "code",
    "code_taken": "code",
    "weak_password": "new",
}


@public
@never_cache
@sensitive_post_parameters("token", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Gone for ever once an account exists."""
    if not first_start.is_waiting():
        raise Http404
    first_start.announce_once()
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_set_up(request, form):
        messages.success(request, "设置完成。请用刚才的账号和密码登录。")
        return redirect("accounts:login")
    status = 429 if getattr(form, "refused", "") == "sign_in_blocked" else 422
    return render(request, "windows/setup.html", {"form": form}, status=status if form.errors else 200)


def _is_set_up(request: HttpRequest, form: SetupForm) -> bool:
    """Whether the token opened; wrong ones count by address like wrong passwords."""
    address = client_address(request)
    tried = throttle.Attempt("setup", f"setup {address}", address)
    data = form.cleaned_data
    try:
        throttle.claim(tried)
        open_first_hall(
            token=data["token"],
            code=data["code"],
            name=data["name"],
            level=data["level"],
            username=data["username"].strip(),
            person=data["person"],
            password=data["new"],
        )
    except Refused as refusal:
        form.refused = refusal.code
        form.add_error(FIELD_OF.get(refusal.code), refusal.message)
        if refusal.code not in ("bad_setup_token", "sign_in_blocked"):
            throttle.succeed(tried)
        return False
    throttle.succeed(tried)
    return True
