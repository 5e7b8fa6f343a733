"""The main pages over real HTTP, measured against a plain list page of the same process."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import QuerySet

from accounts.models import User
from accounts.session_store import SessionStore
from config.benchmarks.load import Timings, Visitor
from config.benchmarks.reference import ADDRESS
from config.benchmarks.result import Result, Size
from config.benchmarks.server import serve
from violations.models import ConductRecord

MAIN_PAGES = (
    *("/today/", "/patrol/", "/findings/", "/rectify/", "/bulletins/", "/letters/", "/assess/"),
    *("/attendance/", "/leave/", "/voice/", "/rules/", "/settings/windows/", "/settings/people/", "/jobs/"),
    *("/honour/{hall}/", "/hall/{hall}/", "/api/v1/findings/"),
)
CLERKS_PAGES = ("/me/",)
AT_MOST = 3.0
"""How many times the reference page a main page may take."""
ROUNDS = 3
TIMES = 4

Tell = Callable[[str], object]


def run(size: Size, tell: Tell) -> Result:
    manager = _manager()
    hall = manager.home_hall
    assert hall is not None  # noqa: S101 a manager holds a role in a hall
    plans = [(manager, path.format(hall=hall.code)) for path in MAIN_PAGES]
    if clerk := _clerk():
        plans += [(clerk, path) for path in CLERKS_PAGES]
    with serve() as server:
        reference, measured, absent = _measure(plans, server.port, tell)
        peak = server.peak_mb
    if not measured:
        raise LookupError(f"没有一个页面可以打开：{absent}")
    worst = max(measured.values(), key=lambda timings: timings.p95)
    return Result(
        seconds=worst.p95,
        limit_seconds=AT_MOST * reference.p95,
        peak_mb=peak,
        rows=ConductRecord.objects.count(),
        details={
            "reference": _row(ADDRESS, reference, reference),
            "pages": [_row(path, timings, reference) for path, timings in measured.items()],
            "absent": absent,
        },
    )


def _measure(
    plans: list[tuple[User, str]], port: int, tell: Tell
) -> tuple[Timings, dict[str, Timings], dict[str, int]]:
    """Rounds over all pages, with the reference before and after each: a busy minute strikes both."""
    visitors = {user: Visitor(port, _sign_in(user)) for user, _ in plans}
    reader = next(iter(visitors.values()))
    absent = {}
    for user, path in plans:
        if (status := visitors[user].status_of(path)) != 200:
            absent[path] = status
    kept = [(user, path) for user, path in plans if path not in absent]
    reader.visit(ADDRESS, times=TIMES)  # warm
    reference, measured = Timings(), {path: Timings() for _, path in kept}
    for number in range(ROUNDS):
        tell(f"第 {number + 1}/{ROUNDS} 轮，{len(kept)} 个页面")
        reference.add(reader.visit(ADDRESS, times=TIMES))
        for user, path in kept:
            measured[path].add(visitors[user].visit(path, times=TIMES))
        reference.add(reader.visit(ADDRESS, times=TIMES))
    for visitor in visitors.values():
        visitor.close()
    for user in visitors:
        _sign_out(user)
    return reference, measured, absent


def _row(path: str, timings: Timings, reference: Timings) -> dict[str, Any]:
    return {
        "page": path,
        "p50_ms": round(timings.p50 * 1000, 1),
        "p95_ms": round(timings.p95 * 1000, 1),
        "queries": max(timings.queries),
        "ratio_p50": round(timings.p50 / reference.p50, 2),
        "ratio_p95": round(timings.p95 / reference.p95, 2),
    }


def _holders(role: str) -> QuerySet[User]:
    """Who holds the role and may go straight to the pages."""
    return User.objects.filter(role_grants__role=role, is_active=True, must_change_password=False)


def _manager() -> User:
    user = _holders("manager").order_by("role_grants__hall", "pk").first()
    if user is None:
        raise LookupError("数据库里没有大厅管理员：先载入演示大厅，或用 --rows 在临时数据库上测。")
    return user


def _clerk() -> User | None:
    return _holders("clerk").filter(staff__isnull=False).order_by("pk").first()


_sessions: dict[int, SessionStore] = {}


def _sign_in(user: User) -> str:
    """A session as after the login form, without knowing the password."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    _sessions[user.pk] = session
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _sign_out(user: User) -> None:
    _sessions.pop(user.pk).delete()
