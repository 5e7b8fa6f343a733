import ipaddress
import secrets

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseServerError, JsonResponse
from django.template import loader
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from accounts.addresses import client_address
from accounts.decorators import public
from config import health
from config import metrics as house_metrics


@public
@require_safe
@never_cache
def healthz(request):
    """For load balancers: 503 when pages cannot work. Failed jobs are told but do not take the pages away."""
    database, jobs = health.database_and_jobs()
    answer = {"database": database, "broker": health.broker(), "jobs": jobs}
    is_well = answer["database"] == "ok" and answer["broker"] == "ok"
    return JsonResponse(answer, status=200 if is_well else 503)


@public
@require_safe
@never_cache
def metrics(request):
    """For Prometheus: nobody else learns that the address exists."""
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(house_metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request) -> bool:
    """With the token, or from an address that METRICS_FROM names; closed while neither is set."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return True
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_FROM)


def bad_request(request, exception):
    """400: rendered without the request, which could not be read."""
    return HttpResponseBadRequest(_without_request("400.html", request))


def server_error(request):
    """500: rendered without the request, because its session or its database may be what broke."""
    return HttpResponseServerError(_without_request("500.html", request))


def _without_request(template, request):
    return loader.get_template(template).render({"request_id": getattr(request, "request_id", "")})
