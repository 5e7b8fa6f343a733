from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import public
from config import health


@public
@require_safe
@never_cache
def healthz(request):
    """For load balancers: 503 when pages cannot work. Failed jobs are told but do not take the pages away."""
    database, jobs = health.database_and_jobs()
    answer = {"database": database, "broker": health.broker(), "jobs": jobs}
    is_well = answer["database"] == "ok" and answer["broker"] == "ok"
    return JsonResponse(answer, status=200 if is_well else 503)
